package io.rowwise.metric;

import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/**
 * Makes a {@link Report} of rows that come in parts, in memory that does not grow with their
 * number. The exception is ROC-AUC, which needs all probabilities: they are kept up to {@link
 * #MOST_SCORES}; where there are more, the report has no ROC-AUC, and says so in its text.
 *
 * <p>Everything else equals that of one {@link Report#of} of all rows but for rounding: the sums
 * are compensated. Not thread-safe.
 */
public final class ReportAccumulator {
  /** So many probabilities, rows times classes, are kept for ROC-AUC: 128 MiB. */
  public static final int MOST_SCORES = 1 << 24;

  /** The bins of the expected calibration error, as wide as each other. */
  static final int BINS = 15;

  /** What a row of probabilities may add up to, above or below 1. */
  private static final double TOLERANCE = 1e-4;

  /** As scikit-learn clips a float64, so that one wrong certainty does not outweigh all rows. */
  private static final double LEAST = Math.ulp(1.0);

  private final List<String> classNames;
  private final int classes;
  private final KeptScores scores;

  private long rows;
  private boolean isWeighted;
  private final CompensatedSums weight = new CompensatedSums(1);
  private final CompensatedSums logLoss = new CompensatedSums(1);
  private final CompensatedSums squaredDistance = new CompensatedSums(1);

  /** A row for each class that rows are of, a column for each that they are predicted as. */
  private final CompensatedSums confusion;

  private final CompensatedSums weightOfBin = new CompensatedSums(BINS);
  private final CompensatedSums confidenceOfBin = new CompensatedSums(BINS);
  private final CompensatedSums rightOfBin = new CompensatedSums(BINS);

  /**
   * Of no rows yet.
   *
   * @param classNames a name for each class, in the order of the columns
   * @throws IllegalArgumentException if there are no names, or more than 46,340
   */
  public ReportAccumulator(List<String> classNames) {
    this(classNames, MOST_SCORES);
  }

  ReportAccumulator(List<String> classNames, int mostScores) {
    this.classNames = List.copyOf(classNames);
    this.classes = classNames.size();
    if (classes == 0 || (long) classes * classes > Integer.MAX_VALUE) {
      throw error("%d class names, want 1 to 46340", classes);
    }
    this.scores = new KeptScores(classes, mostScores);
    this.confusion = new CompensatedSums(classes * classes);
  }

  /**
   * Adds rows, each counting once. The arrays are not kept.
   *
   * @param probabilities rows x classes, row-major; may be longer
   * @param labels the class that each row has, from 0; may be longer
   * @param newRows how many rows to take from the start of the arrays
   * @throws IllegalArgumentException if an array is too short, a label is no class, a probability
   *     is NaN or not 0 to 1, or a row's probabilities do not add up to 1 within 0.0001; then none
   *     of these rows is added. Rows are numbered from the first ever added, which is 0
   */
  public void add(double[] probabilities, int[] labels, int newRows) {
    addChecked(probabilities, labels, null, newRows);
  }

  /**
   * Adds rows that count as much as their weights say. The arrays are not kept.
   *
   * @param probabilities rows x classes, row-major; may be longer
   * @param labels the class that each row has, from 0; may be longer
   * @param weights a finite number of 0 or more for each row; a row of weight 0 is as if it were
   *     not there; may be longer
   * @param newRows how many rows to take from the start of the arrays
   * @throws IllegalArgumentException as the other {@code add} does, or if a weight is negative,
   *     infinite or NaN
   */
  public void add(double[] probabilities, int[] labels, double[] weights, int newRows) {
    if (newRows > weights.length) {
      throw error("%d weights for %d rows, want one for each", weights.length, newRows);
    }
    addChecked(probabilities, labels, weights, newRows);
    isWeighted = true;
  }

  /**
   * The report of all rows so far; more may follow.
   *
   * @throws IllegalArgumentException if there are none, or all of them have weight 0
   */
  public Report report() {
    return report(scores.rocAucs());
  }

  /** Without keeping what ROC-AUC needs, since all of it is here. */
  static Report report(
      double[] probabilities, int[] labels, double[] weights, List<String> classNames) {
    ReportAccumulator all = new ReportAccumulator(classNames, 0);
    if (probabilities.length != (long) labels.length * all.classes) {
      throw error(
          "%d probabilities for %d rows of %d classes, want %d",
          probabilities.length, labels.length, all.classes, (long) labels.length * all.classes);
    }
    if (weights != null && weights.length != labels.length) {
      throw error("%d weights for %d rows, want one for each", weights.length, labels.length);
    }
    all.addChecked(probabilities, labels, weights, labels.length);
    all.isWeighted = weights != null;
    return all.report(
        RocAuc.ofEachClass(probabilities, labels, weights, labels.length, all.classes));
  }

