package io.rowwise.predictor;

import io.rowwise.backend.Backend;
import io.rowwise.backend.Matrix;
import io.rowwise.kernel.LinearSoftmax;
import java.util.concurrent.atomic.AtomicLong;

/** What one prediction needs of a backend, kept for the next one. Used by one thread at a time. */
final class Workspace implements AutoCloseable {
  private final Backend backend;
  private final PredictorOptions options;
  private final AtomicLong bytesOfAll;
  private final LinearSoftmax softmax;
  private Matrix x;
  private Matrix probabilities;
  private long bytes;

  /**
   * @param bytesOfAll is added to what this one takes
   */
  Workspace(Backend backend, PredictorOptions options, AtomicLong bytesOfAll) {
    this.backend = backend;
    this.options = options;
    this.bytesOfAll = bytesOfAll;
    this.softmax = backend.kernel(LinearSoftmax.TYPE);
  }

  /** Predicts some of the rows, in one go: no more than the options allow. */
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
    long enough = rows == 1 ? 1 : (long) Integer.highestOneBit(rows - 1) << 1;
    int capacity = (int) Math.min(enough, options.maxBatchRows());
    x = matrix(capacity, features);
    probabilities = matrix(capacity, classes);
  }

  private Matrix matrix(int rows, int columns) {
    Matrix matrix = backend.matrix(options.type(), rows, columns);
    long taken = matrix.elements() * options.type().bytes();
    bytes += taken;
    bytesOfAll.addAndGet(taken);
    return matrix;
  }

  /** The bytes of the device's memory that it takes. */
  long bytes() {
    return bytes;
  }

  private void free() {
    Matrix input = x;
    Matrix output = probabilities;
    x = null;
    probabilities = null;
    bytesOfAll.addAndGet(-bytes);
    bytes = 0;
    // Either may be missing; the second is closed even if the first cannot be.
    try (input;
        output) {
      return;
    }
  }

  @Override
  public void close() {
    try (softmax) {
      free();
    }
  }
}
