package io.rowwise.dataset;

import io.rowwise.array.ArrayLength;
import io.rowwise.file.AtomicFile;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * Reads and writes NumPy's {@code .npy} files, as {@code numpy.lib.format} defines them.
 *
 * <p>Read: versions 1.0, 2.0 and 3.0, both byte orders, C and Fortran order, the types of {@link
 * NpyElementType}, files compressed by gzip as they are. Written: version 1.0, little-endian, C
 * order, which every NumPy reads.
 *
 * <p>A file that claims to be large is not believed: memory is taken for a file whose size agrees
 * with its header, and for a stream as its data arrive, at most 64 KiB and twice what has arrived.
 *
 * <p>Thread-safe: it keeps nothing.
 */
public final class Npy {
  /** NumPy pads the header with spaces, so that the data begin at a multiple of this. */
  private static final int ALIGNMENT = 64;

  /** A multiple of the size of each type of element. */
  private static final int CHUNK_BYTES = 1 << 16;

  private static final int PIECE_OF_LABELS = 1 << 16;

  private Npy() {}

  /**
   * Reads a file that holds one array and nothing else.
   *
   * @throws NpyFormatException if the file is not such an array; the message names the file
   * @throws IOException if the file cannot be read
   */
  public static NpyArray read(Path path) throws IOException {
    try (FileBytes bytes = new FileBytes(ByteSource.of(path), NpyFormatException::new)) {
      try {
        NpyArray array = read(bytes.in(), bytes.available());
        if (bytes.in().read() >= 0) {
          throw new NpyFormatException("there are more bytes after the data of " + array);
        }
        return array;
      } catch (NpyFormatException e) {
        throw named(path.toString(), e);
      } catch (IOException e) {
        throw bytes.named(e);
      }
    }
  }

  private static NpyFormatException named(String source, NpyFormatException e) {
    return new NpyFormatException(source + ": " + e.getMessage(), e);
  }

  /**
   * Opens a matrix to be read some rows at a time, as columns {@code x0}, {@code x1}, ... of
   * numbers; it may have more elements than a Java array holds.
   *
   * @throws NpyFormatException if the file is not rows x columns, or is compressed and in Fortran
   *     order; the message names the file
   * @throws IOException if the file cannot be read
   */
  public static TableReader open(Path path) throws IOException {
    return open(ByteSource.of(path), 2);
  }

  /**
   * A matrix in a file that is read some rows at a time, and again whenever its rows are wanted; as
   * {@link #open} gives them. It must not change meanwhile, and what comes by a pipe is no such
   * file. Nothing is read yet.
   */
  public static TableStream stream(Path path) {
    return TableStream.of(path.toString(), () -> open(path));
  }

  /**
   * Reads a file of one dimension as a column {@code label} of its numbers' texts, for {@link
   * Table#label(Column)} and {@link TableStream#label(Column)}. Takes 4 bytes for each.
   *
   * @throws NpyFormatException if the file is not such an array; the message names the file
   * @throws IOException if the file cannot be read
   */
  public static WordColumn labels(Path path) throws IOException {
    WordCells cells = new WordCells();
    try (TableReader reader = open(ByteSource.of(path), 1)) {
      for (Table piece = reader.read(PIECE_OF_LABELS);
          piece.rows() > 0;
          piece = reader.read(PIECE_OF_LABELS)) {
        cells.add(piece.columns().get(0));
      }
    }
    return cells.column("label");
  }

  /**
   * @param rank how many dimensions are wanted
   */
  static TableReader open(ByteSource source, int rank) throws IOException {
    FileBytes bytes = new FileBytes(source, NpyFormatException::new);
    TableReader reader = null;
    try {
      reader = reader(source, bytes, rank);
      return reader;
    } catch (NpyFormatException e) {
      throw named(source.name(), e);
    } catch (IOException e) {
      throw bytes.named(e);
    } finally {
      if (reader == null) {
        bytes.close();
      }
    }
  }

  private static TableReader reader(ByteSource source, FileBytes bytes, int rank)
      throws IOException {
    NpyHeader header = NpyHeader.read(bytes.in());
    NpyElementType type = header.elementType;
    int[] shape = header.shape;
    if (shape.length != rank) {
      throw new NpyFormatException(
          type
              + " of shape "
              + Arrays.toString(shape)
              + " has "
              + shape.length
              + " dimensions, want "
              + (rank == 1 ? "labels in one" : "rows x columns"));
    }
    header.requireSize(bytes.available());
    int columns = ArrayReader.columns(shape);
    ArrayValues values;
    if (header.fortranOrder && rank > 1) {
      if (bytes.available() == ByteSource.UNKNOWN) {
        throw new NpyFormatException(
            "is in Fortran order and compressed, or comes by a pipe, which cannot be read some rows"
                + " at a time; in NumPy, save numpy.ascontiguousarray(array), or save it"
                + " uncompressed");
      }
      bytes.close();
      values = new ValuesByColumn(source, header.bytes, type, header.byteOrder, shape[0], columns);
    } else {
      values = new ValuesByRow(bytes, type, header.byteOrder, shape);
    }
    FileBytes.Refusal refusal =
        (message, cause) -> new NpyFormatException(source.name() + ": " + message, cause);
    return new ArrayReader(type, shape[0], columns, values, refusal);
  }

