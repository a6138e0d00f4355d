package io.rowwise.metric;

import java.util.List;
import java.util.Objects;
import java.util.OptionalDouble;

/**
 * What one wants to know of a classifier that has given probabilities to rows whose classes are
 * known. Where scikit-learn has a metric of a name, the numbers equal its; sums are compensated, so
 * that they are right to 1e-12 for millions of rows.
 *
 * <p>The class that is predicted is the most probable one, the first of equals. Precision, recall
 * and F1 are 0 where they would divide by 0. Macro averages are over the classes that rows are of
 * or are predicted as, as scikit-learn's are. With weights, a row counts as much as its weight says
 * in each number, and a row of weight 0 is as if it were not there.
 *
 * <p>Immutable and thread-safe. {@link ReportAccumulator} makes one of rows that come in parts.
 */
public final class Report {
  private final List<String> classNames;
  private final long rows;
  private final boolean isWeighted;
  private final double logLoss;
  private final double brier;
  private final Confusion confusion;
  private final List<ClassReport> classes;
  private final List<Bin> reliability;

  /**
   * The rows whose largest probability is above {@code from} and at most {@code to}.
   *
   * @param from a multiple of 1/15
   * @param to the next multiple of 1/15
   * @param rows their weight; without weights, their number
   * @param confidence the mean of their largest probabilities; NaN if there are no rows
   * @param accuracy the fraction of them whose class is the most probable one; NaN if there are no
   *     rows
   */
  public record Bin(double from, double to, double rows, double confidence, double accuracy) {}

  Report(
      List<String> classNames,
      long rows,
      boolean isWeighted,
      double logLoss,
      double brier,
      Confusion confusion,
      List<OptionalDouble> rocAucs,
      List<Bin> reliability) {
    this.classNames = classNames;
    this.rows = rows;
    this.isWeighted = isWeighted;
    this.logLoss = logLoss;
    this.brier = brier;
    this.confusion = confusion;
    this.classes = confusion.classReports(classNames, rocAucs);
    this.reliability = reliability;
  }

  /**
   * The report of rows that each count once. The arrays are not kept.
   *
   * @param probabilities rows x classes, row-major
   * @param labels the class that each row has, from 0
   * @param classNames a name for each class, in the order of the columns
   * @throws IllegalArgumentException if there are no rows or no classes, the lengths do not go
   *     together, a label is no class, a probability is NaN or not 0 to 1, or a row's probabilities
   *     do not add up to 1 within 0.0001; rows are numbered from 0
   */
  public static Report of(double[] probabilities, int[] labels, List<String> classNames) {
    return ReportAccumulator.report(probabilities, labels, null, classNames);
  }

  /**
   * The report of rows that count as much as their weights say. The arrays are not kept.
   *
   * @param probabilities rows x classes, row-major
   * @param labels the class that each row has, from 0
   * @param weights a finite number of 0 or more for each row
   * @param classNames a name for each class, in the order of the columns
   * @throws IllegalArgumentException as without weights, or if a weight is negative, infinite or
   *     NaN, or all are 0
   */
  public static Report of(
      double[] probabilities, int[] labels, double[] weights, List<String> classNames) {
    return ReportAccumulator.report(
        probabilities, labels, Objects.requireNonNull(weights, "weights"), classNames);
  }

  /** How many rows there were, those of weight 0 among them. */
  public long rows() {
    return rows;
  }

  /** Whether rows had weights. */
  public boolean isWeighted() {
    return isWeighted;
  }

  /** The sum of the rows' weights; without weights, their number. */
  public double weight() {
    return confusion.total();
  }

  /** A name for each class, in the order of the columns. */
  public List<String> classNames() {
    return classNames;
  }

  /**
   * The mean of {@code -ln(p)}, p being the probability of a row's class. As scikit-learn does for
   * float64 since 1.3, p is first clipped to 2^-52 and 1 - 2^-52: a row whose class has a
   * probability of 0 costs 36.04, not infinity.
   */
  public double logLoss() {
    return logLoss;
  }

  /** The fraction of rows whose class is the most probable one. */
  public double accuracy() {
    return confusion.accuracy();
  }

  /** The mean of the classes' precisions, each class counting once. */
  public double macroPrecision() {
    return confusion.macro(classes, ClassReport::precision);
  }

  /** The mean of the classes' recalls, each class counting once. */
  public double macroRecall() {
    return confusion.macro(classes, ClassReport::recall);
  }

