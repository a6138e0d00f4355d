package io.rowwise.dataset;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;

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

  private static IdxArray readArray(InputStream in) throws IOException {
    byte[] magic = readExactly(in, Integer.BYTES, "the magic");
    if (magic[0] != 0 || magic[1] != 0) {
      throw new IdxFormatException(
          String.format(
              Locale.ROOT,
              "starts with %02x %02x, want 00 00, the magic of IDX",
              magic[0],
              magic[1]));
    }
    NpyElementType type = elementType(magic[2]);
    int rank = Byte.toUnsignedInt(magic[3]);
    if (rank < 1 || rank > NpyArray.LARGEST_RANK) {
      throw new IdxFormatException(rank + " dimensions, want 1 to " + NpyArray.LARGEST_RANK);
    }
    int[] shape = new int[rank];
    ByteBuffer dimensions =
        ByteBuffer.wrap(readExactly(in, rank * Integer.BYTES, "the dimensions"));
    for (int d = 0; d < rank; d++) {
      shape[d] = dimensions.getInt();
      if (shape[d] < 0) {
        throw new IdxFormatException(
            "dimension "
                + d
                + " is "
                + Integer.toUnsignedString(shape[d])
                + ", want at most "
                + Integer.MAX_VALUE);
      }
    }
    int size = NpyArray.sizeOf(shape);
    if (size < 0) {
      throw new IdxFormatException(
          "shape "
              + Arrays.toString(shape)
              + " has more elements than a Java array holds, "
              + NpyArray.LARGEST_SIZE);
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

  private static NpyElementType elementType(byte code) throws IdxFormatException {
    return switch (code) {
      case 0x08 -> NpyElementType.UINT8;
      case 0x09 -> NpyElementType.INT8;
      case 0x0B -> NpyElementType.INT16;
      case 0x0C -> NpyElementType.INT32;
      case 0x0D -> NpyElementType.FLOAT32;
      case 0x0E -> NpyElementType.FLOAT64;
      default ->
          throw new IdxFormatException(
              String.format(
                  Locale.ROOT,
                  "type %02x, want 08 (uint8), 09 (int8), 0b (int16), 0c (int32), 0d (float32) or"
                      + " 0e (float64)",
                  code));
    };
  }

  private static byte[] readExactly(InputStream in, int count, String what) throws IOException {
    byte[] bytes = in.readNBytes(count);
    if (bytes.length < count) {
      throw new IdxFormatException(
          "ends inside " + what + ", after " + bytes.length + " of " + count + " bytes");
    }
    return bytes;
  }
}
