package io.rowwise.predictor;

import io.rowwise.array.ArrayLength;
import io.rowwise.backend.Matrix;
import java.util.Arrays;
import java.util.Locale;

/** Rows to be predicted, and room for what is to be known of them. */
abstract class Rows {
  private final int count;
  private String device = "none";

  private Rows(int count) {
    this.count = count;
  }

  /** Sets what has predicted them. */
  final void predictedOn(String newDevice) {
    device = newDevice;
  }

  /** The device that has predicted them: {@code cuda:0}, {@code cpu}. */
  final String device() {
    return device;
  }

  final int count() {
    return count;
  }

  /** Copies rows into a matrix that has just as many. */
  abstract void write(int from, int to, Matrix x);

  /** Takes the probabilities of rows from a matrix that has just as many. */
  abstract void read(int from, int to, Matrix probabilities);

  /**
   * How many probabilities rows have.
   *
   * @throws IllegalArgumentException if that is more than an array holds
   */
  static int probabilities(int rows, int classes) {
    long all = (long) rows * classes;
    if (all > ArrayLength.LARGEST) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "predict: %d rows of %d classes have %d probabilities, an array holds at most %d; ask"
                  + " for at most %d rows at once",
              rows,
              classes,
              all,
              ArrayLength.LARGEST,
              ArrayLength.LARGEST / classes));
    }
    return (int) all;
  }

  private static void copy(double[] x, int count, int from, int to, Matrix matrix) {
    int columns = matrix.columns();
    matrix.write(to - from == count ? x : Arrays.copyOfRange(x, from * columns, to * columns));
  }

  private static void copy(float[] x, int count, int from, int to, Matrix matrix) {
    int columns = matrix.columns();
    matrix.write(to - from == count ? x : Arrays.copyOfRange(x, from * columns, to * columns));
  }

  static final class Doubles extends Rows {
    private final double[] x;
    private final double[] probabilities;

    Doubles(int count, double[] x, int classes) {
      super(count);
      this.x = x;
      this.probabilities = new double[probabilities(count, classes)];
    }

    double[] probabilities() {
      return probabilities;
    }

    @Override
    void write(int from, int to, Matrix matrix) {
      copy(x, count(), from, to, matrix);
    }

    @Override
    void read(int from, int to, Matrix matrix) {
      if (to - from == count()) {
        matrix.read(probabilities);
      } else {
        double[] part = matrix.toDoubles();
        System.arraycopy(part, 0, probabilities, from * matrix.columns(), part.length);
      }
    }
  }

  static final class Floats extends Rows {
    private final float[] x;
    private final float[] probabilities;

    Floats(int count, float[] x, int classes) {
      super(count);
      this.x = x;
      this.probabilities = new float[probabilities(count, classes)];
    }

    float[] probabilities() {
      return probabilities;
    }

    @Override
    void write(int from, int to, Matrix matrix) {
      copy(x, count(), from, to, matrix);
    }

    @Override
    void read(int from, int to, Matrix matrix) {
      if (to - from == count()) {
        matrix.read(probabilities);
      } else {
        float[] part = matrix.toFloats();
        System.arraycopy(part, 0, probabilities, from * matrix.columns(), part.length);
      }
    }
  }

  /**
   * Of which only the most probable class is wanted; the probabilities of all rows need not fit in
   * one array.
   */
  abstract static class Labels extends Rows {
    private final int[] labels;

    private Labels(int count) {
      super(count);
      this.labels = new int[count];
    }

    static Labels of(int count, double[] x) {
      return new Labels(count) {
        @Override
        void write(int from, int to, Matrix matrix) {
          copy(x, count(), from, to, matrix);
        }
      };
    }

    static Labels of(int count, float[] x) {
      return new Labels(count) {
        @Override
        void write(int from, int to, Matrix matrix) {
          copy(x, count(), from, to, matrix);
        }
      };
    }

    /** The column of each row's most probable class, or -1 where one is NaN. */
    int[] labels() {
      return labels;
    }

    @Override
    final void read(int from, int to, Matrix matrix) {
      double[] probabilities = matrix.toDoubles();
      int classes = matrix.columns();
      for (int row = from; row < to; row++) {
        labels[row] = label(probabilities, (row - from) * classes, classes);
      }
    }

    private static int label(double[] probabilities, int start, int classes) {
      int best = 0;
      for (int c = 0; c < classes; c++) {
        double p = probabilities[start + c];
        if (Double.isNaN(p)) {
          return -1;
        }
        if (p > probabilities[start + best]) {
          best = c;
        }
      }
      return best;
    }
  }
}
