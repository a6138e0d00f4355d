package io.rowwise.dataset;

import de.siegmar.fastcsv.writer.CsvWriter;
import de.siegmar.fastcsv.writer.LineDelimiter;
import de.siegmar.fastcsv.writer.QuoteStrategy;
import io.rowwise.file.AtomicFile;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * Reads and writes tables as comma-separated values, as RFC 4180 has them, with what {@link
 * CsvFormat} says otherwise.
 *
 * <p>Read: files compressed by gzip as they are; UTF-8 and UTF-16 by their byte order mark, UTF-8
 * without one; any line ends. Empty lines are left out, and so is the space around a cell that is
 * not between quotes. A column has numbers if every cell that is not missing is one, as Java and
 * Python both write them, or {@code inf} or {@code nan}; otherwise it has words. Where a cell far
 * down shows that a column has words, a file is read once more; a stream cannot be, and the message
 * then says what to do.
 *
 * <p>Thread-safe: it keeps nothing.
 */
public final class Csv {
  private static final String STREAM = "the stream";
  private static final long UNKNOWN = -1;

  private Csv() {}

  /** As {@link #read(Path, CsvFormat)}, by {@link CsvFormat#DEFAULT}. */
  public static Table read(Path path) throws IOException {
    return read(path, CsvFormat.DEFAULT);
  }

  /**
   * Reads a whole file.
   *
   * @return at least one row
   * @throws CsvFormatException if the file is not such a table; the message says where and why
   * @throws IOException if the file cannot be read
   */
  public static Table read(Path path, CsvFormat format) throws IOException {
    if (!Files.isRegularFile(path)) {
      // What comes by a pipe comes once.
      try (CsvReader reader = open(path, format)) {
        return reader.readAll(null);
      }
    }
    CsvFormat known = format;
    while (true) {
      Set<String> late = new LinkedHashSet<>();
      try (CsvReader reader = open(path, known)) {
        Table table = reader.readAll(late);
        if (late.isEmpty()) {
          return table;
        }
      }
      known = known.words(late.toArray(String[]::new));
    }
  }

  /**
   * Reads a whole stream, and closes it.
   *
   * @return at least one row
   * @throws CsvFormatException if the stream is not such a table; the message says where and why
   * @throws IOException if the stream cannot be read
   */
  public static Table read(InputStream in, CsvFormat format) throws IOException {
    try (CsvReader reader = open(in, format)) {
      return reader.readAll(null);
    }
  }

  /** As {@link #stream(Path, CsvFormat)}, by {@link CsvFormat#DEFAULT}. */
  public static TableStream stream(Path path) {
    return stream(path, CsvFormat.DEFAULT);
  }

  /**
   * A file that is read piece by piece, and again whenever its rows are wanted. It must not change
   * meanwhile, and what comes by a pipe is no such file. Nothing is read yet.
   */
  public static TableStream stream(Path path, CsvFormat format) {
    return new CsvStream(path, format);
  }

  /**
   * Opens a file to be read piece by piece, and reads its header.
   *
   * @throws CsvFormatException if the file is empty, or its header is none
   * @throws IOException if the file cannot be read
   */
  public static CsvReader open(Path path, CsvFormat format) throws IOException {
    long size = Files.isRegularFile(path) ? Files.size(path) : UNKNOWN;
    return new CsvReader(Files.newInputStream(path), path.toString(), size, format);
  }

  /**
   * As {@link #open(Path, CsvFormat)}, of a stream, which the reader closes. If this fails, the
   * stream is closed, too.
   */
  public static CsvReader open(InputStream in, CsvFormat format) throws IOException {
    return new CsvReader(in, STREAM, UNKNOWN, format);
  }

  /**
   * Writes a file that holds the table and nothing else, over what was there, which is replaced at
   * once or not at all; see {@link AtomicFile}.
   *
   * @throws IOException if the file cannot be written
   */
  public static void write(Path path, Table table) throws IOException {
    AtomicFile.write(path, out -> write(out, table));
  }

  /**
   * Writes the table, in UTF-8. Does not close the stream.
   *
   * @throws IOException if the stream cannot be written
   */
  public static void write(OutputStream out, Table table) throws IOException {
    write(new OutputStreamWriter(out, StandardCharsets.UTF_8), table);
  }

  /**
   * Writes the table: a header, commas, quotes where they are needed, and nothing where a cell is
   * missing. Flushes the writer and does not close it.
   *
   * <p>Numbers are read again as they were. Of words, the reader takes those that it knows as
   * missing for missing, and a column of nothing but numbers for numbers, unless its format says
   * otherwise.
   *
   * @throws IOException if the writer fails
   */
  public static void write(Writer out, Table table) throws IOException {
    Column[] columns = table.columns().toArray(Column[]::new);
    CsvWriter writer =
        CsvWriter.builder()
            .lineDelimiter(LineDelimiter.LF)
            .quoteStrategy(new Quotes(columns.length == 1))
            .build(out);
    try {
      writer.writeRecord(table.columnNames());
      String[] cells = new String[columns.length];
      for (int row = 0; row < table.rows(); row++) {
        for (int c = 0; c < columns.length; c++) {
          cells[c] = columns[c].text(row);
        }
        writer.writeRecord(cells);
      }
      writer.flush();
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
    out.flush();
  }

  /** Quotes besides those that the format itself asks for. */
  private record Quotes(boolean oneColumn) implements QuoteStrategy {
    /** Otherwise the line would be empty, and left out by who reads it. */
    @Override
    public boolean quoteNull(int line, int column) {
      return oneColumn;
    }

    @Override
    public boolean quoteEmpty(int line, int column) {
      return true;
    }

    /** Otherwise who reads it would leave out the space around it. */
    @Override
    public boolean quoteValue(int line, int column, String value) {
      return value.charAt(0) <= ' ' || value.charAt(value.length() - 1) <= ' ';
    }
  }
}
