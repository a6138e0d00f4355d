package io.rowwise.predictor;

import java.time.Duration;

/**
 * Is told what a {@link Predictor} does, for metrics. Called by the threads that predict, so it
 * must be quick and safe for many of them. What it throws, errors too, changes no answer: it is
 * counted in {@link Predictor#listenerFailures}, and the first is logged.
 */
public interface PredictorListener {
  /** The predictor is ready; called once, before all else. */
  default void onReady(Predictor predictor) {}

  /** Rows were predicted, in that time, waiting not counted. */
  default void onPredicted(int rows, Duration time) {}

  /**
   * Rows were predicted on a device, in that time, waiting not counted; what was tried on another
   * one before is. Unless it is overridden it calls {@link #onPredicted(int, Duration)}, which
   * nobody else does.
   *
   * @param device {@code cuda:1}, {@code cpu}
   */
  default void onPredicted(String device, int rows, Duration time) {
    onPredicted(rows, time);
  }

  /** A device has stopped working, and is not asked any more. */
  default void onDeviceLost(String device) {}

  /** Asynchronous requests were put together into one computation. */
  default void onBatch(int requests, int rows) {}

  /** An asynchronous request's turn came after that time. */
  default void onQueued(Duration waited) {}

  /** An asynchronous request ends with {@link DeadlineExceededException}. */
  default void onDeadlineMissed(Duration allowed) {}

  /** The CPU answers in the place of the device, or of all of them. */
  default void onFallback(String reason) {}

  /** It threw something when it was told something else; what it throws here is only counted. */
  default void onListenerFailure(Throwable failure) {}

  /** A call fails with an error that is its caller's to handle. */
  default void onError(RuntimeException error) {}
}
