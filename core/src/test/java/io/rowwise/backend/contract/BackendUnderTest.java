package io.rowwise.backend.contract;

import io.rowwise.backend.Backend;

/** What the parts of the contract ask of the test class. */
public interface BackendUnderTest {
  /** Opens a backend of the kind under test, another one at each call; the caller closes it. */
  Backend openBackend();

  /** The backend that most tests share. */
  Backend backend();

  /**
   * How far a probability of the backend's best softmax may be from the truth, in ulp.
   *
   * @param distanceFromMax how far the logit is below the largest of its row; matters to the
   *     composition, which rounds that difference before it takes the power
   * @param classes how many numbers were added up
   */
  default double softmaxUlps(double distanceFromMax, int classes) {
    return 4;
  }

  /**
   * How far a number of the backend's best {@link io.rowwise.kernel.RmsNorm} may be from the truth,
   * in ulp.
   *
   * @param logarithm that of the row's mean square and epsilon; matters to the composition, which
   *     takes the root by it
   * @param columns how many squares were added up
   */
  default double rmsNormUlps(double logarithm, int columns) {
    return 5 + sumUlps(columns) / 2;
  }

  /**
   * How far a row's sum of numbers of one sign may be from the truth, in ulp. The default is the
   * worst case of adding in pairs.
   *
   * @param terms how many numbers
   */
  default double sumUlps(int terms) {
    return 1 + Math.log(Math.max(1, terms)) / Math.log(2);
  }
}