  /** The mean of the classes' F1, each class counting once. */
  public double macroF1() {
    return confusion.macro(classes, ClassReport::f1);
  }

  /** The mean of the classes' precisions, each counting as much as its support. */
  public double weightedPrecision() {
    return confusion.weighted(classes, ClassReport::precision);
  }

  /** The mean of the classes' recalls, each counting as much as its support: the accuracy. */
  public double weightedRecall() {
    return confusion.weighted(classes, ClassReport::recall);
  }

  /** The mean of the classes' F1, each counting as much as its support. */
  public double weightedF1() {
    return confusion.weighted(classes, ClassReport::f1);
  }

  /**
   * The Brier score: the mean of the squared distance between a row's probabilities and 1 for its
   * class, 0 for the others (G. Brier, <i>Verification of forecasts expressed in terms of
   * probability</i>, 1950). From 0 to 2: with two classes it is twice scikit-learn's {@code
   * brier_score_loss}, which counts one of them.
   */
  public double brier() {
    return brier;
  }

  /**
   * How far confidence and accuracy are apart: the mean of their distance in each of {@link
   * #reliability}'s bins, each counting as much as its rows (C. Guo et al., <i>On calibration of
   * modern neural networks</i>, 2017).
   */
  public double expectedCalibrationError() {
    return CompensatedSums.of(
            reliability.stream()
                .filter(bin -> bin.rows() > 0)
                .mapToDouble(bin -> Math.abs(bin.accuracy() - bin.confidence()) * bin.rows())
                .toArray())
        / weight();
  }

  /**
   * The area under the ROC curve: the mean of that of each class against all others, as
   * scikit-learn's {@code roc_auc_score} with {@code multi_class="ovr"}; of two classes, that of
   * the second, as there.
   *
   * @return empty if no row is of one of the classes, or there is only one class, or it was not
   *     computed (see {@link ReportAccumulator})
   */
  public OptionalDouble rocAuc() {
    if (classes.stream().anyMatch(each -> each.rocAuc().isEmpty())) {
      return OptionalDouble.empty();
    }
    if (classes.size() == 2) {
      return classes.get(1).rocAuc();
    }
    double[] areas = classes.stream().mapToDouble(each -> each.rocAuc().orElseThrow()).toArray();
    return OptionalDouble.of(CompensatedSums.of(areas) / areas.length);
  }

  /**
   * The confusion matrix: a row for each class that rows are of, a column for each that they are
   * predicted as, in it their weight; without weights, their number.
   *
   * @return a copy
   */
  public double[][] confusion() {
    return confusion.toArray();
  }

  /**
   * One cell of the confusion matrix.
   *
   * @param actual the class that rows are of
   * @param predicted the class that they are predicted as
   * @throws IndexOutOfBoundsException if either is not 0 to the number of classes less 1
   */
  public double confusion(int actual, int predicted) {
    return confusion.cell(
        Objects.checkIndex(actual, classes.size()), Objects.checkIndex(predicted, classes.size()));
  }

  /** How well each class is told from the others, in the order of {@link #classNames}. */
  public List<ClassReport> classes() {
    return classes;
  }

  /** 15 bins of the largest probability, equally wide, each with its upper end. */
  public List<Bin> reliability() {
    return reliability;
  }

  /**
   * A table for people: a line for each class as in scikit-learn's {@code classification_report},
   * the numbers of all rows, and for at most 20 classes the confusion matrix. Lines end with \n.
   */
  public String toText() {
    return ReportText.of(this);
  }

  /**
   * One line of JSON: an object of {@code rows}, {@code weight}, {@code log_loss}, {@code
   * accuracy}, {@code macro_precision}, {@code macro_recall}, {@code macro_f1}, {@code
   * weighted_precision}, {@code weighted_recall}, {@code weighted_f1}, {@code brier}, {@code ece},
   * {@code roc_auc} (null where {@link #rocAuc} is empty), {@code classes} (the names), {@code
   * confusion} (an array for each class that rows are of), {@code per_class} (objects with {@code
   * name}, {@code precision}, {@code recall}, {@code f1}, {@code support}, {@code roc_auc}) and
   * {@code reliability} (objects with {@code from}, {@code to}, {@code rows}, {@code confidence},
   * {@code accuracy}, the last two null if there are no rows). Later versions may add to it.
   */
  public String toJson() {
    return ReportJson.of(this);
  }
}
