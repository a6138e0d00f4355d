package io.rowwise.predictor;

import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the asynchronous side suffers from at present. Safe for many threads. */
final class Troubles {
  private static final Logger LOG = LoggerFactory.getLogger(Troubles.class);

  /** One of them. */
  record Trouble(Instant since, String reason) {}

  private final InstantSource clock;
  private volatile Trouble failure;
  private volatile Trouble heldUp;

  Troubles(InstantSource clock) {
    this.clock = clock;
  }

  /** Requests failed for a reason that is not theirs. */
  void failed(Throwable error) {
    Trouble before = failure;
    if (before == null) {
      String reason = "asynchronous requests fail: " + error;
      failure = new Trouble(clock.instant(), reason);
      Quietly.warn(LOG, "predictor: " + reason, error);
    }
  }

  /** A request was answered. */
  void answered() {
    if (failure != null) {
      failure = null;
      Quietly.warn(LOG, "predictor: asynchronous requests are answered again", null);
    }
  }

  /** Answers are ready, and nobody is there to deliver them. */
  void heldUp(String reason) {
    if (heldUp == null) {
      heldUp = new Trouble(clock.instant(), reason);
      Quietly.warn(LOG, "predictor: " + reason, null);
    }
  }

  /** Answers are delivered. */
  void delivering() {
    if (heldUp != null) {
      heldUp = null;
    }
  }

  /** The one to be told of, if there is one. */
  Optional<Trouble> current() {
    Trouble first = failure;
    return Optional.ofNullable(first != null ? first : heldUp);
  }
}
