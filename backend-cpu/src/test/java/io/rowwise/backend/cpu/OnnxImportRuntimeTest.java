package io.rowwise.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.rowwise.backend.Backend;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.classifier.SoftmaxClassifier;
import io.rowwise.model.OnnxCase;
import io.rowwise.model.SoftmaxModel;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is imported predicts what the file itself gives in ONNX Runtime. */
final class OnnxImportRuntimeTest {
  private static final int ROWS = 50;
  private static final int FEATURES = 4;

  /**
   * ONNX Runtime computes all of these but one in float32, and its logits, up to some tens, are
   * rounded to some millionths of 1.
   */
  private static final double FLOAT32_TOLERANCE = 1e-5;

  private static final double FLOAT64_TOLERANCE = 1e-12;

  @ParameterizedTest
  @MethodSource("io.rowwise.model.OnnxCase#all")
  void givesTheSameProbabilities(OnnxCase onnx) throws IOException, OrtException {
    double[] rows = new SplittableRandom(5).doubles(ROWS * FEATURES, -3, 3).toArray();
    Arrays.setAll(rows, i -> (float) rows[i]);
    SoftmaxModel model = SoftmaxModel.importOnnx(new ByteArrayInputStream(onnx.model()));
    double[] imported;
    try (Backend backend = new CpuBackend(1);
        SoftmaxClassifier classifier = model.classifier(backend);
        Matrix x = backend.matrix(model.type(), ROWS, FEATURES, rows);
        Matrix probabilities = classifier.predict(x)) {
      imported = probabilities.toDoubles();
    }
    assertArrayEquals(
        probabilities(onnx, rows, model.classes()),
        imported,
        onnx.isFloat64() ? FLOAT64_TOLERANCE : FLOAT32_TOLERANCE);
  }

  private static double[] probabilities(OnnxCase onnx, double[] rows, int classes)
      throws OrtException {
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    long[] shape =
        IntStream.concat(IntStream.of(ROWS), onnx.shape().stream().mapToInt(Integer::intValue))
            .asLongStream()
            .toArray();
    ElementType type = onnx.isFloat64() ? ElementType.FLOAT64 : ElementType.FLOAT32;
    try (OrtSession session = environment.createSession(onnx.model());
        OnnxTensor x = OnnxTensors.of(type, rows, shape);
        OrtSession.Result result = session.run(Map.of("x", x), Set.of(onnx.output()))) {
      double[] answer = OnnxTensors.toDoubles((OnnxTensor) result.get(0));
      return switch (onnx.answer()) {
        case PROBABILITIES -> answer;
        case LOG_PROBABILITIES -> Arrays.stream(answer).map(Math::exp).toArray();
        case LOGITS -> softmax(answer, classes);
      };
    }
  }

  private static double[] softmax(double[] logits, int classes) {
    double[] probabilities = new double[logits.length];
    for (int start = 0; start < logits.length; start += classes) {
      int end = start + classes;
      double sum = Arrays.stream(logits, start, end).map(Math::exp).sum();
      for (int j = start; j < end; j++) {
        probabilities[j] = Math.exp(logits[j]) / sum;
      }
    }
    return probabilities;
  }
}
