package io.rowwise.predictor;

/** The predictor was closed before it could answer. */
public final class PredictorClosedException extends IllegalStateException {
  private static final long serialVersionUID = 1L;

  PredictorClosedException() {
    super("predict: the predictor is closed");
  }
}
