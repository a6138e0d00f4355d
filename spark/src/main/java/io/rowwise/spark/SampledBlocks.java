package io.rowwise.spark;

import io.rowwise.trainer.FeatureMoments;
import io.rowwise.trainer.InverseMoments;
import java.io.Serializable;
import java.util.Iterator;
import java.util.List;
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
  private final long rows;

  private SampledBlocks(int all, int wanted, long rows) {
    this.all = all;
    this.wanted = wanted;
    this.rows = rows;
  }

  static SampledBlocks of(BlockLayout layout, int features) {
    int enough = InverseMoments.wantedRows(features);
    int all = layout.blocks();
    int wanted =
        layout.rows() <= 2L * enough
            ? all
            : Math.min(all, Math.max(1, enough / layout.blockRows()));
    return new SampledBlocks(
        all, wanted, Math.min(layout.rows(), (long) wanted * layout.blockRows()));
  }

  /** About how many rows they have. */
  long rows() {
    return rows;
  }

  private boolean has(int block) {
    // The blocks all * i / wanted, rounded up.
    long i = (long) block * wanted / all;
    return (i * all + wanted - 1) / wanted == block;
  }

  /** Has the second derivatives summed at some parameters, and gives them to the driver's matrix. */
  void look(
      JavaSparkContext spark,
      JavaRDD<RowBlock> blocks,
      Broadcast<FitLease> lease,
      double[] values,
      InverseMoments inverse) {
    FitPlan plan = lease.value().plan();
    Broadcast<double[]> parameters = spark.broadcast(values);
    Sums sums;
    try {
      sums =
          blocks
              .mapPartitions(
                  some -> List.of(sumsOf(lease.value(), some, parameters.value())).iterator())
              .treeReduce(Sums::add);
    } finally {
      parameters.destroy();
    }
    // Of nothing, it makes the identity.
    inverse.set(sums.toDoubles(plan), sums.hasAny() ? sums.weight.get() : 1);
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
                    partition.device().backend(),
                    plan.type(),
                    block.features().rows(),
                    plan.features(),
                    plan.classes(),
                    InverseMoments.isDiagonal(plan.parameterRows()))) {
              double weight =
                  moments.add(block.features(), block.targets(), workspace.parameters());
              sums[0].add(plan, block.number(), weight, moments.toDoubles());
            }
          }
        });
    return sums[0];
  }

  /** The lower triangle of the products, or the diagonal alone. */
  private static final class Sums implements Serializable {
    private static final long serialVersionUID = 1;

    private final OrderedSum weight = new OrderedSum();
    private ExactSums products;

    boolean hasAny() {
      return products != null && !products.isExceeded();
    }

    /** With the sums of a block, (features + 1) x (features + 1) or their diagonal. */
    void add(FitPlan plan, int block, double blockWeight, double[] moments) {
      int n = plan.parameterRows();
      int stride = plan.features() + 1;
      boolean isDiagonal = InverseMoments.isDiagonal(n);
      if (products == null) {
        products = new ExactSums(isDiagonal ? n : n * (n + 1) / 2);
      }
      weight.add(block, blockWeight);
      int at = 0;
      for (int i = 0; i < n; i++) {
        for (int k = isDiagonal ? i : 0; k <= i; k++) {
          double moment = isDiagonal ? moments[i] : moments[i * stride + k];
          products.add(at, moment, plan.momentScale(i, k));
          at++;
        }
      }
    }

    Sums add(Sums other) {
      weight.add(other.weight);
      if (products == null) {
        products = other.products;
      } else if (other.products != null) {
        products.add(other.products);
      }
      return this;
    }

    double[] toDoubles(FitPlan plan) {
      int n = plan.parameterRows();
      boolean isDiagonal = InverseMoments.isDiagonal(n);
      double[] moments = new double[isDiagonal ? n : n * n];
      if (!hasAny()) {
        return moments;
      }
      int at = 0;
      for (int i = 0; i < n; i++) {
        for (int k = isDiagonal ? i : 0; k <= i; k++) {
          double moment = products.get(at, plan.momentScale(i, k));
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
