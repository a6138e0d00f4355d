package io.rowwise.backend.cuda;

/**
 * What the softmax family makes of a row of logits, in plain Java and float64: the powers of the
 * differences to the row's maximum, and sums that lose nothing of note.
 */
final class ExpectedRow {
  final int columns;

  /** {@code z - max}. */
  final double[] distances;

  final double[] powers;
  final double sum;

  private final double max;

  ExpectedRow(double[] logits, int row, int columns) {
    this.columns = columns;
    this.max = logits[row * columns + indexOfLargest(logits, row, columns)];
    this.distances = new double[columns];
    this.powers = new double[columns];
    for (int j = 0; j < columns; j++) {
      double z = logits[row * columns + j];
      distances[j] = z - max;
      double power = Math.exp(distances[j]);
      // What the difference lost to rounding would be hundreds of ulp of a small power.
      powers[j] = power > 0 ? Math.fma(power, lost(z, distances[j]), power) : power;
    }
    this.sum = sum(powers);
  }

  private double lost(double z, double difference) {
    double part = difference - z;
    return (z - (difference - part)) - (max + part);
  }

  /** The first NaN, or else the first of the largest. */
  static int indexOfLargest(double[] values, int row, int columns) {
    int largest = row * columns;
    for (int i = largest; i < (row + 1) * columns; i++) {
      if (Double.isNaN(values[largest])) {
        break;
      }
      if (Double.isNaN(values[i]) || values[i] > values[largest]) {
        largest = i;
      }
    }
    return largest - row * columns;
  }

  /** A sum that remembers what its roundings lost. */
  static double sum(double[] values) {
    double sum = 0;
    double lost = 0;
    for (double value : values) {
      double total = sum + value;
      double part = total - sum;
      lost += (sum - (total - part)) + (value - part);
      sum = total;
    }
    return Double.isFinite(sum) ? sum + lost : sum;
  }

  double probability(int column) {
    return powers[column] / sum;
  }

  double logProbability(int column) {
    return distances[column] - Math.log(sum);
  }

  /** The cross-entropy of the row with row {@code row} of the targets. */
  double loss(double[] targets, int row) {
    return total(targets, row) * Math.log(sum) - sum(weighted(targets, row));
  }

  /** A size to which the roundings of the cross-entropy are in proportion. */
  double lossSize(double[] targets, int row) {
    return 1 + total(targets, row) * Math.log(sum) + Math.abs(sum(weighted(targets, row)));
  }

  private double[] weighted(double[] targets, int row) {
    double[] terms = new double[columns];
    for (int j = 0; j < columns; j++) {
      double wanted = targets[row * columns + j];
      terms[j] = wanted == 0 ? 0 : wanted * distances[j];
    }
    return terms;
  }

  /** The sum of a row of targets. */
  double total(double[] targets, int row) {
    double[] values = new double[columns];
    System.arraycopy(targets, row * columns, values, 0, columns);
    return sum(values);
  }
}
