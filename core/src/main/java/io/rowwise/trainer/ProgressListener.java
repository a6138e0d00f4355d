package io.rowwise.trainer;

import io.rowwise.backend.Matrix;

/** Is told by a solver of each iteration or epoch, in the solver's thread, and may end it. */
@FunctionalInterface
public interface ProgressListener {
  /**
   * Called at the start and after each iteration, by a solver of epochs after each of them. What it
   * throws ends the solver.
   */
  void onProgress(Progress progress);

  /**
   * Called while rows that do not fit into memory are prepared, before the solver starts.
   *
   * @param fraction how much of this step is done, from 0 to 1; NaN if that is unknown
   */
  default void onPreparation(Preparation step, double fraction) {}

  /**
   * Looks at the parameters; called before each {@link #onProgress}, which is told of the result.
   *
   * @param iteration how many iterations or epochs are done
   * @param parameters where the solver is; to be read alone, and not kept
   * @return the loss of rows kept aside; NaN if there are none, or it was not computed
   */
  default double validationLoss(int iteration, Matrix parameters) {
    return Double.NaN;
  }

  /** Whether the solver is to end where it is; asked after each {@link #onProgress}. */
  default boolean isEnough() {
    return false;
  }
}
