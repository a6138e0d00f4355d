package io.rowwise.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import io.rowwise.backend.Backend;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.classifier.SoftmaxClassifier;
import io.rowwise.model.ModelCard;
import io.rowwise.model.SoftmaxModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** An exported model gives in ONNX Runtime what its classifier predicts here. */
final class OnnxRuntimeTest {
  /**
   * Both round the sums of the logits, which are about as large as 1 here, in an order of their
   * own, and take the exponential in one of their own ways: some units in the last place of each.
   */
  private static final Map<ElementType, Double> TOLERANCE =
      Map.of(ElementType.FLOAT32, 1e-6, ElementType.FLOAT64, 1e-12);

  @TempDir Path folder;

  static Stream<Arguments> shapes() {
    SplittableRandom random = new SplittableRandom(42);
    int[][] shapes = {{1, 1, 1}, {5, 1, 2}, {3, 4, 1}, {100, 5, 3}, {17, 60, 33}, {1, 7, 1000}};
    return Arrays.stream(shapes)
        .flatMap(
            shape ->
                ElementType.arithmetic().stream()
                    .map(
                        type ->
                            Arguments.of(type, shape[0], shape[1], shape[2], random.nextLong())));
  }

  @ParameterizedTest(name = "{0}, {1} rows, {2} features, {3} classes")
  @MethodSource("shapes")
  void givesTheSameProbabilities(ElementType type, int rows, int features, int classes, long seed)
      throws IOException, OrtException {
    SplittableRandom random = new SplittableRandom(seed);
    double[] values =
        random.doubles((long) rows * features, -2.0 / features, 2.0 / features).toArray();
    Path path = folder.resolve("model.onnx");
    double[] wanted;
    try (Backend backend = new CpuBackend(1);
        SoftmaxClassifier classifier =
            new SoftmaxClassifier(
                backend, type, features, classes, Integer.toUnsignedLong((int) seed));
        Matrix x = backend.matrix(type, rows, features, values);
        Matrix probabilities = classifier.predict(x)) {
      wanted = probabilities.toDoubles();
      SoftmaxModel.of(classifier).exportOnnx(path);
    }
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    try (OrtSession session = environment.createSession(path.toString());
        OnnxTensor x = OnnxTensors.of(type, values, rows, features);
        OrtSession.Result result = session.run(Map.of("features", x))) {
      double[] actual =
          OnnxTensors.toDoubles((OnnxTensor) result.get("probabilities").orElseThrow());
      long[] labels = ((OnnxTensor) result.get("labels").orElseThrow()).getLongBuffer().array();
      assertArrayEquals(wanted, actual, TOLERANCE.get(type));
      assertEquals(rows, labels.length);
      for (int row = 0; row < rows; row++) {
        double[] p = Arrays.copyOfRange(actual, row * classes, (row + 1) * classes);
        int best = IntStream.range(0, classes).reduce(0, (a, b) -> p[b] > p[a] ? b : a);
        assertEquals(best, labels[row]);
      }
    }
  }

  @Test
  void saysWhatItsInputsAndOutputsAre() throws IOException, OrtException {
    Path path = folder.resolve("model.onnx");
    SoftmaxModel.of(
            ElementType.FLOAT64,
            2,
            3,
            new double[6],
            new double[3],
            ModelCard.empty().classNames(List.of("ä", "b", "\"c\"")).seed(7))
        .exportOnnx(path);
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    try (OrtSession session = environment.createSession(path.toString())) {
      assertEquals(Set.of("features"), session.getInputNames());
      assertEquals(Set.of("labels", "probabilities"), session.getOutputNames());
      TensorInfo x = (TensorInfo) session.getInputInfo().get("features").getInfo();
      assertEquals(OnnxJavaType.DOUBLE, x.type);
      assertArrayEquals(new long[] {-1, 2}, x.getShape());
      assertArrayEquals(new String[] {"N", ""}, x.getDimensionNames());
      TensorInfo labels = (TensorInfo) session.getOutputInfo().get("labels").getInfo();
      assertEquals(OnnxJavaType.INT64, labels.type);
      assertArrayEquals(new long[] {-1}, labels.getShape());
      TensorInfo p = (TensorInfo) session.getOutputInfo().get("probabilities").getInfo();
      assertEquals(OnnxJavaType.DOUBLE, p.type);
      assertArrayEquals(new long[] {-1, 3}, p.getShape());
      assertEquals("Rowwise", session.getMetadata().getProducerName());
      Map<String, String> metadata = session.getMetadata().getCustomMetadata();
      assertEquals("[\"ä\",\"b\",\"\\\"c\\\"\"]", metadata.get("rowwise.class_names"));
      assertEquals("7", metadata.get("rowwise.seed"));
    }
  }

  /** With equal logits the first class is the label, as it is here. */
  @Test
  void theFirstOfEqualsIsTheLabel() throws IOException, OrtException {
    Path path = folder.resolve("model.onnx");
    SoftmaxModel.of(
            ElementType.FLOAT32, 1, 4, new double[4], new double[] {0, 1, 1, 1}, ModelCard.empty())
        .exportOnnx(path);
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    try (OrtSession session = environment.createSession(path.toString());
        OnnxTensor x = OnnxTensors.of(ElementType.FLOAT32, new double[1], 1, 1);
        OrtSession.Result result = session.run(Map.of("features", x))) {
      assertArrayEquals(new long[] {1}, (long[]) result.get("labels").orElseThrow().getValue());
    }
  }
}
