package io.rowwise.benchmarks.service;

import static io.rowwise.benchmarks.service.InterpretedCudaProvider.CUDA;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rowwise.backend.DeviceLostException;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.OutOfDeviceMemoryException;
import io.rowwise.backend.cuda.InterpretedCuda;
import io.rowwise.model.ModelCard;
import io.rowwise.model.SoftmaxModel;
import io.rowwise.predictor.Health;
import io.rowwise.predictor.Predictor;
import io.rowwise.predictor.PredictorOptions;
import io.rowwise.predictor.PredictorOptions.OnFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A predictor on the CUDA backend, one of whose calls of the driver fails: each call once, from the
 * predictor's start to its end, with each error. Answers are right or there is a typed error, and
 * nothing is left.
 */
final class PredictorFaultTest {
  /** Parameters and answers are rounded to {@code float32}. */
  private static final double TOLERANCE = 1e-6;

  private static final int FEATURES = 4;
  private static final int CLASSES = 3;
  private static final int[] BATCHES = {1, 5, 2};

  private final SplittableRandom random = new SplittableRandom(7);
  private final SoftmaxModel model =
      SoftmaxModel.of(
          ElementType.FLOAT64,
          FEATURES,
          CLASSES,
          random.doubles(FEATURES * CLASSES, -1, 1).toArray(),
          random.doubles(CLASSES, -1, 1).toArray(),
          ModelCard.empty());
  private final double[] x = random.doubles(5 * FEATURES, -1, 1).toArray();

  @AfterEach
  void noMoreFaults() {
    InterpretedCudaProvider.failAt(-1, 0);
  }

  private static PredictorOptions options(OnFailure policy) {
    return PredictorOptions.defaults()
        .backend("interpreted")
        .batches(4, Duration.ofMillis(1))
        .onDeviceLost(policy)
        .onOutOfMemory(policy);
  }

  private List<double[]> answers(Predictor predictor) {
    List<double[]> answers = new ArrayList<>();
    for (int rows : BATCHES) {
      answers.add(predictor.predict(Arrays.copyOf(x, rows * FEATURES), rows));
    }
    return answers;
  }

  private List<double[]> expected() {
    try (Predictor cpu = Predictor.of(model, PredictorOptions.defaults().backend("cpu"))) {
      return answers(cpu);
    }
  }

  private static void assertSame(List<double[]> expected, List<double[]> actual, String where) {
    for (int i = 0; i < expected.size(); i++) {
      assertArrayEquals(expected.get(i), actual.get(i), TOLERANCE, where);
    }
  }

  @Test
  void withoutFaultsTheDeviceAnswers() {
    try (Predictor predictor = Predictor.of(model, options(OnFailure.FAIL))) {
      assertEquals("cuda:0", predictor.health().active());
      assertTrue(predictor.deviceMemory() >= 4L * (FEATURES + 1) * CLASSES);
      assertSame(expected(), answers(predictor), "no fault");
    }
    assertTrue(CUDA.holdsNothing(0));
  }

  @ParameterizedTest
  @CsvSource({
    InterpretedCuda.OUT_OF_MEMORY + ", USE_CPU",
    InterpretedCuda.OUT_OF_MEMORY + ", FAIL",
    InterpretedCuda.ILLEGAL_ADDRESS + ", USE_CPU",
    InterpretedCuda.ILLEGAL_ADDRESS + ", FAIL",
  })
  void aFaultAtAnyCall(int code, OnFailure policy) throws IOException {
    List<double[]> expected = expected();
    try (Predictor predictor = Predictor.of(model, options(policy))) {
      answers(predictor);
    }
    int calls = CUDA.calls(0);
    assertTrue(calls > 20, calls + " calls");
    int answered = 0;
    int refused = 0;
    for (int call = 1; call <= calls; call++) {
      InterpretedCudaProvider.failAt(call, code);
      String where = "call " + call + " with " + code + ", " + policy;
      try (Predictor predictor = Predictor.of(model, options(policy))) {
        assertSame(expected, answers(predictor), where);
        answered++;
      } catch (DeviceLostException | OutOfDeviceMemoryException e) {
        assertEquals(OnFailure.FAIL, policy, where + ": " + e.getMessage());
        refused++;
      }
      assertTrue(
          code == InterpretedCuda.ILLEGAL_ADDRESS || CUDA.holdsNothing(0),
          where + ": something was not given back");
    }
    Files.writeString(
        Path.of("target", String.format(Locale.ROOT, "predictor-faults-%d-%s.txt", code, policy)),
        String.format(
            Locale.ROOT,
            "%d calls of the driver, each failed once with %d: %d times all answers right, %d times"
                + " the typed error%n",
            calls,
            code,
            answered,
            refused));
  }

  /** Each is opened once, however often and however it is named. */
  @ParameterizedTest
  @CsvSource({"'GPU-1,0', 'cuda:1, cuda:0'", "'GPU-1,1', cuda:1", "GPU-1, cuda:1"})
  void devicesAreNamed(String devices, String active) {
    PredictorOptions options = options(OnFailure.FAIL).backend("interpreted:" + devices);
    try (Predictor predictor = Predictor.of(model, options)) {
      assertEquals(active, predictor.health().active());
      assertSame(expected(), answers(predictor), devices);
    }
    assertTrue(CUDA.holdsNothing(1));
  }

  @ParameterizedTest
  @ValueSource(ints = {InterpretedCuda.OUT_OF_MEMORY, InterpretedCuda.ILLEGAL_ADDRESS})
  void aFaultAtAnyCallOfOneOfTwoDevicesIsNobodysTrouble(int code) {
    List<double[]> expected = expected();
    PredictorOptions options = options(OnFailure.FAIL).backend("interpreted:all");
    try (Predictor predictor = Predictor.of(model, options)) {
      assertEquals("cuda:0, cuda:1", predictor.health().active());
      assertSame(expected, answers(predictor), "no fault");
    }
    int calls = CUDA.calls(0);
    assertTrue(calls > 20, calls + " calls");
    int alone = 0;
    for (int call = 1; call <= calls; call++) {
      InterpretedCudaProvider.failAt(call, code);
      String where = "call " + call + " with " + code;
      try (Predictor predictor = Predictor.of(model, options)) {
        assertSame(expected, answers(predictor), where);
        assertEquals(Health.State.READY, predictor.health().state(), where);
        if (predictor.health().active().equals("cuda:1")) {
          alone++;
        }
      }
      assertTrue(
          code == InterpretedCuda.ILLEGAL_ADDRESS || CUDA.holdsNothing(0),
          where + ": something was not given back");
      assertTrue(CUDA.holdsNothing(1), where + ": something of the other was not given back");
    }
    assertTrue(alone > 0, "no fault was one of the device's");
  }
}
