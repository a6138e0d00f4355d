package io.rowwise.backend.cuda.kernel;

import io.rowwise.backend.ElementType;
import java.util.Locale;

/** Sizes that several plans reckon with; the kernels' sources say the same. */
final class Geometry {
  /** Threads of a block, where a kernel has no reason to want more or fewer. */
  static final int BLOCK_THREADS = 256;

  static final int WARP = 32;

  /** Of what is computed with: elements of 16 bits are {@code float32} there. */
  static final int PACK_BYTES = 16;

  /** So many that a thread may step behind the last one and still count in an {@code int}. */
  private static final int MOST_COLUMNS_OF_ROW = Integer.MAX_VALUE - 2047;

  private Geometry() {}

  /** Elements that a thread loads and stores at once. */
  static int packElements(ElementType type) {
    return PACK_BYTES / type.computedIn().bytes();
  }

  /**
   * Checks that kernels which step through rows can take them.
   *
   * @throws IllegalArgumentException if a row is too long
   */
  static void requireRow(Operation operation, int columns) {
    if (columns > MOST_COLUMNS_OF_ROW) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%s: a row has %d columns, the CUDA kernels take %d at most: split it",
              operation.name().toLowerCase(Locale.ROOT),
              columns,
              MOST_COLUMNS_OF_ROW));
    }
  }

  /** Whether a pack of such elements may start at an address. */
  static boolean startsPack(ElementType type, long address) {
    return address % ((long) packElements(type) * type.bytes()) == 0;
  }

  /** By how many bits something is shifted to be multiplied by a power of two. */
  static int bits(int powerOfTwo) {
    return Integer.numberOfTrailingZeros(powerOfTwo);
  }

  static long ceilDiv(long dividend, long divisor) {
    return (dividend + divisor - 1) / divisor;
  }

  /**
   * The smallest power of two that is not less, but within the bounds, themselves powers of two.
   */
  static int powerOfTwo(long atLeast, int lowest, int highest) {
    int power = lowest;
    while (power < highest && power < atLeast) {
      power *= 2;
    }
    return power;
  }
}
