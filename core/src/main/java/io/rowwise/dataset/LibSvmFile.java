package io.rowwise.dataset;

import io.rowwise.array.ArrayLength;
import java.io.IOException;
import java.util.OptionalInt;

/**
 * A file in LIBSVM's format that is read some rows at a time, more than once: the first time to
 * know its columns. Not thread-safe.
 */
final class LibSvmFile {
  /** Of a piece: 1 MB, unless there are many columns. */
  private static final int MOST_VALUES = 1 << 16;

  /** Of a piece of many columns, which take their time whatever they hold. */
  private static final int VALUES_OF_COLUMN = 4;

  private final ByteSource source;

  /** Null until all rows have been seen. */
  private LibSvmRows.Layout layout;

  LibSvmFile(ByteSource source) {
    this.source = source;
  }

  /** Opens it, after it was read once to know its columns. */
  TableReader open() throws IOException {
    if (layout == null) {
      layout = layout();
    }
    return new Reader(source, layout);
  }

  private LibSvmRows.Layout layout() throws IOException {
    LibSvmRows rows = new LibSvmRows();
    boolean isEmpty = true;
    try (LibSvmLines lines = new LibSvmLines(source)) {
      while (lines.addTo(rows)) {
        isEmpty &= rows.rows() == 0;
        rows.clear();
      }
      if (isEmpty) {
        throw lines.noRows();
      }
      return lines.layout(rows, OptionalInt.empty());
    }
  }

  private static final class Reader implements TableReader {
    private final ByteSource source;
    private final LibSvmRows.Layout layout;
    private final LibSvmLines lines;
    private final LibSvmRows rows = new LibSvmRows();
    private final int mostValues;

    Reader(ByteSource source, LibSvmRows.Layout layout) throws IOException {
      this.source = source;
      this.layout = layout;
      this.lines = new LibSvmLines(source);
      // A piece has all columns; so it is to have as many values as these are worth.
      long worth = (long) VALUES_OF_COLUMN * layout.columnCount();
      this.mostValues = (int) Math.max(MOST_VALUES, Math.min(worth, ArrayLength.LARGEST));
    }

    @Override
    public Table read(int mostRows) throws IOException {
      TableReader.requireSome(mostRows);
      rows.clear();
      boolean isMore = true;
      while (isMore && rows.rows() < mostRows && rows.size() < mostValues) {
        isMore = lines.addTo(rows);
      }
      if (!rows.fits(layout)) {
        throw new LibSvmFormatException(
            source.name()
                + ": has other indices than when it was read before, want a file that does not"
                + " change meanwhile");
      }
      return rows.rows() == 0 ? Table.ofRows(0) : rows.table(layout).table();
    }

    @Override
    public long bytesRead() {
      return lines.bytesRead();
    }

    @Override
    public long size() {
      return lines.size();
    }

    @Override
    public void close() throws IOException {
      lines.close();
    }
  }
}
