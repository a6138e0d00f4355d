package io.rowwise.predictor;

import java.time.Duration;
import java.util.Locale;

/** An asynchronous request was not answered, since its time was over before there was an answer. */
public final class DeadlineExceededException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * @param computing whether its turn had come
   */
  DeadlineExceededException(Duration allowed, boolean computing) {
    // Without the stack: it would be a timer's.
    super(
        String.format(
            Locale.ROOT,
            "predict: the answer was wanted within %s, and %s",
            allowed,
            computing ? "it was still being computed" : "others came first"),
        null,
        true,
        false);
  }
}
