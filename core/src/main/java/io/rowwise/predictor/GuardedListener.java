package io.rowwise.predictor;

import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A listener that may throw what it likes: it is counted, and the first is logged. */
final class GuardedListener {
  private static final Logger LOG = LoggerFactory.getLogger(GuardedListener.class);

  private final PredictorListener listener;
  private final AtomicLong failures = new AtomicLong();

  GuardedListener(PredictorListener listener) {
    this.listener = listener;
  }

  /** Tells it what happened; throws nothing. */
  void tell(Consumer<PredictorListener> event) {
    try {
      event.accept(listener);
    } catch (Throwable e) {
      failed(e);
    }
  }

  private void failed(Throwable failure) {
    if (failures.getAndIncrement() == 0) {
      Quietly.warn(
          LOG, "predictor: the listener failed; further failures are counted, not logged", failure);
    }
    try {
      listener.onListenerFailure(failure);
    } catch (Throwable e) {
      failures.incrementAndGet();
    }
  }

  /** How often it threw something. */
  long failures() {
    return failures.get();
  }
}
