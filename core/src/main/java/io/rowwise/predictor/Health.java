package io.rowwise.predictor;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What a predictor runs on, and why.
 *
 * @param state whether it answers
 * @param requested the backend that was asked for
 * @param active the device that answers: {@code cuda:0}, {@code cpu}; of several each, {@code
 *     cuda:0, cuda:1}
 * @param since since when it is this one, or since when asynchronous requests suffer
 * @param reason one line that says why it is not what was asked for, or why it does not answer
 * @param devices each device that answers or did, and each that was asked for and could not be
 *     opened
 */
public record Health(
    State state,
    String requested,
    String active,
    Instant since,
    Optional<String> reason,
    List<DeviceHealth> devices) {
  /** Whether a predictor answers. */
  public enum State {
    /** It does. Of several devices some may be lost, as the reason and the devices say. */
    READY,
    /**
     * It answers {@link Predictor#predict(double[], int)}, but asynchronous requests suffer, as the
     * reason says: they failed for want of heap memory or of threads, or their answers wait since
     * what hangs on others blocks all threads that deliver them. It recovers by itself, and is
     * ready again when an asynchronous request has been answered or answers are delivered.
     */
    DEGRADED,
    /** Its device is lost, all of them if it had several, and it was told to use no other. */
    LOST,
    /** It was closed. */
    CLOSED
  }

  /** Copies the devices. */
  public Health {
    devices = List.copyOf(devices);
  }
}
