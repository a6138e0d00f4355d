package io.rowwise.predictor;

import java.util.Locale;
import java.util.concurrent.RejectedExecutionException;

/** An asynchronous request was refused, since too many are waiting; it may be tried again later. */
public final class QueueFullException extends RejectedExecutionException {
  private static final long serialVersionUID = 1L;

  QueueFullException(int rows, int waiting, int limit) {
    super(
        String.format(
            Locale.ROOT,
            "predict: %d rows were asked for, %d are waiting and at most %d may; try again later,"
                + " or ask for fewer",
            rows,
            waiting,
            limit));
  }
}
