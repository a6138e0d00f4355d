package io.rowwise.predictor;

import io.rowwise.backend.Matrix;
import java.util.Arrays;

/** Rows to be predicted, and room for their probabilities, as host arrays of one of both types. */
abstract class Rows {
  private final int count;

  private Rows(int count) {
    this.count = count;
  }

  final int count() {
    return count;
  }

  /** Copies rows into a matrix that has just as many. */
  abstract void write(int from, int to, Matrix x);

  /** Takes the probabilities of rows from a matrix that has just as many. */
  abstract void read(int from, int to, Matrix probabilities);

  static final class Doubles extends Rows {
    private final double[] x;
    private final double[] probabilities;

    Doubles(int count, double[] x, int classes) {
      super(count);
      this.x = x;
      this.probabilities = new double[Math.multiplyExact(count, classes)];
    }

    double[] probabilities() {
      return probabilities;
    }

    @Override
    void write(int from, int to, Matrix matrix) {
      int columns = matrix.columns();
      matrix.write(to - from == count() ? x : Arrays.copyOfRange(x, from * columns, to * columns));
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
      this.probabilities = new float[Math.multiplyExact(count, classes)];
    }

    float[] probabilities() {
      return probabilities;
    }

    @Override
    void write(int from, int to, Matrix matrix) {
      int columns = matrix.columns();
      matrix.write(to - from == count() ? x : Arrays.copyOfRange(x, from * columns, to * columns));
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
}
