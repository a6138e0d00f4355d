package io.rowwise.dataset;

import io.rowwise.array.ArrayLength;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * Reads IDX files, in which MNIST and the data sets that took its place are published. The format
 * is that of <a href="https://yann.lecun.org/exdb/mnist/index.html">MNIST's page</a>: two zero
 * bytes, a byte for the type, a byte for the number of dimensions, the dimensions and the values,
 * the upper byte first. Files compressed by gzip are read as they are.
 *
 * <p>A file that claims to be large is not believed: memory is taken as its data arrive.
 *
 * <p>Thread-safe: it keeps nothing.
 */
public final class Idx {
  private static final String LABELS = "label";

  private Idx() {}

  /**
   * Reads a file that holds one array and nothing else.
   *
   * @throws IdxFormatException if the file is not such an array; the message names the file
   * @throws IOException if the file cannot be read
   */
  public static IdxArray read(Path path) throws IOException {
    try (InputStream in = Files.newInputStream(path)) {
      return read(in);
    } catch (IdxFormatException e) {
      throw new IdxFormatException(path + ": " + e.getMessage(), e);
    }
  }

  /**
   * Reads a stream that holds one array and nothing else. Does not close it.
   *
   * @throws IdxFormatException if the stream is not such an array
   * @throws IOException if the stream cannot be read
   */
  public static IdxArray read(InputStream in) throws IOException {
    try {
      InputStream bytes = Gzip.decompressed(in);
      IdxArray array = readArray(bytes);
      if (bytes.read() >= 0) {
        throw new IdxFormatException("there are more bytes after the data of " + array);
      }
      return array;
    } catch (IOException e) {
      if (Gzip.isDamage(e)) {
        throw new IdxFormatException(
            "is compressed by gzip, but damaged or not whole: " + e.getMessage(), e);
      }
      throw e;
    }
  }

  /**
   * Reads a file as a table: a row for each index of the first dimension, such as an image, and
   * columns {@code x0}, {@code x1}, ... for all the others together. The columns share one array.
   *
   * @throws IdxFormatException if the file is not an array; the message names the file
   * @throws IOException if the file cannot be read
   */
  public static Table table(Path path) throws IOException {
    return read(path).table();
  }

  /**
   * Reads a file of one dimension as a column {@code label}, for {@link Table#label(Column)}.
   *
   * @throws IdxFormatException if the file is not such an array; the message names the file
   * @throws IOException if the file cannot be read
   */
  public static NumberColumn labels(Path path) throws IOException {
    IdxArray array = read(path);
    if (array.shape().length != 1) {
      throw new IdxFormatException(
          path + ": " + array + " has " + array.shape().length + " dimensions, want labels in one");
    }
    return NumberColumn.of(LABELS, array.array());
  }

  /**
   * Opens a file to be read some rows at a time, as {@link #table} gives them; it may have more
   * values than a Java array holds.
   *
   * @throws IdxFormatException if the file is not an array; the message names the file
   * @throws IOException if the file cannot be read
   */
  public static TableReader open(Path path) throws IOException {
    return open(ByteSource.of(path));
  }

  /**
   * A file that is read some rows at a time, and again whenever its rows are wanted; as {@link
   * #table} gives them. It must not change meanwhile, and what comes by a pipe is no such file.
   * Nothing is read yet.
   */
  public static TableStream stream(Path path) {
    return TableStream.of(path.toString(), () -> open(path));
  }

  static TableReader open(ByteSource source) throws IOException {
    FileBytes bytes = new FileBytes(source, IdxFormatException::new);
    TableReader reader = null;
    try {
      IdxHeader header = IdxHeader.read(bytes.in());
      int columns = ArrayReader.columns(header.shape);
      if (columns < 0) {
        throw tooLarge(header.shape);
      }
      reader =
          new ArrayReader(
              header.elementType,
              header.shape[0],
              columns,
              new ValuesByRow(bytes, header.elementType, ByteOrder.BIG_ENDIAN, header.shape),
              (message, cause) -> new IdxFormatException(source.name() + ": " + message, cause));
      return reader;
    } catch (IdxFormatException e) {
      throw new IdxFormatException(source.name() + ": " + e.getMessage(), e);
    } catch (IOException e) {
      throw bytes.named(e);
    } finally {
      if (reader == null) {
        bytes.close();
      }
    }
  }

  private static IdxFormatException tooLarge(int[] shape) {
    return new IdxFormatException(
        "shape "
            + Arrays.toString(shape)
            + " has more elements than a Java array holds, "
            + ArrayLength.LARGEST);
  }

  private static IdxArray readArray(InputStream in) throws IOException {
    IdxHeader header = IdxHeader.read(in);
    NpyElementType type = header.elementType;
    int[] shape = header.shape;
    int size = NpyArray.sizeOf(shape);
    if (size < 0) {
      throw tooLarge(shape);
    }
    GrowingArray values = new GrowingArray(type, size, false);
    long found = values.read(in, ByteOrder.BIG_ENDIAN);
    if (found < values.wantedBytes()) {
      throw new IdxFormatException(
          "the data end after "
              + found
              + " bytes, want "
              + values.wantedBytes()
              + " for "
              + type
              + " of shape "
              + Arrays.toString(shape));
    }
    return new IdxArray(new NpyArray(type, shape, values.array(), size));
  }
}
