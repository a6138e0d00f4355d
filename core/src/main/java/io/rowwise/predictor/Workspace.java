package io.rowwise.predictor;

import io.rowwise.backend.Backend;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.kernel.LinearSoftmax;

/** What one prediction needs of a backend, kept for the next one. Used by one thread at a time. */
final class Workspace implements AutoCloseable {
  private final Backend backend;
  private final ElementType type;
  private final LinearSoftmax softmax;
  private Matrix x;
  private Matrix probabilities;

  Workspace(Backend backend, ElementType type) {
    this.backend = backend;
    this.type = type;
    this.softmax = backend.kernel(LinearSoftmax.TYPE);
  }

  /** Predicts some of the rows, in one go. */
  void predict(Rows rows, int from, int to, Matrix weights, Matrix bias) {
    int count = to - from;
    reserve(count, weights.rows(), weights.columns());
    boolean whole = count == x.rows();
    Matrix input = whole ? x : x.rows(0, count);
    Matrix output = whole ? probabilities : probabilities.rows(0, count);
    rows.write(from, to, input);
    softmax.apply(input, weights, bias, output);
    rows.read(from, to, output);
  }

  private void reserve(int rows, int features, int classes) {
    if (probabilities != null && probabilities.rows() >= rows) {
      return;
    }
    free();
    // Few sizes, so that a little more than the last time needs no new memory.
    int enough = rows <= 1 ? 1 : Integer.highestOneBit(rows - 1) << 1;
    int capacity = enough < rows ? rows : enough;
    x = backend.matrix(type, capacity, features);
    probabilities = backend.matrix(type, capacity, classes);
  }

  /** Gives the matrices back. */
  void free() {
    if (x != null) {
      x.close();
      x = null;
    }
    if (probabilities != null) {
      probabilities.close();
      probabilities = null;
    }
  }

  @Override
  public void close() {
    free();
    softmax.close();
  }
}
