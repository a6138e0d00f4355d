package io.rowwise.dataset;

import io.rowwise.file.AtomicFile;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * Reads and writes NumPy's {@code .npy} files, as {@code numpy.lib.format} defines them.
 *
 * <p>Read: versions 1.0, 2.0 and 3.0, both byte orders, C and Fortran order, the types of {@link
 * NpyElementType}. Written: version 1.0, little-endian, C order, which every NumPy reads.
 *
 * <p>A file that claims to be large is not believed: memory is taken for a file whose size agrees
 * with its header, and for a stream as its data arrive, at most 64 KiB and twice what has arrived.
 *
 * <p>Thread-safe: it keeps nothing.
 */
public final class Npy {
  private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};

  /** NumPy refuses longer ones too; those of plain arrays are far shorter. */
  private static final int LARGEST_HEADER = 10_000;

  /** NumPy pads the header with spaces, so that the data begin at a multiple of this. */
  private static final int ALIGNMENT = 64;

  /** A multiple of the size of each type of element. */
  private static final int CHUNK_BYTES = 1 << 16;

  private static final long UNKNOWN = -1;

  private Npy() {}

  /**
   * Reads a file that holds one array and nothing else.
   *
   * @throws NpyFormatException if the file is not such an array; the message names the file
   * @throws IOException if the file cannot be read
   */
  public static NpyArray read(Path path) throws IOException {
    try (InputStream in = Files.newInputStream(path)) {
      NpyArray array = read(in, Files.isRegularFile(path) ? Files.size(path) : UNKNOWN);
      if (in.read() >= 0) {
        throw new NpyFormatException("there are more bytes after the data of " + array);
      }
      return array;
    } catch (NpyFormatException e) {
      throw new NpyFormatException(path + ": " + e.getMessage(), e);
    }
  }

  /**
   * Reads one array and stops after its last byte, so that another may follow. Does not close the
   * stream.
   *
   * @throws NpyFormatException if the stream does not start with an array
   * @throws IOException if the stream cannot be read
   */
  public static NpyArray read(InputStream in) throws IOException {
    return read(in, UNKNOWN);
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
    int prefix = MAGIC.length + 2 + Short.BYTES;
    int unpadded = prefix + dictionary.length() + 1;
    int total = (unpadded + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    byte[] bytes = new byte[total];
    Arrays.fill(bytes, (byte) ' ');
    ByteBuffer.wrap(bytes)
        .order(ByteOrder.LITTLE_ENDIAN)
        .put(MAGIC)
        .put((byte) 1)
        .put((byte) 0)
        .putShort((short) (total - prefix))
        .put(dictionary.getBytes(StandardCharsets.US_ASCII));
    bytes[total - 1] = '\n';
    return bytes;
  }

  /**
   * @param available how many bytes the source holds, or {@link #UNKNOWN}
   */
  private static NpyArray read(InputStream in, long available) throws IOException {
    byte[] start = readExactly(in, MAGIC.length + 2, "the magic and the version");
    if (!Arrays.equals(start, 0, MAGIC.length, MAGIC, 0, MAGIC.length)) {
      throw new NpyFormatException(
          "starts with "
              + HexFormat.ofDelimiter(" ").formatHex(start, 0, MAGIC.length)
              + ", want the magic of .npy, "
              + HexFormat.ofDelimiter(" ").formatHex(MAGIC));
    }
    int major = start[MAGIC.length] & 0xFF;
    int minor = start[MAGIC.length + 1] & 0xFF;
    if (major < 1 || major > 3 || minor != 0) {
      throw new NpyFormatException("version " + major + "." + minor + ", want 1.0, 2.0 or 3.0");
    }

    int lengthBytes = major == 1 ? Short.BYTES : Integer.BYTES;
    ByteBuffer length =
        ByteBuffer.wrap(readExactly(in, lengthBytes, "the length of the header"))
            .order(ByteOrder.LITTLE_ENDIAN);
    long headerBytes =
        major == 1
            ? Short.toUnsignedLong(length.getShort())
            : Integer.toUnsignedLong(length.getInt());
    if (headerBytes > LARGEST_HEADER) {
      throw new NpyFormatException(
          "a header of " + headerBytes + " bytes, want at most " + LARGEST_HEADER);
    }
    byte[] text = readExactly(in, (int) headerBytes, "the header");
    NpyHeader header =
        NpyHeader.parse(
            new String(text, major == 3 ? StandardCharsets.UTF_8 : StandardCharsets.ISO_8859_1));

    int size = NpyArray.sizeOf(header.shape);
    if (size < 0) {
      throw new NpyFormatException(
          "shape "
              + Arrays.toString(header.shape)
              + " has more elements than a Java array holds, "
              + NpyArray.LARGEST_SIZE);
    }
    if (available != UNKNOWN) {
      long wanted = (long) size * header.elementType.bytes();
      long found = available - start.length - lengthBytes - headerBytes;
      if (found != wanted) {
        throw new NpyFormatException(
            found
                + " bytes of data, want "
                + wanted
                + " for "
                + header.elementType
                + " of shape "
                + Arrays.toString(header.shape));
      }
    }
    Object values = readValues(in, header, size, available != UNKNOWN);
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

  private static byte[] readExactly(InputStream in, int count, String what) throws IOException {
    byte[] bytes = in.readNBytes(count);
    if (bytes.length < count) {
      throw new NpyFormatException(
          "ends inside " + what + ", after " + bytes.length + " of " + count + " bytes");
    }
    return bytes;
  }
}
