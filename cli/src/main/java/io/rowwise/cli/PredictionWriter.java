package io.rowwise.cli;

import de.siegmar.fastcsv.writer.CsvWriter;
import de.siegmar.fastcsv.writer.LineDelimiter;
import io.rowwise.backend.ElementType;
import io.rowwise.metric.ConformalThreshold;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Writes a line of CSV for each row: {@code prediction} and a probability for each class, or the
 * most probable classes with theirs, and then the set of the classes that the row may have. Does
 * not close what it writes to.
 */
final class PredictionWriter {
  /** In a set. */
  static final String BETWEEN_CLASSES = "|";

  private final List<String> classNames;
  private final ElementType type;
  private final int top;
  private final Optional<ConformalThreshold> sets;
  private final CsvWriter csv;

  /**
   * @param type what the probabilities were computed in, which says how many digits they have
   * @param top how many classes to name; 0 for all of them, in their order
   * @param sets which classes are in the sets, if they are to be written
   */
  PredictionWriter(
      OutputStream out,
      List<String> classNames,
      ElementType type,
      int top,
      Optional<ConformalThreshold> sets) {
    this.classNames = classNames;
    this.type = type;
    this.top = Math.min(top, classNames.size());
    this.sets = sets;
    this.csv =
        CsvWriter.builder()
            .lineDelimiter(LineDelimiter.LF)
            .build(new OutputStreamWriter(out, StandardCharsets.UTF_8));
  }

  void writeHeader() throws IOException {
    List<String> header = new ArrayList<>();
    if (top == 0) {
      header.add("prediction");
      classNames.forEach(name -> header.add("probability_" + name));
    }
    for (int k = 1; k <= top; k++) {
      header.add("class_" + k);
      header.add("probability_" + k);
    }
    if (sets.isPresent()) {
      header.add("set");
    }
    write(header);
    flush();
  }

  /**
   * Writes some rows.
   *
   * @param probabilities rows x classes, row-major
   */
  void write(double[] probabilities, int rows) throws IOException {
    int classes = classNames.size();
    for (int row = 0; row < rows; row++) {
      int start = row * classes;
      List<String> cells = new ArrayList<>();
      if (top == 0) {
        cells.add(classNames.get(mostProbable(probabilities, start)));
        for (int j = 0; j < classes; j++) {
          cells.add(text(probabilities[start + j]));
        }
      } else {
        mostProbableFirst(probabilities, start)
            .limit(top)
            .forEach(
                j -> {
                  cells.add(classNames.get(j));
                  cells.add(text(probabilities[start + j]));
                });
      }
      sets.ifPresent(threshold -> cells.add(set(threshold, probabilities, start)));
      write(cells);
    }
  }

  /** The first of equals comes first, for the sort is stable. */
  private Stream<Integer> mostProbableFirst(double[] probabilities, int start) {
    return IntStream.range(0, classNames.size())
        .boxed()
        .sorted(Comparator.comparingDouble(j -> -probabilities[start + j]));
  }

  private String set(ConformalThreshold threshold, double[] probabilities, int start) {
    return mostProbableFirst(probabilities, start)
        .filter(j -> threshold.contains(probabilities[start + j]))
        .map(classNames::get)
        .collect(Collectors.joining(BETWEEN_CLASSES));
  }

  private int mostProbable(double[] probabilities, int start) {
    int best = 0;
    for (int j = 1; j < classNames.size(); j++) {
      if (probabilities[start + j] > probabilities[start + best]) {
        best = j;
      }
    }
    return best;
  }

  private String text(double probability) {
    return type == ElementType.FLOAT32
        ? Float.toString((float) probability)
        : Double.toString(probability);
  }

  private void write(List<String> cells) throws IOException {
    try {
      csv.writeRecord(cells);
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  void flush() throws IOException {
    csv.flush();
  }
}
