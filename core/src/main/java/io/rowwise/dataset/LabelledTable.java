package io.rowwise.dataset;

import io.rowwise.file.Quoted;
import io.rowwise.random.NumpyRandom;
import java.io.IOException;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A {@link Table} of features with a label for each row and, where there are any, a weight.
 *
 * <p>Immutable, as long as nobody writes to the arrays that it gives, which are not copied. Then an
 * instance may be used by many threads.
 */
public final class LabelledTable implements LabelledRows {
  private final Table features;
  private final String labelName;
  private final List<String> classNames;
  private final int[] labels;
  private final double[] weights;

  /** The rows to learn from and the rows to judge by. */
  public record Split(LabelledTable train, LabelledTable validation) {
    /**
     * How many of so many rows are to train on.
     *
     * @throws IllegalArgumentException as {@link LabelledTable#split}
     */
    public static int trainRows(int rows, double trainFraction) {
      if (!(trainFraction > 0 && trainFraction < 1)) {
        throw new IllegalArgumentException(
            "split: the fraction to train on is "
                + trainFraction
                + ", want one above 0 and below 1");
      }
      if (rows < 2) {
        throw new IllegalArgumentException(
            "split: " + rows + " rows, want at least one to train on and one to validate with");
      }
      return (int) Math.max(1, Math.min(rows - 1, Math.round(rows * trainFraction)));
    }
  }

  private LabelledTable(
      Table features, String labelName, List<String> classNames, int[] labels, double[] weights) {
    this.features = features;
    this.labelName = labelName;
    this.classNames = classNames;
    this.labels = labels;
    this.weights = weights;
  }

  /** Names of classes in the order of {@link #classNames()}. */
  public static List<String> sortedClasses(Collection<String> names) {
    return WordOrder.sorted(names);
  }

  /** The features with a label for each row, without weights. */
  static LabelledTable of(Table features, Column labels) {
    if (labels.rows() != features.rows()) {
      throw new IllegalArgumentException(
          "label: "
              + labels.rows()
              + " labels for a table of "
              + features.rows()
              + " rows, want one for each row");
    }
    String[] texts = new String[labels.rows()];
    Map<String, Integer> classOfText = new HashMap<>();
    for (int row = 0; row < texts.length; row++) {
      texts[row] = labels.text(row);
      if (texts[row] == null) {
        throw new CellException(
            CellException.Kind.MISSING,
            "label",
            row,
            labels.name(),
            " is missing, want a label for each row",
            "; take such rows out");
      }
      classOfText.put(texts[row], 0);
    }
    List<String> classNames = WordOrder.sorted(classOfText.keySet());
    for (int c = 0; c < classNames.size(); c++) {
      classOfText.put(classNames.get(c), c);
    }
    int[] classes = new int[texts.length];
    Arrays.setAll(classes, row -> classOfText.get(texts[row]));
    return new LabelledTable(features, labels.name(), classNames, classes, null);
  }

  /** Gives all rows in one piece. */
  @Override
  public void read(TableStream.Visitor<LabelledTable> visitor) throws IOException {
    visitor.begin();
    if (rows() > 0) {
      visitor.rows(0, this, 1);
    }
  }

  /** The columns that are neither the label nor the weight. */
  public Table features() {
    return features;
  }

  @Override
  public String labelName() {
    return labelName;
  }

  /**
   * The names of the classes, all different. Sorted, by number if all are numbers, by code point
   * otherwise; not every one needs to occur in these rows.
   */
  public List<String> classNames() {
    return classNames;
  }

  /** The class of each row, as its place in {@link #classNames()}. Not a copy. */
  public int[] labels() {
    return labels;
  }

  /**
   * The class of each row, as its place in another list of classes, such as a model's.
   *
   * @param otherClassNames names of classes, all different
   * @throws IllegalArgumentException if a label is not in the list; the message says which and
   *     where
   */
  public int[] labels(List<String> otherClassNames) {
    Map<String, Integer> place = new HashMap<>();
    for (String name : otherClassNames) {
      place.putIfAbsent(name, place.size());
    }
    int[] recoded = new int[labels.length];
    for (int row = 0; row < recoded.length; row++) {
      String name = classNames.get(labels[row]);
      Integer label = place.get(name);
      if (label == null) {
        throw new CellException(
            CellException.Kind.UNKNOWN,
            "labels",
            row,
            labelName,
            ": " + ColumnNames.unknown("class", name, otherClassNames),
            "");
      }
      recoded[row] = label;
    }
    return recoded;
  }

