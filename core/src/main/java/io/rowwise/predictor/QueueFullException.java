package io.rowwise.predictor;

import java.util.Locale;
import java.util.concurrent.RejectedExecutionException;

/**
 * An asynchronous request was refused, since too many are waiting; unless it has more rows than may
 * ever wait, it may be tried again later. It is made often where it is made at all, so it has no
 * stack trace.
 */
public final class QueueFullException extends RejectedExecutionException {
  private static final long serialVersionUID = 1L;

  private final int rows;
  private final int waiting;
  private final int limit;

  QueueFullException(int rows, int waiting, int limit) {
    this.rows = rows;
    this.waiting = waiting;
    this.limit = limit;
  }

  /** Made when it is asked for. */
  @Override
  public String getMessage() {
    if (rows > limit) {
      return String.format(
          Locale.ROOT,
          "predict: %d rows were asked for, at most %d may wait; ask for fewer, or allow a longer"
              + " queue",
          rows,
          limit);
    }
    return String.format(
        Locale.ROOT,
        "predict: %d rows were asked for, %d are waiting and at most %d may; try again later,"
            + " or ask for fewer",
        rows,
        waiting,
        limit);
  }

  /** None. */
  @Override
  public Throwable fillInStackTrace() {
    return this;
  }
}
