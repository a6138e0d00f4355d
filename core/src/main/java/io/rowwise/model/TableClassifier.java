package io.rowwise.model;

import io.rowwise.backend.Backend;
import io.rowwise.backend.Matrix;
import io.rowwise.classifier.SoftmaxClassifier;
import io.rowwise.dataset.LabelledTable;
import io.rowwise.dataset.Table;
import io.rowwise.dataset.TableEncoding;
import io.rowwise.metric.Report;
import io.rowwise.metric.ReportAccumulator;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * A model that takes tables: their columns are matched by name and become its features by the
 * encoding in its card, and the answers are its classes' names.
 *
 * <p>Used by one thread at a time; closed by whoever made it, before the backend.
 */
public final class TableClassifier implements AutoCloseable {
  private static final int ROWS_AT_ONCE = 4096;

  private final Backend backend;
  private final SoftmaxModel model;
  private final TableEncoding encoding;
  private final List<String> classNames;
  private final SoftmaxClassifier classifier;

  private TableClassifier(Backend backend, SoftmaxModel model, TableEncoding encoding) {
    this.backend = backend;
    this.model = model;
    this.encoding = encoding;
    this.classNames = classNames(model);
    this.classifier = model.classifier(backend);
  }

  /**
   * A classifier of tables.
   *
   * @param backend stays the caller's
   * @param model whose card has an encoding, as one that was trained on a table has
   * @throws IllegalArgumentException if the card has none
   */
  public static TableClassifier of(Backend backend, SoftmaxModel model) {
    TableEncoding encoding =
        model
            .card()
            .encoding()
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "model: its card does not say which columns it takes; give it one with"
                            + " ModelCard.encoding, or train it on a table"));
    return new TableClassifier(backend, model, encoding);
  }

  private static List<String> classNames(SoftmaxModel model) {
    List<String> names = model.card().classNames();
    if (!names.isEmpty()) {
      return names;
    }
    List<String> numbers = new ArrayList<>();
    for (int j = 0; j < model.classes(); j++) {
      numbers.add(Integer.toString(j));
    }
    return List.copyOf(numbers);
  }

  /** The classes, in the order of the probabilities: their names, or numbers if they have none. */
  public List<String> classNames() {
    return classNames;
  }

  /**
   * The probability of each class for each row.
   *
   * @return rows x classes, row-major
   * @throws IllegalArgumentException if a column or cell is missing, and the like
   */
  public double[] probabilities(Table table) {
    double[] probabilities = new double[Math.multiplyExact(table.rows(), model.classes())];
    for (int from = 0; from < table.rows(); from += ROWS_AT_ONCE) {
      int to = Math.min(table.rows(), from + ROWS_AT_ONCE);
      double[] some = probabilities(table, from, to);
      System.arraycopy(some, 0, probabilities, from * model.classes(), some.length);
    }
    return probabilities;
  }

  private double[] probabilities(Table table, int from, int to) {
    if (encoding.isSparse(table)) {
      try (Matrix probabilities = classifier.predict(encoding.encodeSparse(table, from, to))) {
        return probabilities.toDoubles();
      }
    }
    double[] rows = new double[(to - from) * encoding.features()];
    encoding.encode(table, from, to, rows);
    try (Matrix x = backend.matrix(model.type(), to - from, encoding.features(), rows);
        Matrix probabilities = classifier.predict(x)) {
      return probabilities.toDoubles();
    }
  }

  /** The most probable class of each row, the first of equals. */
  public List<String> classes(Table table) {
    double[] probabilities = probabilities(table);
    List<String> names = new ArrayList<>(table.rows());
    for (int i = 0; i < table.rows(); i++) {
      int best = 0;
      for (int j = 1; j < classNames.size(); j++) {
        if (probabilities[i * classNames.size() + j]
            > probabilities[i * classNames.size() + best]) {
          best = j;
        }
      }
      names.add(classNames.get(best));
    }
    return names;
  }

  /**
   * How good the model is on labelled rows; they count by their weights if they have some.
   *
   * @throws IllegalArgumentException if a label is none of the classes, and the like
   */
  public Report report(LabelledTable table) {
    ReportAccumulator accumulator = new ReportAccumulator(classNames);
    add(table, accumulator);
    return accumulator.report();
  }

  /** Adds labelled rows to a report that is made of many tables. */
  public void add(LabelledTable table, ReportAccumulator accumulator) {
    int[] labels = table.labels(classNames);
    Optional<double[]> weights = table.weights();
    for (int from = 0; from < table.rows(); from += ROWS_AT_ONCE) {
      int to = Math.min(table.rows(), from + ROWS_AT_ONCE);
      double[] probabilities = probabilities(table.features(), from, to);
      int[] someLabels = Arrays.copyOfRange(labels, from, to);
      if (weights.isPresent()) {
        double[] someWeights = Arrays.copyOfRange(weights.get(), from, to);
        accumulator.add(probabilities, someLabels, someWeights, to - from);
      } else {
        accumulator.add(probabilities, someLabels, to - from);
      }
    }
  }

  @Override
  public void close() {
    classifier.close();
  }
}
