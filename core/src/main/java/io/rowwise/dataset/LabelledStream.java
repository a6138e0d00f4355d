package io.rowwise.dataset;

import java.io.IOException;
import java.util.Objects;

/**
 * A {@link TableStream} with a label for each row and, where there are any, a weight.
 *
 * <pre>{@code
 * Csv.stream(path).label("species").weights("count")
 * }</pre>
 *
 * <p>Whether the columns are there and have what they should is found when rows are read. Used by
 * one thread at a time.
 */
public final class LabelledStream implements LabelledRows {
  private final TableStream table;
  private final String label;
  private final String weights;

  LabelledStream(TableStream table, String label, String weights) {
    this.table = table;
    this.label = Objects.requireNonNull(label, "label");
    this.weights = weights;
  }

  /** The same rows, weighted by one of the columns, which is then no feature. */
  public LabelledStream weights(String column) {
    return new LabelledStream(table, label, Objects.requireNonNull(column, "column"));
  }

  @Override
  public String labelName() {
    return label;
  }

  @Override
  public void read(TableStream.Visitor<LabelledTable> visitor) throws IOException {
    table.read(
        new TableStream.Visitor<>() {
          @Override
          public void begin() {
            visitor.begin();
          }

          @Override
          public void rows(int first, Table piece, double fraction) throws IOException {
            try {
              visitor.rows(first, labelled(piece), fraction);
            } catch (CellException e) {
              throw e.atRow(first + e.row());
            }
          }
        });
  }

  private LabelledTable labelled(Table piece) {
    LabelledTable labelled = piece.label(label);
    return weights == null ? labelled : labelled.weights(weights);
  }

  /** The columns of labels and weights, for logs. */
  @Override
  public String toString() {
    return "LabelledStream[label " + label + (weights == null ? "" : ", weights " + weights) + "]";
  }
}
