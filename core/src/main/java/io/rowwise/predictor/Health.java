package io.rowwise.predictor;

import java.time.Instant;
import java.util.Optional;

/**
 * What a predictor runs on, and why.
 *
 * @param state whether it answers
 * @param requested the backend that was asked for
 * @param active the device that answers: {@code cuda:0}, {@code cpu}
 * @param since since when it is this one, or since when asynchronous requests suffer
 * @param reason one line that says why it is not what was asked for, or why it does not answer
 */
public record Health(
    State state, String requested, String active, Instant since, Optional<String> reason) {
  /** Whether a predictor answers. */
  public enum State {
    /** It does. */
    READY,
    /**
     * It answers {@link Predictor#predict(double[], int)}, but asynchronous requests suffer, as the
     * reason says: they failed for want of heap memory or of threads, or their answers wait since
     * what hangs on others blocks all threads that deliver them. It recovers by itself, and is
     * ready again when an asynchronous request has been answered or answers are delivered.
     */
    DEGRADED,
    /** Its device is lost, and it was told to use no other. */
    LOST,
    /** It was closed. */
    CLOSED
  }
}
