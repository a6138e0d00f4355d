package io.rowwise.trainer;

/** Is told by a solver of each iteration or epoch, in the solver's thread. */
@FunctionalInterface
public interface ProgressListener {
  /** Called at the start, and after each iteration or epoch. What it throws ends the solver. */
  void onProgress(Progress progress);
}