  private Report report(List<OptionalDouble> rocAucs) {
    double total = weight.get(0);
    if (rows == 0) {
      throw error("no rows, want at least one");
    }
    if (total == 0) {
      throw error("%d rows that all have weight 0, want at least one that counts", rows);
    }
    return new Report(
        classNames,
        rows,
        isWeighted,
        logLoss.get(0) / total,
        squaredDistance.get(0) / total,
        new Confusion(classes, confusion.toArray()),
        rocAucs,
        bins());
  }

  private List<Report.Bin> bins() {
    Report.Bin[] bins = new Report.Bin[BINS];
    for (int bin = 0; bin < BINS; bin++) {
      double inBin = weightOfBin.get(bin);
      bins[bin] =
          new Report.Bin(
              (double) bin / BINS,
              (double) (bin + 1) / BINS,
              inBin,
              confidenceOfBin.get(bin) / inBin,
              rightOfBin.get(bin) / inBin);
    }
    return List.of(bins);
  }

  private void addChecked(double[] probabilities, int[] labels, double[] weights, int newRows) {
    if (newRows < 0 || newRows > labels.length) {
      throw error("%d rows of %d labels, want 0 to all of them", newRows, labels.length);
    }
    if (probabilities.length < (long) newRows * classes) {
      throw error(
          "%d probabilities for %d rows of %d classes, want %d",
          probabilities.length, newRows, classes, (long) newRows * classes);
    }
    for (int row = 0; row < newRows; row++) {
      requireLabel(labels[row], rows + row);
      requireProbabilities(probabilities, row * classes, rows + row);
      if (weights != null && !(weights[row] >= 0 && weights[row] <= Double.MAX_VALUE)) {
        throw error(
            "row %d has weight %s, want a finite one of 0 or more", rows + row, weights[row]);
      }
    }
    for (int row = 0; row < newRows; row++) {
      addRow(probabilities, row * classes, labels[row], weights == null ? 1 : weights[row]);
    }
    scores.add(probabilities, labels, weights, newRows);
    rows += newRows;
  }

  private void requireLabel(int label, long row) {
    if (label < 0 || label >= classes) {
      throw error(
          "row %d has label %d, want 0 to %d, a class of these %d",
          row, label, classes - 1, classes);
    }
  }

  private void requireProbabilities(double[] probabilities, int from, long row) {
    double sum = 0;
    for (int column = 0; column < classes; column++) {
      double probability = probabilities[from + column];
      if (!(probability >= 0 && probability <= 1 + TOLERANCE)) {
        throw error(
            "row %d has %s as its probability of class %d, want 0 to 1", row, probability, column);
      }
      sum += probability;
    }
    if (Math.abs(sum - 1) > TOLERANCE) {
      throw error(
          "row %d has probabilities that add up to %s, want 1 within %s; are they logits?",
          row, sum, TOLERANCE);
    }
  }

  private void addRow(double[] probabilities, int from, int label, double rowWeight) {
    int predicted = 0;
    double distance = 0;
    for (int column = 0; column < classes; column++) {
      double probability = probabilities[from + column];
      if (probability > probabilities[from + predicted]) {
        predicted = column;
      }
      double difference = column == label ? 1 - probability : probability;
      distance += difference * difference;
    }
    double ofLabel = Math.min(Math.max(probabilities[from + label], LEAST), 1 - LEAST);
    weight.add(0, rowWeight);
    logLoss.add(0, -Math.log(ofLabel) * rowWeight);
    squaredDistance.add(0, distance * rowWeight);
    confusion.add(label * classes + predicted, rowWeight);

    double confidence = probabilities[from + predicted];
    int bin = Math.min((int) Math.ceil(confidence * BINS), BINS) - 1;
    weightOfBin.add(bin, rowWeight);
    confidenceOfBin.add(bin, confidence * rowWeight);
    rightOfBin.add(bin, predicted == label ? rowWeight : 0);
  }

  private static IllegalArgumentException error(String message, Object... arguments) {
    return new IllegalArgumentException(
        "Report: " + String.format(Locale.ROOT, message, arguments));
  }
}
