package io.rowwise.spark;

import io.rowwise.backend.Backend;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.trainer.FeatureMetric;
import io.rowwise.trainer.MetricSchedule;
import io.rowwise.trainer.Objective;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;

/**
 * The penalised softmax regression of rows that are spread over executors: {@code sum of s[i] *
 * cross-entropy[i] / sum of s[i] + penalty / 2 * sum of squares of the weights}. The parameters are
 * on the driver; an evaluation sends them out and brings losses and gradients back.
 *
 * <p>Its parameters are (features + 1) x classes, the bias in the last row; without intercept, it
 * says that the bias changes nothing. Used by one thread at a time; closed by whoever made it.
 */
final class SparkObjective implements Objective, AutoCloseable {
  /** With more partitions the driver would add for longer than executors do among themselves. */
  private static final int MOST_FOR_DRIVER = 64;

  private final Backend backend;
  private final JavaSparkContext spark;
  private final JavaRDD<RowBlock> blocks;
  private final BlockLayout layout;
  private final FitPlan plan;
  private final Broadcast<FitLease> lease;
  private final double totalWeight;
  private final double penalty;
  private final double[] scales;
  private final FitProgress progress;
  private final MetricSchedule schedule;
  private final Set<String> devices = new TreeSet<>();
  private FeatureMetric metric;

  /**
   * @param backend the driver's; stays the caller's
   * @param blocks persisted
   * @param lease of the plan; the caller destroys it at the end
   */
  SparkObjective(
      Backend backend,
      JavaSparkContext spark,
      JavaRDD<RowBlock> blocks,
      BlockLayout layout,
      Broadcast<FitLease> lease,
      double totalWeight,
      double penalty,
      FitProgress progress) {
    this.backend = backend;
    this.spark = spark;
    this.blocks = blocks;
    this.layout = layout;
    this.plan = lease.value().plan();
    this.lease = lease;
    this.totalWeight = totalWeight;
    this.penalty = penalty;
    this.scales = plan.gradientScales();
    this.progress = progress;
    int samples = (int) Math.min(layout.rows(), Integer.MAX_VALUE);
    this.schedule = new MetricSchedule(samples, plan.features(), plan.classes());
  }

  /** What tasks have computed on. */
  Set<String> devices() {
    return devices;
  }

  @Override
  public Backend backend() {
    return backend;
  }

  @Override
  public ElementType type() {
    return plan.type();
  }

  @Override
  public int rows() {
    return plan.features() + 1;
  }

  @Override
  public int columns() {
    return plan.classes();
  }

  /** The weights; the bias is free. */
  @Override
  public int penalisedRows() {
    return plan.features();
  }

  @Override
  public double evaluate(Matrix parameters, Matrix gradient) {
    double[] values = parameters.toDoubles();
    GradientSum sum = gradientSum(values);
    devices.addAll(sum.devices());
    double[] sums = sum.gradient(scales);
    double squares = 0;
    int weights = plan.features() * plan.classes();
    for (int i = 0; i < sums.length; i++) {
      sums[i] /= totalWeight;
      if (i < weights) {
        sums[i] += penalty * values[i];
        squares += values[i] * values[i];
      } else if (!plan.fitIntercept()) {
        sums[i] = 0;
      }
    }
    gradient.write(sums);
    return sum.loss() / totalWeight + penalty / 2 * squares;
  }

  private GradientSum gradientSum(double[] values) {
    progress.describe("gradient");
    Broadcast<FitLease> shared = lease;
    Broadcast<double[]> parameters = spark.broadcast(values);
    try {
      JavaRDD<GradientSum> parts =
          blocks.mapPartitions(
              all -> List.of(gradientOf(shared.value(), all, parameters.value())).iterator());
      return layout.partitions() > MOST_FOR_DRIVER
          ? parts.treeReduce(GradientSum::add)
          : parts.reduce(GradientSum::add);
    } finally {
      parameters.destroy();
    }
  }

  private static GradientSum gradientOf(
      FitLease lease, Iterator<RowBlock> blocks, double[] parameters) {
    GradientSum[] sum = new GradientSum[1];
    Workspace[] ready = new Workspace[1];
    lease.compute(
        blocks,
        () -> {
          sum[0] = new GradientSum(lease.plan());
          ready[0] = null;
        },
        (partition, block) -> {
          if (ready[0] == null) {
            ready[0] = partition.workspace();
            ready[0].parameters(parameters);
            sum[0].device(partition.device().toString());
          }
          ready[0].add(block, sum[0]);
        });
    return sum[0];
  }

  /** At the products of the features: what the second derivatives of all classes share. */
  @Override
  public boolean approximateAt(Matrix parameters, int evaluations) {
    if (!schedule.isDue(evaluations)) {
      return false;
    }
    progress.describe("second derivatives");
    Optional<SampledBlocks.Sums> moments =
        SampledBlocks.of(layout, schedule).moments(spark, blocks, lease, parameters.toDoubles());
    if (moments.isEmpty()) {
      return false;
    }
    if (metric == null) {
      metric = new FeatureMetric(backend, plan.type(), plan.features(), penalty);
    }
    metric.update(moments.get().toDoubles(plan), moments.get().totalWeight());
    return true;
  }

  @Override
  public void approximateNewton(Matrix vector, Matrix product) {
    if (metric == null) {
      backend.copy(vector, product);
    } else {
      metric.apply(vector, product);
    }
  }

  @Override
  public void close() {
    if (metric != null) {
      metric.close();
    }
  }

  @Override
  public String toString() {
    return String.format(Locale.ROOT, "SparkObjective[%d rows, %s]", layout.rows(), plan.type());
  }
}
