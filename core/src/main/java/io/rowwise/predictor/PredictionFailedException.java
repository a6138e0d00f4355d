package io.rowwise.predictor;

import java.util.Locale;

/**
 * An asynchronous request was not answered, for a reason that is neither its own nor the device's:
 * the heap was full, no thread could be started, or what computes it failed with an {@link Error}.
 * The cause tells which. Later requests may well be answered; {@link Predictor#health} shows {@link
 * Health.State#DEGRADED} until one has been.
 */
public final class PredictionFailedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private PredictionFailedException() {
    super(
        "predict: there is no heap memory for the answer, nor to say more; allow more (-Xmx)",
        null,
        false,
        false);
  }

  PredictionFailedException(String message, Throwable cause) {
    super(message, cause);
  }

  /** For a heap that has hardly any place left: takes as little of it as can be. */
  static PredictionFailedException withoutMemory() {
    return new PredictionFailedException();
  }

  static PredictionFailedException of(int rows, int classes, Throwable cause) {
    String remedy =
        cause instanceof OutOfMemoryError
            ? "; ask for fewer rows at once, or allow more memory (-Xmx, and the system's limits)"
            : "";
    return new PredictionFailedException(
        String.format(
            Locale.ROOT,
            "predict: %d rows of %d classes could not be computed: %s%s",
            rows,
            classes,
            cause,
            remedy),
        cause);
  }
}
