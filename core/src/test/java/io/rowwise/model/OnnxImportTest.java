package io.rowwise.model;

import static io.rowwise.model.OnnxBytes.FLOAT;
import static io.rowwise.model.OnnxBytes.bytes;
import static io.rowwise.model.OnnxBytes.file;
import static io.rowwise.model.OnnxBytes.floats;
import static io.rowwise.model.OnnxBytes.integer;
import static io.rowwise.model.OnnxBytes.integers;
import static io.rowwise.model.OnnxBytes.join;
import static io.rowwise.model.OnnxBytes.node;
import static io.rowwise.model.OnnxBytes.number;
import static io.rowwise.model.OnnxBytes.raw;
import static io.rowwise.model.OnnxBytes.reals;
import static io.rowwise.model.OnnxBytes.tensor;
import static io.rowwise.model.OnnxBytes.value;
import static io.rowwise.model.OnnxBytes.valueInfo;
import static io.rowwise.model.OnnxBytes.word;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rowwise.backend.ElementType;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What is imported and what is refused. That the imported models give what ONNX Runtime gives is
 * tested where that is at hand, in backend-cpu.
 */
final class OnnxImportTest {
  @TempDir Path folder;

  private static SoftmaxModel imported(byte[] onnx) throws IOException {
    return SoftmaxModel.importOnnx(new ByteArrayInputStream(onnx));
  }

