package io.rowwise.trainer;

import io.rowwise.backend.Matrix;
import java.util.ArrayList;
import java.util.List;

/** The steps of a solver's run, of which its listener is told as they are done. */
final class History {
  private final ProgressListener listener;
  private final List<Progress> steps = new ArrayList<>();
  private final long start = System.nanoTime();

  /** Begins the run. */
  History(ProgressListener listener) {
    this.listener = listener;
  }

  /** Adds a step, of whose parameters the listener may want the validation loss. */
  void add(int iteration, int evaluations, double value, double norm, Matrix parameters) {
    double validation = listener.validationLoss(iteration, parameters);
    double seconds = (System.nanoTime() - start) * 1e-9;
    Progress progress = new Progress(iteration, evaluations, value, norm, validation, seconds);
    steps.add(progress);
    listener.onProgress(progress);
  }

  /** Whether the listener has had enough. */
  boolean isEnough() {
    return listener.isEnough();
  }

  /** All steps. */
  List<Progress> steps() {
    return steps;
  }
}
