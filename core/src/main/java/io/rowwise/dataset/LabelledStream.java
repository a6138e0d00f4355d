package io.rowwise.dataset;

import java.io.IOException;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * A {@link TableStream} with a label for each row and, where there are any, a weight.
 *
 * <pre>{@code
 * Csv.stream(path).label("species").weights("count")
 * Npy.stream(x).label(Npy.labels(y))
 * }</pre>
 *
 * <p>Whether the columns are there and have what they should is found when rows are read. Used by
 * one thread at a time.
 */
public final class LabelledStream implements LabelledRows {
  private final TableStream table;
  private final String label;
  private final Optional<Column> labelsApart;
  private final String weights;

  /**
   * @param label the column of the labels, or what those apart are called
   * @param weights the column of the weights; null if there are none
   */
  LabelledStream(TableStream table, String label, Optional<Column> labelsApart, String weights) {
    this.table = table;
    this.label = Objects.requireNonNull(label, "label");
    this.labelsApart = labelsApart;
    this.weights = weights;
  }

  /** The same rows, weighted by one of the columns, which is then no feature. */
  public LabelledStream weights(String column) {
    return new LabelledStream(table, label, labelsApart, Objects.requireNonNull(column, "column"));
  }

  @Override
  public String labelName() {
    return label;
  }

  @Override
  public void read(TableStream.Visitor<LabelledTable> visitor) throws IOException {
    int[] seen = new int[1];
    table.read(
        new TableStream.Visitor<>() {
          @Override
          public void begin() {
            seen[0] = 0;
            visitor.begin();
          }

          @Override
          public void rows(int first, Table piece, double fraction) throws IOException {
            seen[0] = first + piece.rows();
            if (labelsApart.isPresent() && seen[0] > labelsApart.get().rows()) {
              // Read on, to say how many rows there are.
              return;
            }
            try {
              visitor.rows(first, labelled(first, piece), fraction);
            } catch (CellException e) {
              throw e.atRow(first + e.row());
            }
          }
        });
    if (labelsApart.isPresent() && labelsApart.get().rows() != seen[0]) {
      throw new IllegalArgumentException(
          "label: "
              + labelsApart.get().rows()
              + " labels for a table of "
              + seen[0]
              + " rows, want one for each row");
    }
  }

  private LabelledTable labelled(int first, Table piece) {
    LabelledTable labelled =
        labelsApart.isPresent()
            ? piece.label(
                labelsApart.get().rows(IntStream.range(first, first + piece.rows()).toArray()))
            : piece.label(label);
    return weights == null ? labelled : labelled.weights(weights);
  }

  /** The columns of labels and weights, for logs. */
  @Override
  public String toString() {
    return "LabelledStream[label " + label + (weights == null ? "" : ", weights " + weights) + "]";
  }
}
