package io.rowwise.dataset;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Locale;

/** What an IDX file says before its values. */
final class IdxHeader {
  final NpyElementType elementType;

  /** At least one dimension, none of them negative. */
  final int[] shape;

  private IdxHeader(NpyElementType elementType, int[] shape) {
    this.elementType = elementType;
    this.shape = shape;
  }

  /** Reads it, from the magic on. */
  static IdxHeader read(InputStream in) throws IOException {
    byte[] magic = FileBytes.readExactly(in, Integer.BYTES, "the magic", IdxFormatException::new);
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
        ByteBuffer.wrap(
            FileBytes.readExactly(
                in, rank * Integer.BYTES, "the dimensions", IdxFormatException::new));
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
    return new IdxHeader(type, shape);
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
}
