package io.rowwise.spark;

import org.apache.spark.ml.param.BooleanParam;
import org.apache.spark.ml.param.DoubleParam;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.Param;

/** The params of a fit. Those that MLlib has are named as there. */
public interface TrainingParams extends ScoringParams {
  /** The column of the rows' weights; not set by default: each row counts once. */
  Param<String> weightCol();

  /** A column to sort rows by before they are trained on; empty by default, for none. */
  Param<String> orderCol();

  /** The factor of the penalty, by default 0. */
  DoubleParam regParam();

  /**
   * How much of the penalty is the sum of the absolute weights; the rest is half the sum of their
   * squares. By default 0.
   */
  DoubleParam elasticNetParam();

  /** The most iterations, by default 100. */
  IntParam maxIter();

  /** The largest absolute component of the gradient at which a fit ends, by default 1e-6. */
  DoubleParam tol();

  /**
   * Whether the penalty is on the weights of standardised features, by default true. The model
   * takes rows as they are.
   */
  BooleanParam standardization();

  /** Whether each class has an intercept, by default true. */
  BooleanParam fitIntercept();

  /**
   * How gradients are added: {@code reproducible}, by default, or {@code plain}, in whatever order
   * they come.
   */
  Param<String> aggregation();

  /** What is computed in: {@code float64}, by default, or {@code float32}. */
  Param<String> elementType();

  /** How many rows are computed at once; 0, by default, to choose them by the data's size. */
  IntParam blockRows();

  /** The value of {@link #weightCol}; empty if it is not set. */
  default String getWeightCol() {
    return isDefined(weightCol()) ? getOrDefault(weightCol()) : "";
  }

  /** The value of {@link #orderCol}. */
  default String getOrderCol() {
    return getOrDefault(orderCol());
  }

  /** The value of {@link #regParam}. */
  default double getRegParam() {
    return (Double) getOrDefault(regParam());
  }

  /** The value of {@link #elasticNetParam}. */
  default double getElasticNetParam() {
    return (Double) getOrDefault(elasticNetParam());
  }

  /** The value of {@link #maxIter}. */
  default int getMaxIter() {
    return (Integer) getOrDefault(maxIter());
  }

  /** The value of {@link #tol}. */
  default double getTol() {
    return (Double) getOrDefault(tol());
  }

  /** The value of {@link #standardization}. */
  default boolean getStandardization() {
    return (Boolean) getOrDefault(standardization());
  }

  /** The value of {@link #fitIntercept}. */
  default boolean getFitIntercept() {
    return (Boolean) getOrDefault(fitIntercept());
  }

  /** The value of {@link #aggregation}. */
  default String getAggregation() {
    return getOrDefault(aggregation());
  }

  /** The value of {@link #elementType}. */
  default String getElementType() {
    return getOrDefault(elementType());
  }

  /** The value of {@link #blockRows}. */
  default int getBlockRows() {
    return (Integer) getOrDefault(blockRows());
  }
}
