package io.rowwise.benchmarks.solver;

import io.rowwise.backend.Backend;
import io.rowwise.backend.Backends;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.dataset.Idx;
import io.rowwise.dataset.NumberColumn;
import io.rowwise.kernel.Targets;
import io.rowwise.trainer.Lbfgs;
import io.rowwise.trainer.Samples;
import io.rowwise.trainer.SoftmaxTrainer;
import io.rowwise.trainer.Solution;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;

/**
 * The objective of Fashion-MNIST, pixels divided by 255 and a penalty of 1e-4, by the time from
 * matrices in memory: a line of JSON an iteration. Beside it {@code python/sklearn_fashion.py}.
 */
public final class FashionMnist {
  /** By 974 iterations of L-BFGS with 50 pairs in NumPy, to a gradient of 1e-9. */
  static final double OPTIMUM = 0.379477078444729;

  private static final int ROWS = 60_000;
  private static final int FEATURES = 784;
  private static final int CLASSES = 10;
  private static final int ROWS_AT_ONCE = 1000;
  private static final double PENALTY = 1e-4;

  private FashionMnist() {}

  /**
   * Measures.
   *
   * @param arguments the folder of the data set, and {@code FLOAT64} or {@code FLOAT32}
   */
  @SuppressWarnings("SystemOut") // A program.
  public static void main(String[] arguments) throws IOException {
    Path folder = Path.of(arguments[0]);
    ElementType type = ElementType.valueOf(arguments[1]);
    byte[] pixels = Idx.read(folder.resolve("train-images-idx3-ubyte.gz")).unsignedBytes();
    NumberColumn labels = Idx.labels(folder.resolve("train-labels-idx1-ubyte.gz"));
    double[] classes = new double[ROWS];
    for (int i = 0; i < ROWS; i++) {
      classes[i] = labels.value(i);
    }
    // To an excess below 1e-7.
    double tolerance = type == ElementType.FLOAT32 ? 2e-6 : 6e-7;
    SoftmaxTrainer trainer =
        SoftmaxTrainer.defaults()
            .type(type)
            .penalty(PENALTY)
            .solver(Lbfgs.of(type).tolerance(tolerance));
    try (Backend backend = Backends.open();
        Matrix x = backend.matrix(type, ROWS, FEATURES);
        Matrix y = backend.matrix(type, ROWS, 1, classes);
        Matrix parameters = backend.matrix(type, FEATURES + 1, CLASSES);
        Samples samples = Samples.of(backend, x, Targets.ofClasses(y), CLASSES)) {
      write(pixels, x);
      Solution solution =
          trainer.minimize(
              samples,
              parameters,
              progress ->
                  System.out.printf(
                      Locale.ROOT,
                      "{\"type\": \"%s\", \"seconds\": %.3f, \"evaluations\": %d, \"excess\":"
                          + " %.3e}%n",
                      type,
                      progress.seconds(),
                      progress.evaluations(),
                      progress.objective() / OPTIMUM - 1));
      System.out.println(
          backend.device().id() + ", " + solution.stopReason() + ", " + solution.gradientNorm());
    }
  }

  private static void write(byte[] pixels, Matrix x) {
    double[] rows = new double[ROWS_AT_ONCE * FEATURES];
    for (int first = 0; first < ROWS; first += ROWS_AT_ONCE) {
      for (int i = 0; i < rows.length; i++) {
        rows[i] = Byte.toUnsignedInt(pixels[first * FEATURES + i]) / 255.0;
      }
      x.rows(first, first + ROWS_AT_ONCE).write(rows);
    }
  }
}
