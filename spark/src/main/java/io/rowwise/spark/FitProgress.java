package io.rowwise.spark;

import io.rowwise.trainer.Progress;
import io.rowwise.trainer.ProgressListener;
import java.util.Locale;
import org.apache.spark.api.java.JavaSparkContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says in Spark's job group and in the descriptions of its jobs where a fit is. A group that the
 * program has set stays, so that it can cancel the fit with its other jobs.
 */
final class FitProgress implements ProgressListener, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(FitProgress.class);
  private static final String GROUP = "spark.jobGroup.id";
  private static final String DESCRIPTION = "spark.job.description";

  private final JavaSparkContext spark;
  private final String fit;
  private final String groupBefore;
  private final String descriptionBefore;
  private int iteration = -1;
  private double loss;

  /**
   * @param fit the estimator's uid
   */
  FitProgress(JavaSparkContext spark, String fit) {
    this.spark = spark;
    this.fit = fit;
    this.groupBefore = spark.getLocalProperty(GROUP);
    this.descriptionBefore = spark.getLocalProperty(DESCRIPTION);
    if (groupBefore == null) {
      spark.setLocalProperty(GROUP, fit);
    }
  }

  /** Describes the jobs that come next. */
  void describe(String what) {
    String where =
        iteration < 0
            ? ""
            : String.format(
                Locale.ROOT, ", after iteration %d with objective %.6g", iteration, loss);
    spark.setLocalProperty(DESCRIPTION, fit + ": " + what + where);
  }

  @Override
  public void onProgress(Progress progress) {
    iteration = progress.iteration();
    loss = progress.objective();
    LOG.debug(
        "{}: iteration {}, objective {}, largest component of the gradient {}",
        fit,
        iteration,
        loss,
        progress.gradientNorm());
  }

  /** Puts back what the program had set. */
  @Override
  public void close() {
    spark.setLocalProperty(GROUP, groupBefore);
    spark.setLocalProperty(DESCRIPTION, descriptionBefore);
  }
}