  /** How much each row counts, none of them negative. Not a copy; none if all count the same. */
  public Optional<double[]> weights() {
    return Optional.ofNullable(weights);
  }

  /**
   * The same rows, weighted by one of the columns, which is then no feature.
   *
   * @throws IllegalArgumentException if there is no such column, it has words, or a weight is
   *     missing, negative or infinite; the message says in which row
   */
  public LabelledTable weights(String column) {
    if (!(features.column(column) instanceof NumberColumn numbers)) {
      throw new IllegalArgumentException(
          "weights: column "
              + Quoted.of(column)
              + " has words, such as "
              + firstWord(features.column(column))
              + ", want numbers");
    }
    double[] values = new double[numbers.rows()];
    for (int row = 0; row < values.length; row++) {
      values[row] = numbers.value(row);
      if (!isWeight(values[row])) {
        throw new CellException(
            numbers.isMissing(row) ? CellException.Kind.MISSING : CellException.Kind.NOT_A_NUMBER,
            "weights",
            row,
            column,
            " is " + named(values[row]) + ", want a number of 0 or more",
            "");
      }
    }
    return weighted(features.without(column), values);
  }

  private static String firstWord(Column column) {
    for (int row = 0; row < column.rows(); row++) {
      if (!column.isMissing(row)) {
        return Quoted.of(column.text(row)) + " in row " + row;
      }
    }
    return "none at all";
  }

  /**
   * The same rows with other weights, not copies of them.
   *
   * @param values a weight for each row, finite and not negative
   * @throws IllegalArgumentException if there are not as many as rows, or one is out of its range
   */
  public LabelledTable weights(double[] values) {
    return weighted(features, values);
  }

  private LabelledTable weighted(Table otherFeatures, double[] values) {
    if (values.length != labels.length) {
      throw new IllegalArgumentException(
          "weights: "
              + values.length
              + " weights for "
              + labels.length
              + " rows, want one for each row");
    }
    for (int row = 0; row < values.length; row++) {
      if (!isWeight(values[row])) {
        throw new IllegalArgumentException(
            "weights: the weight of row "
                + row
                + " is "
                + named(values[row])
                + ", want a number of 0 or more");
      }
    }
    return new LabelledTable(otherFeatures, labelName, classNames, labels, values);
  }

  private static boolean isWeight(double value) {
    return value >= 0 && value < Double.POSITIVE_INFINITY;
  }

  private static String named(double weight) {
    return Double.isNaN(weight) ? "missing" : Double.toString(weight);
  }

  /** How many rows there are, 0 or more. */
  public int rows() {
    return labels.length;
  }

  /**
   * The given rows, in the given order; a row may be given more than once. A copy, which knows all
   * the classes.
   *
   * @param indices each 0 to {@code rows() - 1}
   * @throws IndexOutOfBoundsException if there is no such row
   */
  public LabelledTable rows(int[] indices) {
    return new LabelledTable(
        features.rows(indices),
        labelName,
        classNames,
        Arrays.stream(indices).map(row -> labels[row]).toArray(),
        weights == null ? null : Arrays.stream(indices).mapToDouble(row -> weights[row]).toArray());
  }

  /**
   * The same rows in another order: that of NumPy's {@code RandomState(seed).permutation(rows)}.
   *
   * @param seed 0 to 4294967295
   * @throws IllegalArgumentException if the seed is outside that range
   */
  public LabelledTable shuffled(long seed) {
    return rows(new NumpyRandom(seed).permutation(rows()));
  }

  /**
   * The first rows to train on, and the last ones to validate with. The order is kept: shuffle
   * before, if it means something. Both parts are copies and know all the classes.
   *
   * @param trainFraction how many of the rows to train on, above 0 and below 1; rounded to the
   *     nearest number of rows that leaves one for each part
   * @throws IllegalArgumentException if the fraction is out of its range, or there are fewer than
   *     two rows
   */
  public Split split(double trainFraction) {
    int trainRows = Split.trainRows(rows(), trainFraction);
    return new Split(range(0, trainRows), range(trainRows, rows()));
  }

  private LabelledTable range(int from, int to) {
    int[] indices = new int[to - from];
    Arrays.setAll(indices, i -> from + i);
    return rows(indices);
  }

  /** The sizes, for logs: {@code LabelledTable[150 rows, 4 columns of features, 3 classes]}. */
  @Override
  public String toString() {
    return "LabelledTable["
        + rows()
        + " rows, "
        + features.columnNames().size()
        + " columns of features, "
        + classNames.size()
        + " classes"
        + (weights == null ? "]" : ", weighted]");
  }
}
