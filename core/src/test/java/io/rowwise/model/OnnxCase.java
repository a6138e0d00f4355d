package io.rowwise.model;

import static io.rowwise.model.OnnxBytes.BFLOAT16;
import static io.rowwise.model.OnnxBytes.DOUBLE;
import static io.rowwise.model.OnnxBytes.FLOAT;
import static io.rowwise.model.OnnxBytes.FLOAT16;
import static io.rowwise.model.OnnxBytes.INT64;
import static io.rowwise.model.OnnxBytes.STRING;
import static io.rowwise.model.OnnxBytes.bytes;
import static io.rowwise.model.OnnxBytes.doubles;
import static io.rowwise.model.OnnxBytes.file;
import static io.rowwise.model.OnnxBytes.floats;
import static io.rowwise.model.OnnxBytes.integer;
import static io.rowwise.model.OnnxBytes.integers;
import static io.rowwise.model.OnnxBytes.join;
import static io.rowwise.model.OnnxBytes.node;
import static io.rowwise.model.OnnxBytes.raw;
import static io.rowwise.model.OnnxBytes.real;
import static io.rowwise.model.OnnxBytes.reals;
import static io.rowwise.model.OnnxBytes.shorts;
import static io.rowwise.model.OnnxBytes.tensor;
import static io.rowwise.model.OnnxBytes.text;
import static io.rowwise.model.OnnxBytes.value;
import static io.rowwise.model.OnnxBytes.valueInfo;
import static io.rowwise.model.OnnxBytes.word;
import static io.rowwise.model.OnnxBytes.words;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** ONNX files as other tools write them: 4 features, and 3 classes or 2. */
public final class OnnxCase {
  /** What an output holds. */
  public enum Answer {
    LOGITS,
    PROBABILITIES,
    LOG_PROBABILITIES
  }

  private final String name;
  private final byte[] model;
  private final List<Integer> shape;
  private final boolean isFloat64;
  private final String output;
  private final Answer answer;
  private final List<String> classNames;

  private OnnxCase(
      String name,
      byte[] model,
      List<Integer> shape,
      boolean isFloat64,
      String output,
      Answer answer,
      List<String> classNames) {
    this.name = name;
    this.model = model;
    this.shape = shape;
    this.isFloat64 = isFloat64;
    this.output = output;
    this.answer = answer;
    this.classNames = classNames;
  }

  /** The bytes of the file. */
  public byte[] model() {
    return model.clone();
  }

  /** The sizes of a row that it takes. */
  public List<Integer> shape() {
    return shape;
  }

  /** Whether it takes float64, else float32. */
  public boolean isFloat64() {
    return isFloat64;
  }

  /** The name of one of its outputs, rows x classes. */
  public String output() {
    return output;
  }

  /** What that output holds. */
  public Answer answer() {
    return answer;
  }

  /** The names of the classes that the file has, or none. */
  public List<String> classNames() {
    return classNames;
  }

  /** Classes x features. */
  static final float[] WEIGHTS = {
    -0.5f, -0.375f, -0.25f, -0.125f, 0, 0.125f, 0.25f, 0.375f, 0.5f, 0.625f, 0.75f, 0.875f
  };

  static final float[] BIAS = {0.5f, -0.25f, 1};
  private static final float[] MEAN = {0.5f, 1, -2, 0.25f};
  private static final float[] DEVIATION = {2, 0.5f, 4, 0.25f};

  private static final List<Integer> ROW = List.of(4);
  private static final List<Integer> LAYER = List.of(3, 4);

  @Override
  public String toString() {
    return name;
  }

  private static float[] transposed() {
    float[] transposed = new float[12];
    for (int i = 0; i < 12; i++) {
      transposed[i % 4 * 3 + i / 4] = WEIGHTS[i];
    }
    return transposed;
  }

  private static float[] times(float factor, float[] numbers) {
    float[] result = numbers.clone();
    for (int i = 0; i < result.length; i++) {
      result[i] *= factor;
    }
    return result;
  }

  private static OnnxCase of(String name, Answer answer, List<byte[]> nodes, byte[]... constants) {
    return new OnnxCase(
        name,
        file(
            nodes, List.of(constants), valueInfo("x", FLOAT, 4), List.of(valueInfo("y", FLOAT, 3))),
        ROW,
        false,
        "y",
        answer,
        List.of());
  }