  private static OnnxCase named(String name) {
    return OnnxCase.all().filter(each -> each.toString().equals(name)).findFirst().orElseThrow();
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOAT32", "FLOAT64"})
  void anExportComesBackToTheLastBit(ElementType type) throws IOException {
    double[] weights = new SplittableRandom(1).doubles(15, -1, 1).toArray();
    weights[0] = -0.0;
    ModelCard card =
        ModelCard.empty()
            .classNames(List.of("ä", "b", "\"c\""))
            .seed(-7)
            .label("species")
            .device("cpu")
            .version("1")
            .fact("penalty", "0.5");
    SoftmaxModel model =
        SoftmaxModel.of(type, 5, 3, weights, new double[] {1e-30, -2, 1 / 3.0}, card);
    Path path = folder.resolve("model.onnx");
    model.exportOnnx(path);
    SoftmaxModel again = SoftmaxModel.importOnnx(path);
    assertEquals(type, again.type());
    assertArrayEquals(model.weights(), again.weights());
    assertArrayEquals(model.bias(), again.bias());
    assertEquals(card, again.card());
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    again.exportOnnx(out);
    assertArrayEquals(Files.readAllBytes(path), out.toByteArray());
  }

  @ParameterizedTest
  @MethodSource("io.rowwise.model.OnnxCase#all")
  void classNamesAreThoseOfTheFile(OnnxCase onnx) throws IOException {
    SoftmaxModel model = imported(onnx.model());
    assertEquals(4, model.features());
    assertEquals(onnx.classNames(), model.card().classNames());
    assertTrue(model.card().encoding().isEmpty());
  }

  @ParameterizedTest
  @MethodSource("exact")
  void weightsThatNothingChangesStayAsTheyAre(String name) throws IOException {
    SoftmaxModel model = imported(named(name).model());
    assertEquals(ElementType.FLOAT32, model.type());
    for (int i = 0; i < OnnxCase.WEIGHTS.length; i++) {
      assertEquals(OnnxCase.WEIGHTS[i], model.weights()[i % 4 * 3 + i / 4]);
    }
    double[] bias = {0.5, -0.25, 1};
    assertArrayEquals(name.endsWith("nobias") ? new double[3] : bias, model.bias());
  }

  static Stream<String> exact() {
    return Stream.of(
        "PyTorch's linear",
        "PyTorch's nobias",
        "PyTorch's softmax",
        "weights that are transposed, and a node of constants",
        "float16 and bfloat16, cast",
        "multinomial scores",
        "scores and a softmax");
  }

  /** With (x - mean) / deviation before it, w becomes w / deviation, and all is a power of two. */
  @Test
  void whatIsDoneToTheRowsBecomesPartOfTheWeights() throws IOException {
    SoftmaxModel model = imported(named("PyTorch's standardized").model());
    assertEquals(ElementType.FLOAT64, model.type());
    assertEquals(-0.5 / 2, model.weights()[0]);
    assertEquals(-0.125 / 0.25, model.weights()[9]);
    double wanted = 0.5 - (0.5 * -0.5 / 2 + -0.375 / 0.5 + -2 * -0.25 / 4 + 0.25 * -0.125 / 0.25);
    assertEquals(wanted, model.bias()[0]);
  }

  /** Halves of the weights, so that the logits are apart by what the sigmoid was taken of. */
  @Test
  void aSigmoidBecomesASoftmaxOfTwo() throws IOException {
    byte[] onnx =
        file(
            List.of(
                node(
                    "ai.onnx.ml.LinearClassifier",
                    List.of("x"),
                    List.of("label", "y"),
                    reals("coefficients", -3, 0.1f, 3, -0.1f),
                    reals("intercepts", 0.7f, -0.7f),
                    integers("classlabels_ints", 0, 1),
                    word("post_transform", "LOGISTIC"))),
            List.of(),
            valueInfo("x", FLOAT, 2),
            List.of(valueInfo("y", FLOAT, 2)));
    SoftmaxModel model = imported(onnx);
    assertEquals(ElementType.FLOAT32, model.type());
    assertArrayEquals(new double[] {-1.5, 1.5, 0.1f / 2, -0.1f / 2}, model.weights());
    assertArrayEquals(new double[] {0.7f / 2, -0.7f / 2}, model.bias());
  }

  private static byte[] graph(List<byte[]> nodes, byte[]... constants) {
    return file(
        nodes, List.of(constants), valueInfo("x", FLOAT, 4), List.of(valueInfo("y", FLOAT, 3)));
  }

  private static byte[] classifier(byte[]... attributes) {
    return graph(
        List.of(
            node(
                "ai.onnx.ml.LinearClassifier",
                List.of("x"),
                List.of("label", "y"),
                reals("coefficients", OnnxCase.WEIGHTS),
                reals("intercepts", OnnxCase.BIAS),
                integers("classlabels_ints", 0, 1, 2),
                join(attributes))));
  }

  static Stream<Arguments> refused() {
    byte[] weight = tensor("w", List.of(3, 4), OnnxCase.WEIGHTS);
    byte[] square = tensor("s", List.of(3, 3), new float[9]);
    byte[] transB = integer("transB", 1);
    byte[] gemm = node("Gemm", List.of("x", "w"), List.of("z"), transB);
    byte[] external = join(number(1, 3), number(1, 4), number(2, FLOAT), OnnxBytes.text(8, "w"));
    byte[] damaged = named("PyTorch's linear").model();
    damaged[2] = 0x7F;
    return Stream.of(
        Arguments.of(new byte[0], "has no graph"),
        Arguments.of("not a model".getBytes(StandardCharsets.UTF_8), "at byte 0: "),
        Arguments.of(damaged, "at byte "),
        Arguments.of(
            graph(List.of(gemm, node("Relu", "z", "y")), weight),
            "node 'Relu' ('the Relu of y') is not taken, wanted a linear layer"),
        Arguments.of(
            graph(List.of(gemm, node("com.microsoft.Gemm", "z", "y")), weight),
            "node 'com.microsoft.Gemm'"),
        Arguments.of(
            graph(List.of(gemm, node("MatMul", List.of("z", "s"), List.of("y"))), weight, square),
            "is a second linear layer, wanted one"),
        Arguments.of(
            graph(List.of(gemm, node("Softmax", "z", "p"), node("Softmax", "p", "y")), weight),
            "is taken once, of the logits"),
        Arguments.of(
            graph(List.of(gemm, node("Softmax", "z", "y", integer("axis", 0))), weight),
            "over the axis 1"),
        Arguments.of(
            graph(
                List.of(node("Gemm", List.of("x", "w"), List.of("y"), integer("transA", 1))),
                weight),
            "transA"),
        Arguments.of(
            graph(List.of(node("Gemm", List.of("x", "v"), List.of("y"))), weight),
            "takes 'v', which nothing before it gives"),
        Arguments.of(graph(List.of(node("Gemm", "x", "y")), weight), "takes 1 values, wanted more"),
        Arguments.of(
            graph(List.of(node("Gemm", List.of("x", "x"), List.of("y"))), weight),
            "has no constant weights"),
        Arguments.of(
            graph(List.of(gemm, node("Add", List.of("z", "z"), List.of("y"))), weight),
            "has no constant to Add"),
        Arguments.of(
            graph(
                List.of(
                    node("Sub", List.of("x", "m"), List.of("c")),
                    node("Gemm", List.of("c", "w"), List.of("y"), transB)),
                weight,
                tensor("m", List.of(3), new float[3])),
            "has 4 features, but what comes before it 3"),
        Arguments.of(
            graph(
                List.of(
                    node("Sub", List.of("x", "m"), List.of("c")),
                    node("Flatten", "c", "f"),
                    node("Gemm", List.of("f", "w"), List.of("y"), transB)),
                weight,
                tensor("m", List.of(4), new float[4])),
            "'Flatten'"),
        Arguments.of(graph(List.of(node("Identity", "x", "y"))), "no linear layer leads"),
        Arguments.of(
            graph(List.of(node("Cast", "x", "y", integer("to", 7)))), "casts to the type 7"),
        Arguments.of(graph(List.of(gemm), join(external, number(14, 1))), "external data"),
        Arguments.of(
            graph(List.of(gemm), join(external, raw(floats(1, 2)))), "has 2 numbers, wanted"),
        Arguments.of(
            graph(List.of(gemm), join(external, raw(new byte[47]))), "has 47 bytes of numbers"),
        Arguments.of(
            graph(
                List.of(node("Gemm", List.of("x", "w"), List.of("y"), transB)),
                tensor("w", List.of(1, 1), Float.NaN)),
            "weights[0] is NaN"),
        Arguments.of(
            graph(List.of(node("Constant", List.of(), List.of("w"), value(new byte[0])), gemm)),
            "has 0 numbers, wanted those of the shape []"),
        Arguments.of(
            classifier(word("post_transform", "LOGISTIC")),
            "gives each of 3 classes a probability by itself"),
        Arguments.of(classifier(word("post_transform", "PROBIT")), "'PROBIT'"),
        Arguments.of(classifier(integer("multi_class", 0)), "gives scores and no probabilities"),
        Arguments.of(
            classifier(word("post_transform", "SOFTMAX"), reals("intercepts", 1, 2, 3, 4, 5)),
            "has 12 coefficients and 5 intercepts"),
        Arguments.of(
            file(
                List.of(gemm),
                List.of(weight),
                valueInfo("x", FLOAT, 4),
                List.of(valueInfo("y", FLOAT, 3), new byte[] {0x0F})),
            "a field of the kind 7"),
        Arguments.of(
            join(
                graph(List.of(gemm), weight),
                bytes(7, join(bytes(11, valueInfo("a", FLOAT)), bytes(11, valueInfo("b", FLOAT))))),
            "takes 'a', 'b', wanted one input"));
  }

  @ParameterizedTest(name = "{1}")
  @MethodSource("refused")
  void whatIsNoSuchModelIsRefusedByWords(byte[] onnx, String words) throws IOException {
    ModelFormatException e = assertThrows(ModelFormatException.class, () -> imported(onnx));
    assertTrue(e.getMessage().contains(words), e.getMessage());
    Path path = Files.write(folder.resolve("model.onnx"), onnx);
    ModelFormatException ofFile =
        assertThrows(ModelFormatException.class, () -> SoftmaxModel.importOnnx(path));
    assertEquals(path + ": " + e.getMessage(), ofFile.getMessage());
    assertFalse(e.getMessage().contains("\n"));
  }

  @Test
  void aFolderIsNoFile() {
    IOException e = assertThrows(IOException.class, () -> SoftmaxModel.importOnnx(folder));
    assertTrue(e.getMessage().contains(folder.toString()), e.getMessage());
  }

  /** Cut off anywhere, and with each byte as another: a model, or the typed error. */
  @ParameterizedTest
  @MethodSource("io.rowwise.model.OnnxCase#all")
  void damagedFilesAreRefused(OnnxCase onnx) throws IOException {
    byte[] good = onnx.model();
    int cutOff = 0;
    for (int length = 0; length < good.length; length++) {
      cutOff += isImported(Arrays.copyOf(good, length)) ? 0 : 1;
    }
    // What the graph does not depend on is behind it: the versions.
    assertTrue(cutOff > good.length - 40, cutOff + " of " + good.length);
    for (int at = 0; at < good.length; at++) {
      for (int other : new int[] {0, 1, 0x7F, 0x80, 0xFF, good[at] ^ 1, good[at] ^ 8}) {
        byte[] bad = good.clone();
        bad[at] = (byte) other;
        isImported(bad);
      }
    }
  }

  private static boolean isImported(byte[] onnx) throws IOException {
    try {
      imported(onnx);
      return true;
    } catch (ModelFormatException e) {
      return false;
    }
  }

  /** A length of 2 GiB in a file of some bytes asks for no memory. */
  @Test
  void lengthsAreNotBelieved() {
    byte[] huge = {0x3A, (byte) 0xFF, (byte) 0xFF, (byte) 0xFF, (byte) 0xFF, 0x07, 1};
    ModelFormatException e = assertThrows(ModelFormatException.class, () -> imported(huge));
    assertEquals(
        "at byte 0: a field of 2147483647 bytes where 1 are left; the file is damaged, or is not"
            + " ONNX",
        e.getMessage());
  }

  @Test
  void thousandsOfNodesAreNoLayer() {
    byte[] nodes = new byte[30_000];
    for (int i = 0; i < nodes.length; i += 2) {
      nodes[i] = 0x0A;
    }
    ModelFormatException e =
        assertThrows(ModelFormatException.class, () -> imported(bytes(7, nodes)));
    assertEquals("more than 10000 nodes, wanted a model of one linear layer", e.getMessage());
  }
}
