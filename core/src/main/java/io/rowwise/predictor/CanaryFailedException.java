package io.rowwise.predictor;

/** A model did not answer a canary as it should, and has not taken the place of another. */
public final class CanaryFailedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * @param reason what was wrong
   * @param cause what the canary threw, or null
   */
  CanaryFailedException(String reason, Throwable cause) {
    super("swap: the canary failed: " + reason + "; the model that was there goes on", cause);
  }
}
