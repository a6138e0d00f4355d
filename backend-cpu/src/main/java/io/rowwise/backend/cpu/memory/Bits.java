package io.rowwise.backend.cpu.memory;

/**
 * Arithmetic on the bits of floating-point numbers, an element at a time and without branches, so
 * that loops of it are vectorised.
 */
final class Bits {
  private static final int SIGN_OF_INT = Integer.SIZE - 1;
  private static final int SIGN_OF_LONG = Long.SIZE - 1;

  private static final int ROOT_OF_A_HALF_32 = Float.floatToRawIntBits((float) Math.sqrt(0.5));
  private static final long ROOT_OF_A_HALF_64 = Double.doubleToRawLongBits(Math.sqrt(0.5));
  private static final int SMALLEST_32 = Float.floatToRawIntBits(Float.MIN_NORMAL);
  private static final int LARGEST_32 = Float.floatToRawIntBits(Float.MAX_VALUE);
  private static final long SMALLEST_64 = Double.doubleToRawLongBits(Double.MIN_NORMAL);
  private static final long LARGEST_64 = Double.doubleToRawLongBits(Double.MAX_VALUE);
  private static final int SHIFT_32 = Float.floatToRawIntBits(NativeMemory.SHIFT_32);
  private static final long SHIFT_64 = Double.doubleToRawLongBits(NativeMemory.SHIFT_64);
  // Makes every k positive: not every processor has an arithmetic shift for vectors of longs.
  private static final long ABOVE = 2048;

  private Bits() {}

  /** {@code x * 2^(above + lowest)}; NaN where {@code above} is not from 0 to 127. */
  static int scale(int x, int above, int lowest) {
    int outside = above >> NativeMemory.RANGE_BITS_32;
    return (x + ((above + lowest) << NativeMemory.MANTISSA_BITS_32))
        | ((outside | -outside) >> SIGN_OF_INT);
  }

  /** {@code x * 2^(above + lowest)}; NaN where {@code above} is not from 0 to 1023. */
  static long scale(long x, long above, long lowest) {
    // The upper 10 bits are set where that is outside, and with the second shift the upper 15: a
    // NaN. Not every processor has an arithmetic shift for vectors of longs.
    long outside = -(above >>> NativeMemory.RANGE_BITS_64);
    return (x + ((above + lowest) << NativeMemory.MANTISSA_BITS_64))
        | outside
        | (outside >>> (NativeMemory.RANGE_BITS_64 / 2));
  }

  /** A number that has the k of {@code x = 2^k * mantissa} in its low bits. */
  static int shifted(int x) {
    return SHIFT_32 + ((x - ROOT_OF_A_HALF_32) >> NativeMemory.MANTISSA_BITS_32);
  }

  /** The mantissa; a NaN where x is not positive, normal and finite. */
  static int mantissa(int x) {
    int special = -(((x - SMALLEST_32) | (LARGEST_32 - x)) >>> SIGN_OF_INT);
    return (x - ((shifted(x) - SHIFT_32) << NativeMemory.MANTISSA_BITS_32)) | special;
  }

  /** A number that has the k of {@code x = 2^k * mantissa} in its low bits. */
  static long shifted(long x) {
    long above =
        (x - ROOT_OF_A_HALF_64 + (ABOVE << NativeMemory.MANTISSA_BITS_64))
            >>> NativeMemory.MANTISSA_BITS_64;
    return SHIFT_64 + (above - ABOVE);
  }

  /** The mantissa; a NaN where x is not positive, normal and finite. */
  static long mantissa(long x) {
    long special = -(((x - SMALLEST_64) | (LARGEST_64 - x)) >>> SIGN_OF_LONG);
    return (x - ((shifted(x) - SHIFT_64) << NativeMemory.MANTISSA_BITS_64)) | special;
  }
}