  /**
   * Reads one array and stops after its last byte, so that another may follow. Does not close the
   * stream.
   *
   * @throws NpyFormatException if the stream does not start with an array
   * @throws IOException if the stream cannot be read
   */
  public static NpyArray read(InputStream in) throws IOException {
    return read(in, ByteSource.UNKNOWN);
  }

  /**
   * Writes a file that holds the array and nothing else, over what was there, which is replaced at
   * once or not at all. It keeps its permissions, and a symbolic link stays; a device, or a file
   * that is mounted by itself, is written in place.
   *
   * @throws IOException if the file cannot be written
   */
  public static void write(Path path, NpyArray array) throws IOException {
    AtomicFile.write(path, out -> write(out, array));
  }

  /**
   * Writes the array. Does not close the stream.
   *
   * @throws IOException if the stream cannot be written
   */
  public static void write(OutputStream out, NpyArray array) throws IOException {
    out.write(header(array));
    NpyElementType type = array.elementType();
    int chunkSize = CHUNK_BYTES / type.bytes();
    byte[] bytes = new byte[Math.min(array.size(), chunkSize) * type.bytes()];
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    for (int start = 0; start < array.size(); start += chunkSize) {
      int count = Math.min(array.size() - start, chunkSize);
      type.storage().copy(array.values(), start, count, buffer);
      out.write(bytes, 0, count * type.bytes());
    }
  }

  private static byte[] header(NpyArray array) {
    String dictionary = NpyHeader.format(array);
    int prefix = NpyHeader.MAGIC.length + 2 + Short.BYTES;
    int unpadded = prefix + dictionary.length() + 1;
    int total = (unpadded + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    byte[] bytes = new byte[total];
    Arrays.fill(bytes, (byte) ' ');
    ByteBuffer.wrap(bytes)
        .order(ByteOrder.LITTLE_ENDIAN)
        .put(NpyHeader.MAGIC)
        .put((byte) 1)
        .put((byte) 0)
        .putShort((short) (total - prefix))
        .put(dictionary.getBytes(StandardCharsets.US_ASCII));
    bytes[total - 1] = '\n';
    return bytes;
  }

  /**
   * @param available how many bytes the source holds, or {@link ByteSource#UNKNOWN}
   */
  private static NpyArray read(InputStream in, long available) throws IOException {
    NpyHeader header = NpyHeader.read(in);
    int size = NpyArray.sizeOf(header.shape);
    if (size < 0) {
      throw new NpyFormatException(
          "shape "
              + Arrays.toString(header.shape)
              + " has more elements than a Java array holds, "
              + ArrayLength.LARGEST);
    }
    header.requireSize(available);
    Object values = readValues(in, header, size, available != ByteSource.UNKNOWN);
    if (header.fortranOrder) {
      values = inOrderC(header, values, size);
    }
    return new NpyArray(header.elementType, header.shape, values, size);
  }

  private static Object readValues(InputStream in, NpyHeader header, int size, boolean sizeChecked)
      throws IOException {
    GrowingArray values = new GrowingArray(header.elementType, size, sizeChecked);
    long found = values.read(in, header.byteOrder);
    if (found < values.wantedBytes()) {
      throw new NpyFormatException(
          "the data end after "
              + found
              + " bytes, want "
              + values.wantedBytes()
              + " for "
              + header.elementType
              + " of shape "
              + Arrays.toString(header.shape));
    }
    return values.array();
  }

  /** The same elements, with the last index running fastest in the place of the first. */
  private static Object inOrderC(NpyHeader header, Object values, int size) {
    int[] shape = header.shape;
    int[] index = new int[shape.length];
    int[] stride = new int[shape.length];
    int product = 1;
    for (int d = 0; d < shape.length; d++) {
      stride[d] = product;
      product *= shape[d];
    }
    Object ordered = header.elementType.storage().allocate(size);
    int from = 0;
    for (int to = 0; to < size; to++) {
      System.arraycopy(values, from, ordered, to, 1);
      for (int d = shape.length - 1; d >= 0; d--) {
        from += stride[d];
        if (++index[d] < shape[d]) {
          break;
        }
        from -= stride[d] * shape[d];
        index[d] = 0;
      }
    }
    return ordered;
  }
}
