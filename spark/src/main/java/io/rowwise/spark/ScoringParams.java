package io.rowwise.spark;

import org.apache.spark.ml.param.BooleanParam;
import org.apache.spark.ml.param.DoubleArrayParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.Params;

/** The params that the estimator and its model share, beyond those that Spark's classes bring. */
public interface ScoringParams extends Params {
  /** Where the class probabilities go; empty for nowhere. By default {@code probability}. */
  Param<String> probabilityCol();

  /**
   * One number of each class; the prediction is where {@code probability / threshold} is largest.
   * Not set by default.
   */
  DoubleArrayParam thresholds();

  /**
   * What tasks compute on: {@code cpu}, {@code cuda}, or by default {@code auto}, which is the GPU
   * that Spark gave the task, and the CPU where it gave none.
   */
  Param<String> device();

  /** Whether the CPU may take the place of a GPU that is not usable, or fails. By default true. */
  BooleanParam fallback();

  /** The value of {@link #probabilityCol}. */
  default String getProbabilityCol() {
    return getOrDefault(probabilityCol());
  }

  /** The value of {@link #thresholds}. */
  default double[] getThresholds() {
    return getOrDefault(thresholds());
  }

  /** The value of {@link #device}. */
  default String getDevice() {
    return getOrDefault(device());
  }

  /** The value of {@link #fallback}. */
  default boolean getFallback() {
    return (Boolean) getOrDefault(fallback());
  }
}
