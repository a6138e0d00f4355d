package io.rowwise.spark;

import java.io.Serializable;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.api.java.JavaRDD;

/**
 * The weight of all rows, and means and deviations of features: with the same bits for any
 * partitioning.
 */
final class BlockStatistics {
  private final double totalWeight;
  private final double[] means;
  private final double[] deviations;

  private BlockStatistics(double totalWeight, double[] means, double[] deviations) {
    this.totalWeight = totalWeight;
    this.means = means;
    this.deviations = deviations;
  }

  /** The sum of the rows' weights. */
  double totalWeight() {
    return totalWeight;
  }

  /** The weighted means of the features. */
  double[] means() {
    return means;
  }

  /** Their deviations. */
  double[] deviations() {
    return deviations;
  }

  /** The weight alone. */
  static BlockStatistics ofWeights(JavaRDD<RowBlock> blocks) {
    Sums sums = blocks.mapPartitions(all -> Sums.of(all, null, new double[0])).reduce(Sums::add);
    return new BlockStatistics(sums.weight.get(), new double[0], new double[0]);
  }

  /**
   * All three, in two looks at the blocks. The deviations are those of a sample, as MLlib takes
   * them: their squares are {@code sum of s * (x - mean)^2 / (sum of s - sum of s^2 / sum of s)}.
   * It is 1 where a feature is constant.
   */
  static BlockStatistics of(JavaRDD<RowBlock> blocks, DataSummary data) {
    int n = data.features();
    double[] scales = new double[n];
    double[] squareScales = new double[n];
    for (int k = 0; k < n; k++) {
      int exponent = ExactSums.exponent(data.largest()[k]);
      scales[k] = ExactSums.scale(data.weightExponent() + exponent);
      // The mean is no further from 0 than the features are.
      squareScales[k] = ExactSums.scale(data.weightExponent() + 2 * (exponent + 1));
    }
    Sums first = blocks.mapPartitions(all -> Sums.of(all, null, scales)).reduce(Sums::add);
    double total = first.weight.get();
    double divisor = total - first.squaredWeight.get() / total;
    double[] means = new double[n];
    for (int k = 0; k < n; k++) {
      means[k] = first.features.get(k, scales[k]) / total;
    }
    Sums second = blocks.mapPartitions(all -> Sums.of(all, means, squareScales)).reduce(Sums::add);
    double[] deviations = new double[n];
    for (int k = 0; k < n; k++) {
      double square = second.features.get(k, squareScales[k]);
      double deviation = divisor > 0 ? Math.sqrt(square / divisor) : 0;
      // What rounding makes of a column that is constant.
      deviations[k] = deviation > 4 * Math.ulp(means[k]) ? deviation : 1;
    }
    if (first.features.isExceeded() || second.features.isExceeded()) {
      throw new IllegalArgumentException(
          "fit: features are too large for their squares to be added; divide them by a number, or"
              + " set standardization to false");
    }
    return new BlockStatistics(total, means, deviations);
  }

  /** Of some blocks. */
  private static final class Sums implements Serializable {
    private static final long serialVersionUID = 1;

    private final PairwiseSum weight = new PairwiseSum();
    private final PairwiseSum squaredWeight = new PairwiseSum();
    private final ExactSums features;

    private Sums(int count) {
      this.features = new ExactSums(count);
    }

    /**
     * Of a partition.
     *
     * @param means squares of differences to them are added; or null, for the features themselves
     * @param scales of the sums; none for those of the weights alone
     */
    static Iterator<Sums> of(Iterator<RowBlock> blocks, double[] means, double[] scales) {
      Sums sums = new Sums(scales.length);
      while (blocks.hasNext()) {
        sums.add(blocks.next(), means, scales);
      }
      return List.of(sums).iterator();
    }

    private void add(RowBlock block, double[] means, double[] scales) {
      double weights = 0;
      double squares = 0;
      double[] sums = new double[scales.length];
      double[] seen = new double[means == null ? 0 : scales.length];
      for (int i = 0; i < block.rows(); i++) {
        double s = block.weight(i);
        weights += s;
        squares += s * s;
        if (sums.length > 0) {
          block
              .values()
              .forEach(
                  i,
                  (k, value) -> {
                    if (means == null) {
                      sums[k] += s * value;
                    } else {
                      double difference = value - means[k];
                      sums[k] += s * (difference * difference);
                      seen[k] += s;
                    }
                  });
        }
      }
      for (int k = 0; k < seen.length; k++) {
        // Of the zeros that are left out.
        sums[k] += (weights - seen[k]) * (means[k] * means[k]);
      }
      weight.add(block.number(), weights);
      squaredWeight.add(block.number(), squares);
      for (int k = 0; k < sums.length; k++) {
        features.add(k, sums[k], scales[k]);
      }
    }

    Sums add(Sums other) {
      weight.add(other.weight);
      squaredWeight.add(other.squaredWeight);
      features.add(other.features);
      return this;
    }
  }
}
