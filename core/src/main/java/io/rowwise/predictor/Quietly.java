package io.rowwise.predictor;

import org.slf4j.Logger;

/**
 * A log for threads that others wait for: with a full heap, or a logger that fails, they must go
 * on.
 */
final class Quietly {
  private Quietly() {}

  /** Logs it; what the log throws is dropped, since the place to report it has just failed. */
  static void warn(Logger log, String message, Throwable error) {
    try {
      log.warn(message, error);
    } catch (Throwable dropped) {
      // See above.
    }
  }
}
