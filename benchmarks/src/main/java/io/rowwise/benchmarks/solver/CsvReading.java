package io.rowwise.benchmarks.solver;

import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.CsvRecord;
import io.rowwise.dataset.Csv;
import io.rowwise.dataset.Table;
import io.rowwise.dataset.TableStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;

/**
 * How long it takes to read a CSV file: FastCSV alone, which leaves texts; a table of it; and its
 * rows piece by piece. In turn; the file is best in the system's cache.
 */
public final class CsvReading {
  private CsvReading() {}

  /** What is measured; returns how many rows there were. */
  private interface Reading {
    long rows(Path file) throws IOException;
  }

  /**
   * Measures.
   *
   * @param arguments a file with a header, and the rounds
   */
  public static void main(String[] arguments) throws IOException {
    Path file = Path.of(arguments[0]);
    int rounds = Integer.parseInt(arguments[1]);
    String[] names = {"FastCSV alone", "Csv.read", "Csv.stream"};
    Reading[] readings = {CsvReading::fastCsv, CsvReading::table, CsvReading::stream};
    double[][] seconds = new double[readings.length][rounds];
    for (int round = 0; round < rounds; round++) {
      for (int i = 0; i < readings.length; i++) {
        long start = System.nanoTime();
        long rows = readings[i].rows(file);
        seconds[i][round] = (System.nanoTime() - start) * 1e-9;
        tell(names[i], rows, Files.size(file), seconds[i][round], seconds[0][round]);
      }
    }
    for (int i = 0; i < readings.length; i++) {
      double[] ratios = new double[rounds];
      for (int round = 0; round < rounds; round++) {
        ratios[round] = seconds[0][round] / seconds[i][round];
      }
      Arrays.sort(ratios);
      tell(names[i], ratios);
    }
  }

  @SuppressWarnings("SystemOut") // A program.
  private static void tell(String what, double[] ratios) {
    System.out.printf(
        Locale.ROOT,
        "%s: median of %d rounds, %.2f of FastCSV's speed (%.2f to %.2f)%n",
        what,
        ratios.length,
        ratios[ratios.length / 2],
        ratios[0],
        ratios[ratios.length - 1]);
  }

  @SuppressWarnings("SystemOut")
  private static void tell(String what, long rows, long bytes, double seconds, double fastCsv) {
    System.out.printf(
        Locale.ROOT,
        "%s: %d rows, %.2f s, %.0f MB/s, %.2f of FastCSV's speed%n",
        what,
        rows,
        seconds,
        bytes / seconds * 1e-6,
        fastCsv / seconds);
  }

  private static long fastCsv(Path file) throws IOException {
    long rows = -1;
    long cells = 0;
    try (CsvReader<CsvRecord> reader = CsvReader.builder().ofCsvRecord(file)) {
      for (CsvRecord row : reader) {
        cells += row.getFieldCount();
        rows++;
      }
    }
    if (cells == 0) {
      throw new IllegalStateException("no cells in " + file);
    }
    return rows;
  }

  private static long table(Path file) throws IOException {
    return Csv.read(file).rows();
  }

  private static long stream(Path file) throws IOException {
    long[] rows = new long[1];
    Csv.stream(file)
        .read(
            new TableStream.Visitor<>() {
              @Override
              public void begin() {
                rows[0] = 0;
              }

              @Override
              public void rows(int first, Table piece, double fraction) {
                rows[0] += piece.rows();
              }
            });
    return rows[0];
  }
}