  private static OnnxCase torch(String name, Answer answer, String output, List<Integer> shape) {
    try (InputStream in = OnnxCase.class.getResourceAsStream("onnx/" + name + ".onnx")) {
      return new OnnxCase(
          "PyTorch's " + name, in.readAllBytes(), shape, false, output, answer, List.of());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A file with {@code LinearClassifier}, and its answers normalised, as a map and as a tensor. */
  private static OnnxCase classifier(
      String name, int classes, List<String> classNames, byte[] labels, byte[]... attributes) {
    boolean isText = !classNames.get(0).matches("-?\\d+");
    List<byte[]> nodes = new ArrayList<>();
    nodes.add(
        node(
            "ai.onnx.ml.Scaler",
            "x",
            "scaled",
            reals("offset", MEAN),
            reals("scale", times(0.5f, DEVIATION))));
    nodes.add(
        node(
            "ai.onnx.ml.LinearClassifier",
            List.of("scaled"),
            List.of("label", "probability_tensor"),
            join(attributes),
            labels));
    nodes.add(node("ai.onnx.ml.Normalizer", "probability_tensor", "y", word("norm", "L1")));
    nodes.add(node("Cast", "label", "output_label", integer("to", isText ? STRING : INT64)));
    nodes.add(
        node(
            "ai.onnx.ml.ZipMap",
            "y",
            "map",
            isText
                ? words("classlabels_strings", classNames.toArray(String[]::new))
                : integers(
                    "classlabels_int64s",
                    classNames.stream().mapToLong(Long::parseLong).toArray())));
    byte[] mapType =
        bytes(
            5, // map_type
            join(
                number(isText),
                bytes(2, bytes(1, join(OnnxBytes.number(1, FLOAT), bytes(2, new byte[0]))))));
    return new OnnxCase(
        name,
        file(
            nodes,
            List.of(),
            valueInfo("x", FLOAT, 4),
            List.of(
                valueInfo("output_label", isText ? STRING : INT64),
                join(text(1, "map"), bytes(2, bytes(4, bytes(1, mapType)))),
                valueInfo("y", FLOAT, classes))),
        ROW,
        false,
        "y",
        Answer.PROBABILITIES,
        classNames);
  }

  private static byte[] number(boolean isText) {
    return OnnxBytes.number(1, isText ? STRING : INT64);
  }

  /** All of them. */
  public static Stream<OnnxCase> all() {
    return Stream.of(ofPyTorch(), ofScikitLearn(), ofOthers()).flatMap(cases -> cases);
  }

  private static Stream<OnnxCase> ofPyTorch() {
    return Stream.of(
        torch("linear", Answer.LOGITS, "5", ROW),
        torch("nobias", Answer.LOGITS, "5", ROW),
        torch("softmax", Answer.PROBABILITIES, "6", ROW),
        torch("standardized", Answer.LOGITS, "7", ROW),
        torch("image", Answer.LOG_PROBABILITIES, "9", List.of(1, 2, 2)));
  }

  private static Stream<OnnxCase> ofScikitLearn() {
    float[] w = {0.5f, -1.25f, 0.75f, 2};
    float[] pair = {-0.5f, 1.25f, -0.75f, -2, 0.5f, -1.25f, 0.75f, 2};
    List<String> names = List.of("setosa", "versicolor", "ä, \"b\"");
    float[] transposed = transposed();
    double[] wide = new double[12];
    for (int i = 0; i < 12; i++) {
      wide[i] = transposed[i] / 3.0;
    }
    return Stream.of(
        classifier(
            "skl2onnx, multinomial of words",
            3,
            names,
            words("classlabels_strings", names.toArray(String[]::new)),
            reals("coefficients", WEIGHTS),
            reals("intercepts", BIAS),
            integer("multi_class", 1),
            word("post_transform", "SOFTMAX")),
        classifier(
            "skl2onnx, of two numbers",
            2,
            List.of("-1", "7"),
            integers("classlabels_ints", -1, 7),
            reals("coefficients", pair),
            reals("intercepts", -0.75f, 0.75f),
            integer("multi_class", 0),
            word("post_transform", "LOGISTIC")),
        classifier(
            "one row of weights for two classes",
            2,
            List.of("no", "yes"),
            words("classlabels_strings", "no", "yes"),
            reals("coefficients", w),
            reals("intercepts", 0.75f),
            word("post_transform", "LOGISTIC")),
        new OnnxCase(
            "skl2onnx, of float64",
            file(
                List.of(
                    node("MatMul", List.of("x", "coef"), List.of("multiplied")),
                    node("Add", List.of("multiplied", "intercept"), List.of("raw_scores")),
                    node("ArgMax", "raw_scores", "label", integer("axis", 1)),
                    node(
                        "ai.onnx.ml.ArrayFeatureExtractor",
                        List.of("classes", "label"),
                        List.of("extracted")),
                    node("Reshape", List.of("extracted", "shape"), List.of("output_label")),
                    node("Softmax", "raw_scores", "y", integer("axis", -1))),
                List.of(
                    tensor("coef", DOUBLE, List.of(4, 3), bytes(10, doubles(wide))),
                    tensor("intercept", DOUBLE, List.of(1, 3), raw(doubles(0.1, 0.2, -0.3))),
                    tensor(
                        "classes",
                        STRING,
                        List.of(3),
                        join(text(6, "a"), text(6, "b"), text(6, "c"))),
                    tensor("shape", INT64, List.of(1), OnnxBytes.number(7, -1))),
                valueInfo("x", DOUBLE, 4),
                List.of(valueInfo("output_label", STRING), valueInfo("y", DOUBLE, 3))),
            ROW,
            true,
            "y",
            Answer.PROBABILITIES,
            List.of("a", "b", "c")));
  }

  private static Stream<OnnxCase> ofOthers() {
    byte[] weight = tensor("w", LAYER, WEIGHTS);
    byte[] bias = tensor("b", List.of(3), BIAS);
    byte[] transB = integer("transB", 1);
    List<String> gemm = List.of("x", "w", "b");
    return Stream.of(
        of(
            "alpha and beta, weights in float_data",
            Answer.LOGITS,
            List.of(node("Gemm", gemm, List.of("y"), real("alpha", 0.7f), real("beta", 3))),
            tensor("w", FLOAT, List.of(4, 3), bytes(4, floats(transposed()))),
            tensor("b", FLOAT, List.of(1), bytes(4, floats(0.25f)))),
        of(
            "weights that are transposed, and a node of constants",
            Answer.LOG_PROBABILITIES,
            List.of(
                node("Constant", List.of(), List.of("b"), value(bias)),
                node("Transpose", "w", "wt", integers("perm", 1, 0)),
                node("MatMul", List.of("x", "wt"), List.of("z")),
                node("Add", List.of("b", "z"), List.of("logits")),
                node("Identity", "logits", "same"),
                node("LogSoftmax", "same", "y", integer("axis", 1))),
            weight),
        of(
            "float16 and bfloat16, cast",
            Answer.PROBABILITIES,
            List.of(
                node("Cast", "w", "wide", integer("to", FLOAT)),
                node("Cast", "b", "wideBias", integer("to", FLOAT)),
                node("Gemm", List.of("x", "wide", "wideBias"), List.of("z"), transB),
                node("Softmax", "z", "y", integer("axis", 1))),
            tensor(
                "w",
                FLOAT16,
                LAYER,
                raw(
                    shorts(
                        0xB800, 0xB600, 0xB400, 0xB000, 0, 0x3000, 0x3400, 0x3600, 0x3800, 0x3900,
                        0x3A00, 0x3B00))),
            tensor(
                "b",
                BFLOAT16,
                List.of(3),
                join(
                    OnnxBytes.number(5, 0x3F00),
                    OnnxBytes.number(5, 0xBE80),
                    OnnxBytes.number(5, 0x3F80)))),
        of(
            "columns on both sides, and a temperature",
            Answer.PROBABILITIES,
            List.of(
                node("Sub", List.of("mean", "x"), List.of("centred")),
                node("Mul", List.of("two", "centred"), List.of("scaled")),
                node("Gemm", gemm(), List.of("z"), transB),
                node("Div", List.of("z", "temperature"), List.of("cool")),
                node("Softmax", "cool", "y"),
                node("ArgMax", "y", "label", integer("axis", 1))),
            weight,
            bias,
            tensor("mean", List.of(1, 4), MEAN),
            tensor("two", List.of(), 2),
            tensor("temperature", List.of(), 1.75f)),
        new OnnxCase(
            "multinomial scores",
            file(
                List.of(
                    node(
                        "ai.onnx.ml.LinearClassifier",
                        List.of("x"),
                        List.of("label", "y"),
                        reals("coefficients", WEIGHTS),
                        reals("intercepts", BIAS),
                        integers("classlabels_ints", 0, 1, 2),
                        integer("multi_class", 1))),
                List.of(),
                valueInfo("x", FLOAT, 4),
                List.of(valueInfo("y", FLOAT, 3))),
            ROW,
            false,
            "y",
            Answer.LOGITS,
            List.of("0", "1", "2")),
        new OnnxCase(
            "scores and a softmax",
            file(
                List.of(
                    node(
                        "ai.onnx.ml.LinearClassifier",
                        List.of("x"),
                        List.of("label", "scores"),
                        reals("coefficients", WEIGHTS),
                        reals("intercepts", BIAS),
                        integers("classlabels_ints", 2, 1, 0)),
                    node("Softmax", "scores", "y", integer("axis", 1))),
                List.of(),
                valueInfo("x", FLOAT, 4),
                List.of(valueInfo("y", FLOAT, 3))),
            ROW,
            false,
            "y",
            Answer.PROBABILITIES,
            List.of("2", "1", "0")));
  }

  private static List<String> gemm() {
    return List.of("scaled", "w", "b");
  }
}
