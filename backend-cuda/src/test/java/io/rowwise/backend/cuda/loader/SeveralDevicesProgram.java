package io.rowwise.backend.cuda.loader;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.rowwise.backend.ElementType;
import io.rowwise.model.ModelCard;
import io.rowwise.model.SoftmaxModel;
import io.rowwise.predictor.Predictor;
import io.rowwise.predictor.PredictorOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Threads ask a predictor on two devices, one of which is lost; what {@link StubDriverTest} runs in
 * a JVM of its own.
 */
final class SeveralDevicesProgram {
  private static final int THREADS = 4;
  private static final int QUESTIONS = 20;
  private static final SoftmaxModel MODEL =
      SoftmaxModel.of(
          ElementType.FLOAT32,
          1,
          3,
          new double[] {1, 0, -1},
          new double[] {0, 0.5, 0},
          ModelCard.empty());

  private SeveralDevicesProgram() {}

  public static void main(String[] arguments) throws Exception {
    Path fail = Path.of(System.getProperty("fail"));
    PredictorOptions options = PredictorOptions.defaults().backend("cuda:all").fallback(false);
    try (Predictor predictor = Predictor.of(MODEL, options)) {
      requireActive("cuda:0, cuda:1", predictor);
      askFromMany(predictor);
      requireActive("cuda:0, cuda:1", predictor);
      Files.writeString(fail, "cuLaunchKernel:719:0");
      askFromMany(predictor);
      requireActive("cuda:1", predictor);
      Files.delete(fail);
      askFromMany(predictor);
    }
    System.out.println("done");
  }

  private static void requireActive(String expected, Predictor predictor) {
    assertEquals(expected, predictor.health().active());
  }

  private static void askFromMany(Predictor predictor)
      throws InterruptedException, ExecutionException {
    ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    List<Future<?>> running = new ArrayList<>();
    for (int i = 0; i < THREADS; i++) {
      double from = i;
      running.add(threads.submit(() -> ask(predictor, from)));
    }
    for (Future<?> each : running) {
      each.get();
    }
    threads.shutdown();
  }

  private static void ask(Predictor predictor, double from) {
    for (int i = 0; i < QUESTIONS; i++) {
      double[] x = {from + i / 16.0, -i / 16.0};
      // The device's rounding to float32.
      assertArrayEquals(expected(x), predictor.predict(x, 2), 1e-6);
      assertArrayEquals(expected(x), predictor.predictAsync(x, 2).join(), 1e-6);
    }
  }

  private static double[] expected(double[] x) {
    double[] p = new double[x.length * 3];
    for (int row = 0; row < x.length; row++) {
      double[] powers = {Math.exp(x[row]), Math.exp(0.5), Math.exp(-x[row])};
      for (int c = 0; c < 3; c++) {
        p[row * 3 + c] = powers[c] / (powers[0] + powers[1] + powers[2]);
      }
    }
    return p;
  }
}
