package io.rowwise.predictor;

import java.time.Instant;
import java.util.Optional;

/**
 * What a predictor runs on, and why.
 *
 * @param state whether it answers
 * @param requested the backend that was asked for
 * @param active the device that answers: {@code cuda:0}, {@code cpu}
 * @param since since when it is this one
 * @param reason one line that says why it is not what was asked for, or why it does not answer
 */
public record Health(
    State state, String requested, String active, Instant since, Optional<String> reason) {
  /** Whether a predictor answers. */
  public enum State {
    /** It does. */
    READY,
    /** Its device is lost, and it was told to use no other. */
    LOST,
    /** It was closed. */
    CLOSED
  }
}
