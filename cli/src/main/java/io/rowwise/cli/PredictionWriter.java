package io.rowwise.cli;

import de.siegmar.fastcsv.writer.CsvWriter;
import de.siegmar.fastcsv.writer.LineDelimiter;
import io.rowwise.backend.ElementType;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Writes a line of CSV for each row: {@code prediction} and a probability for each class, or the
 * most probable classes with theirs. Does not close what it writes to.
 */
final class PredictionWriter {
  private final List<String> classNames;
  private final ElementType type;
  private final int top;
  private final CsvWriter csv;

  /**
   * @param type what the probabilities were computed in, which says how many digits they have
   * @param top how many classes to name; 0 for all of them, in their order
   */
  PredictionWriter(OutputStream out, List<String> classNames, ElementType type, int top) {
    this.classNames = classNames;
    this.type = type;
    this.top = Math.min(top, classNames.size());
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
        // The first of equals comes first, for the sort is stable.
        IntStream.range(0, classes)
            .boxed()
            .sorted(Comparator.comparingDouble((Integer j) -> -probabilities[start + j]))
            .limit(top)
            .forEach(
                j -> {
                  cells.add(classNames.get(j));
                  cells.add(text(probabilities[start + j]));
                });
      }
      write(cells);
    }
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
