package io.rowwise.dataset;

import io.rowwise.file.Quoted;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.OptionalInt;

/**
 * Reads the format of LIBSVM and svmlight: a line {@code label index:value index:value ...} for
 * each row, with ascending indices and without the values that are 0; what is after a {@code #} is
 * a comment, and {@code qid:} is not taken. Files compressed by gzip are read as they are.
 *
 * <p>Thread-safe: it keeps nothing.
 */
public final class LibSvm {
  private LibSvm() {}

  /**
   * Reads a file whose indices begin at 0 if a 0 occurs among them, and otherwise at 1.
   *
   * @throws LibSvmFormatException if the file is not of this format; the message says where and why
   * @throws IOException if the file cannot be read
   */
  public static SparseTable read(Path path) throws IOException {
    return read(path, OptionalInt.empty());
  }

  /**
   * Reads a file whose indices begin at a given number. Parts of one data set are to be read so,
   * for a 0 need not occur in each of them.
   *
   * @param firstIndex 0 or 1
   * @throws LibSvmFormatException if the file is not of this format; the message says where and why
   * @throws IOException if the file cannot be read
   */
  public static SparseTable read(Path path, int firstIndex) throws IOException {
    if (firstIndex < 0 || firstIndex > 1) {
      throw new IllegalArgumentException("read: indices begin at " + firstIndex + ", want 0 or 1");
    }
    return read(path, OptionalInt.of(firstIndex));
  }

  /**
   * Reads a stream to its end, as {@link #read(Path)} reads a file.
   *
   * @param in stays the caller's, who closes it
   * @throws LibSvmFormatException if it is not of this format; the message says where and why
   * @throws IOException if it cannot be read
   */
  public static SparseTable read(InputStream in) throws IOException {
    return read(in, "the stream", OptionalInt.empty());
  }

  private static SparseTable read(Path path, OptionalInt firstIndex) throws IOException {
    try (InputStream in = Files.newInputStream(path)) {
      return read(in, path.toString(), firstIndex);
    }
  }

  private static SparseTable read(InputStream in, String source, OptionalInt firstIndex)
      throws IOException {
    try {
      return read(in, firstIndex);
    } catch (LibSvmFormatException e) {
      throw new LibSvmFormatException(source + e.getMessage(), e);
    } catch (IOException e) {
      if (Gzip.isDamage(e)) {
        throw new LibSvmFormatException(
            source + ": is compressed by gzip, but damaged or not whole: " + e.getMessage(), e);
      }
      throw e;
    }
  }

  private static SparseTable read(InputStream in, OptionalInt firstIndex) throws IOException {
    Rows rows = new Rows();
    // Of other bytes than ASCII only comments are made; in this charset none is malformed.
    BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(Gzip.decompressed(in), StandardCharsets.ISO_8859_1));
    long number = 0;
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      number++;
      try {
        rows.add(line);
      } catch (NumberFormatException e) {
        throw new LibSvmFormatException(", line " + number + ": " + e.getMessage(), e);
      }
    }
    return rows.table(firstIndex);
  }

  /** The rows while they arrive. What is wrong with a line is a NumberFormatException. */
  private static final class Rows {
    private static final int FIRST_CAPACITY = 16;

    private double[] labels = new double[FIRST_CAPACITY];
    private int[] rowStarts = new int[FIRST_CAPACITY];
    private int rows;
    private int[] indices = new int[FIRST_CAPACITY];
    private double[] values = new double[FIRST_CAPACITY];
    private int count;
    private int smallest = Integer.MAX_VALUE;
    private int largest = -1;

    void add(String line) {
      int end = line.indexOf('#') < 0 ? line.length() : line.indexOf('#');
      char[] text = line.substring(0, end).toCharArray();
      int from = skipSpace(text, 0);
      if (from == text.length) {
        return;
      }
      int to = skipWord(text, from);
      if (rows + 1 == rowStarts.length) {
        rowStarts = Arrays.copyOf(rowStarts, NumberCells.larger(rowStarts.length));
        labels = Arrays.copyOf(labels, rowStarts.length);
      }
      labels[rows] = number(text, from, to, "label");
      int previous = -1;
      for (from = skipSpace(text, to); from < text.length; from = skipSpace(text, to)) {
        to = skipWord(text, from);
        previous = addValue(text, from, to, previous);
      }
      rowStarts[++rows] = count;
    }

    private int addValue(char[] text, int from, int to, int previous) {
      int colon = from;
      long index = 0;
      while (colon < to && text[colon] >= '0' && text[colon] <= '9' && index < Integer.MAX_VALUE) {
        index = index * 10 + (text[colon++] - '0');
      }
      if (colon == from || colon == to || text[colon] != ':' || index >= NpyArray.LARGEST_SIZE) {
        throw new NumberFormatException(
            quoted(text, from, to) + " is not index:value, with an index of 0 or more");
      }
      if (index <= previous) {
        throw new NumberFormatException(
            "index " + index + " after index " + previous + ", want ascending ones");
      }
      if (count == indices.length) {
        indices = Arrays.copyOf(indices, NumberCells.larger(count));
        values = Arrays.copyOf(values, indices.length);
      }
      indices[count] = (int) index;
      values[count++] = number(text, colon + 1, to, "value");
      smallest = Math.min(smallest, (int) index);
      largest = Math.max(largest, (int) index);
      return (int) index;
    }

    private static double number(char[] text, int from, int to, String what) {
      double value = NumberText.parse(text, from, to);
      if (Double.isNaN(value)) {
        throw new NumberFormatException(
            "the " + what + " " + quoted(text, from, to) + " is not a number");
      }
      return value;
    }

    private static String quoted(char[] text, int from, int to) {
      return Quoted.of(new String(text, from, to - from));
    }

    private static int skipSpace(char[] text, int from) {
      int at = from;
      while (at < text.length && text[at] <= ' ') {
        at++;
      }
      return at;
    }

    private static int skipWord(char[] text, int from) {
      int at = from;
      while (at < text.length && text[at] > ' ') {
        at++;
      }
      return at;
    }

    SparseTable table(OptionalInt firstIndex) throws LibSvmFormatException {
      if (rows == 0) {
        throw new LibSvmFormatException(": has no rows, want at least one");
      }
      int first = firstIndex.orElse(smallest == 0 ? 0 : 1);
      if (smallest < first) {
        throw new LibSvmFormatException(": has the index 0, and indices were said to begin at 1");
      }
      int[] columns = Arrays.copyOf(indices, count);
      for (int i = 0; i < count; i++) {
        columns[i] -= first;
      }
      return new SparseTable(
          Math.max(0, largest - first + 1),
          Arrays.copyOf(rowStarts, rows + 1),
          columns,
          Arrays.copyOf(values, count),
          Arrays.copyOf(labels, rows));
    }
  }
}
