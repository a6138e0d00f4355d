package io.rowwise.spark;

import io.rowwise.trainer.FeatureMetric;
import io.rowwise.trainer.FeatureMoments;
import io.rowwise.trainer.MetricSchedule;
import java.io.Serializable;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;

/**
 * Evenly spread blocks with enough rows to tell the products of features: which ones depends on the
 * data set's size alone. Immutable.
 */
final class SampledBlocks implements Serializable {
  private static final long serialVersionUID = 1;

  private final int all;
  private final int wanted;

  private SampledBlocks(int all, int wanted) {
    this.all = all;
    this.wanted = wanted;
  }

  static SampledBlocks of(BlockLayout layout, MetricSchedule schedule) {
    int all = layout.blocks();
    int enough = schedule.blocks() * schedule.blockRows() / layout.blockRows();
    return new SampledBlocks(
        all, schedule.blocks() == 1 ? all : Math.min(all, Math.max(1, enough)));
  }

  private boolean has(int block) {
    // The blocks all * i / wanted, rounded up.
    long i = (long) block * wanted / all;
    return (i * all + wanted - 1) / wanted == block;
  }

  /** The moments at some parameters; empty if these blocks tell nothing. */
  Optional<Sums> moments(
      JavaSparkContext spark,
      JavaRDD<RowBlock> blocks,
      Broadcast<FitLease> lease,
      double[] values) {
    Broadcast<double[]> parameters = spark.broadcast(values);
    try {
      Sums sums =
          blocks
              .mapPartitions(
                  some -> List.of(sumsOf(lease.value(), some, parameters.value())).iterator())
              .treeReduce(Sums::add);
      return sums.hasAny() ? Optional.of(sums) : Optional.empty();
    } finally {
      parameters.destroy();
    }
  }

  private Sums sumsOf(FitLease lease, Iterator<RowBlock> blocks, double[] parameters) {
    FitPlan plan = lease.plan();
    Sums[] sums = new Sums[1];
    lease.compute(
        blocks,
        () -> sums[0] = new Sums(),
        (partition, block) -> {
          if (has(block.number()) && block.weight() > 0) {
            Workspace workspace = partition.workspace();
            workspace.parameters(parameters);
            try (FeatureMoments moments =
                new FeatureMoments(
                    partition.device().backend(), plan.type(), plan.features(), plan.classes())) {
              block.addTo(moments, workspace);
              sums[0].add(plan, block.number(), moments.totalWeight(), moments.sums());
            }
          }
        });
    return sums[0];
  }

  /** The lower triangle of the products, or the diagonal alone. */
  static final class Sums implements Serializable {
    private static final long serialVersionUID = 1;

    private final PairwiseSum weight = new PairwiseSum();
    private ExactSums products;

    private boolean hasAny() {
      return products != null && !products.isExceeded();
    }

    double totalWeight() {
      return weight.get();
    }

    /** With the sums of a block, (features + 1) x (features + 1) or their diagonal. */
    private void add(FitPlan plan, int block, double blockWeight, double[] moments) {
      int n = plan.features() + 1;
      boolean isDiagonal = FeatureMoments.isDiagonal(plan.features());
      if (products == null) {
        products = new ExactSums(isDiagonal ? n : n * (n + 1) / 2);
      }
      weight.add(block, blockWeight);
      int at = 0;
      for (int i = 0; i < n; i++) {
        for (int k = isDiagonal ? i : 0; k <= i; k++) {
          double moment = isDiagonal ? moments[i] : moments[i * n + k];
          products.add(at, moment, plan.momentScale(i, k));
          at++;
        }
      }
    }

    private Sums add(Sums other) {
      weight.add(other.weight);
      if (products == null) {
        products = other.products;
      } else if (other.products != null) {
        products.add(other.products);
      }
      return this;
    }

    /** As {@link FeatureMetric#update} takes them. */
    double[] toDoubles(FitPlan plan) {
      int n = plan.features() + 1;
      boolean isDiagonal = FeatureMoments.isDiagonal(plan.features());
      double[] moments = new double[isDiagonal ? n : n * n];
      int at = 0;
      for (int i = 0; i < n; i++) {
        for (int k = isDiagonal ? i : 0; k <= i; k++) {
          boolean isFree = i < n - 1 || plan.fitIntercept();
          // An intercept that is not there has nothing to do with the features.
          double moment =
              isFree ? products.get(at, plan.momentScale(i, k)) : i == k ? weight.get() : 0;
          moments[isDiagonal ? i : i * n + k] = moment;
          if (!isDiagonal) {
            moments[k * n + i] = moment;
          }
          at++;
        }
      }
      return moments;
    }
  }
}
