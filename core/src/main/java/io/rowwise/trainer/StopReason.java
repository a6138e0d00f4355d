package io.rowwise.trainer;

/** Why a solver stopped. */
public enum StopReason {
  /** No component of the gradient is larger than the tolerance. */
  TOLERANCE("tolerance", true),
  /** The objective can not be lowered any further in the arithmetic of the element type. */
  ROUNDING("rounding", true),
  /** The largest number of iterations was reached before anything else. */
  MAX_ITERATIONS("max_iterations", false),
  /** All epochs were done. */
  EPOCHS("epochs", true),
  /** The validation loss did not get better for as long as was asked. */
  EARLY_STOPPING("early_stopping", true);

  private final String text;
  private final boolean converged;

  StopReason(String text, boolean converged) {
    this.text = text;
    this.converged = converged;
  }

  /** Whether that is an end that was wanted; if not, it deserves a warning. */
  public boolean isConverged() {
    return converged;
  }

  /** As in reports: {@code max_iterations}. */
  @Override
  public String toString() {
    return text;
  }
}
