package io.rowwise.predictor;

import java.time.Duration;

/**
 * Is told what a {@link Predictor} does, for metrics. Called by the threads that predict, so it
 * must be quick and safe for many of them; what it throws is logged and ignored.
 */
public interface PredictorListener {
  /** The predictor is ready; called once, before all else. */
  default void onReady(Predictor predictor) {}

  /** Rows were predicted, in that time, waiting not counted. */
  default void onPredicted(int rows, Duration time) {}

  /** Asynchronous requests were put together into one computation. */
  default void onBatch(int requests, int rows) {}

  /** An asynchronous request's turn came after that time. */
  default void onQueued(Duration waited) {}

  /** The CPU answers in the place of the device. */
  default void onFallback(String reason) {}

  /** A call fails with an error that is its caller's to handle. */
  default void onError(RuntimeException error) {}
}
