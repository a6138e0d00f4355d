package io.rowwise.trainer;

import io.rowwise.backend.Backend;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.kernel.Targets;

/**
 * The rows that an objective is a mean over, with their classes and weights, wherever they lie: on
 * the device, in a file, or without their zeros. All parameters are (features + 1) x classes, the
 * bias in the last row.
 *
 * <p>Used by one thread at a time; closed by whoever made it, after what uses it.
 */
public interface Samples extends AutoCloseable {
  /** Rows on a device, which stay the caller's and open as long as the samples are. */
  static Samples of(Backend backend, Matrix x, Targets targets, int classes) {
    return new DeviceSamples(backend, x, targets, classes);
  }

  /** Where the parameters live. */
  Backend backend();

  /** The type of the parameters. */
  ElementType type();

  /** How many rows there are, at least 1. */
  int count();

  /** How many features a row has. */
  int features();

  /** How many classes there are, at least 1. */
  int classes();

  /**
   * The mean cross-entropy of some rows, and its gradient.
   *
   * @param from the first row
   * @param to the row behind the last
   * @param loss 1 x 1; gets the mean
   * @param gradient of the parameters' shape
   */
  void crossEntropy(int from, int to, Matrix parameters, Matrix loss, Matrix gradient);

  /** The mean cross-entropy of all rows. */
  double crossEntropy(Matrix parameters);

  /** Adds some rows to the moments of their features. */
  void addMoments(int from, int to, Matrix parameters, FeatureMoments moments);

  /** The logits of all rows: count x classes, row-major. */
  double[] logits(Matrix parameters);

  /** The class of each row, on the host. */
  int[] labels();

  /** How much each row counts, on the host; null if each counts once. */
  double[] weights();

  @Override
  void close();
}
