package io.rowwise.trainer;

import io.rowwise.array.ArrayLength;
import io.rowwise.dataset.LabelledRows;
import io.rowwise.dataset.LabelledTable;
import io.rowwise.dataset.TableEncoding;
import io.rowwise.dataset.TableStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleConsumer;
import java.util.function.Supplier;

/**
 * What rows are, found by reading them: how many, of which classes and weights, and how their
 * columns are to be encoded. They are read once, and for medians a few times more. It keeps 4 bytes
 * a row, and 8 more if rows have weights.
 */
final class Survey implements TableStream.Visitor<LabelledTable> {
  private final List<String> knownClasses;
  private final Supplier<TableEncoding.Builder> newEncoding;
  private final DoubleConsumer progress;
  private final List<String> classNames;
  private final Map<String, Integer> classes = new HashMap<>();
  private TableEncoding.Builder encoding;
  private int[] labels;
  private double[] weights;
  private boolean hasWeights;
  private int rows;
  private long nonZeros;

  /**
   * Reads rows.
   *
   * @param knownClasses that the rows' have to be among; null for all that occur
   * @param newEncoding makes what learns the encoding; gives null if that is known already
   * @param progress is told how much has been read, from 0 to 1
   */
  Survey(
      LabelledRows of,
      List<String> knownClasses,
      Supplier<TableEncoding.Builder> newEncoding,
      DoubleConsumer progress)
      throws IOException {
    this.knownClasses = knownClasses;
    this.newEncoding = newEncoding;
    this.progress = progress;
    of.read(this);
    while (encoding != null && encoding.wantsRowsAgain()) {
      of.read(again());
    }
    this.labels = Arrays.copyOf(labels, rows);
    this.weights = hasWeights ? Arrays.copyOf(weights, rows) : null;
    this.classNames = knownClasses == null ? sortClasses() : knownClasses;
  }

  /** How many rows there are. */
  int rows() {
    return rows;
  }

  /** How many of the numbers that columns become are not 0, at most. */
  long nonZeros() {
    return nonZeros;
  }

  /** The names of the classes. */
  List<String> classNames() {
    return classNames;
  }

  /** The class of each row, as its place among the names. */
  int[] labels() {
    return labels;
  }

  /** How much each row counts; null if all count once. */
  double[] weights() {
    return weights;
  }

  /** What the columns' values make of them; only if it was asked for. */
  TableEncoding encoding() {
    return encoding.build();
  }

  @Override
  public void begin() {
    classes.clear();
    encoding = newEncoding.get();
    labels = new int[0];
    weights = new double[0];
    hasWeights = false;
    rows = 0;
    nonZeros = 0;
  }

  @Override
  public void rows(int first, LabelledTable piece, double fraction) {
    if (encoding != null) {
      encoding.add(piece.features());
    }
    nonZeros += TableEncoding.mostNonZeros(piece.features());
    int[] ofPiece = knownClasses == null ? numbered(piece) : piece.labels(knownClasses);
    rows = first + piece.rows();
    hasWeights = piece.weights().isPresent();
    if (labels.length < rows) {
      int capacity = ArrayLength.grown(labels.length, rows);
      labels = Arrays.copyOf(labels, capacity);
      weights = hasWeights ? Arrays.copyOf(weights, capacity) : weights;
    }
    System.arraycopy(ofPiece, 0, labels, first, ofPiece.length);
    if (hasWeights) {
      System.arraycopy(piece.weights().get(), 0, weights, first, ofPiece.length);
    }
    progress.accept(fraction);
  }

  /** Adds rows once more for their medians. */
  private TableStream.Visitor<LabelledTable> again() {
    return new TableStream.Visitor<>() {
      @Override
      public void begin() {}

      @Override
      public void rows(int first, LabelledTable piece, double fraction) {
        encoding.add(piece.features());
        progress.accept(fraction);
      }
    };
  }

  /** In the order in which they are first seen. */
  private int[] numbered(LabelledTable piece) {
    int[] numbers =
        piece.classNames().stream()
            .mapToInt(name -> classes.computeIfAbsent(name, added -> classes.size()))
            .toArray();
    return Arrays.stream(piece.labels()).map(label -> numbers[label]).toArray();
  }

  /** By their order, in the labels too. */
  private List<String> sortClasses() {
    List<String> sorted = LabelledTable.sortedClasses(classes.keySet());
    int[] places = new int[sorted.size()];
    for (int place = 0; place < places.length; place++) {
      places[classes.get(sorted.get(place))] = place;
    }
    for (int row = 0; row < rows; row++) {
      labels[row] = places[labels[row]];
    }
    return sorted;
  }
}
