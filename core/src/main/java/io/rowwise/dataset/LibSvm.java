package io.rowwise.dataset;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
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
    ByteSource once =
        new ByteSource() {
          @Override
          public InputStream open() {
            return new FilterInputStream(in) {
              @Override
              public void close() {
                // It is the caller's.
              }
            };
          }

          @Override
          public long size() {
            return UNKNOWN;
          }

          @Override
          public String name() {
            return source;
          }
        };
    LibSvmRows rows = new LibSvmRows();
    try (LibSvmLines lines = new LibSvmLines(once)) {
      while (lines.addTo(rows)) {
        // Until there is none left.
      }
      if (rows.rows() == 0) {
        throw lines.noRows();
      }
      return rows.table(lines.layout(rows, firstIndex));
    }
  }

  /**
   * Opens a file to be read some rows at a time: columns {@code x0}, {@code x1}, ... of numbers
   * without their zeros, and {@code label}. It is read once to know its columns, and is not to
   * change. Indices begin at 0 if a 0 occurs among them, and otherwise at 1.
   *
   * @throws LibSvmFormatException if the file is not of this format; the message says where and why
   * @throws IOException if the file cannot be read
   */
  public static TableReader open(Path path) throws IOException {
    return new LibSvmFile(ByteSource.of(path)).open();
  }

  /**
   * A file that is read some rows at a time, and again whenever its rows are wanted; as {@link
   * #open} gives them. It must not change meanwhile, and what comes by a pipe is no such file.
   * Nothing is read yet.
   */
  public static TableStream stream(Path path) {
    return TableStream.of(path.toString(), new LibSvmFile(ByteSource.of(path))::open);
  }
}
