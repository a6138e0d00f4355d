package io.rowwise.predictor;

import java.time.Duration;

/** An asynchronous request was not computed, since its time was over before its turn came. */
public final class DeadlineExceededException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  DeadlineExceededException(Duration allowed) {
    super("predict: the answer was wanted within %s, and others came first".formatted(allowed));
  }
}
