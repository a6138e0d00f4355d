package io.rowwise.backend.cuda.kernel;

import io.rowwise.backend.ElementType;

/** Sizes that several plans reckon with; the kernels' sources say the same. */
final class Geometry {
  /** Threads of a block, where a kernel has no reason to want more or fewer. */
  static final int BLOCK_THREADS = 256;

  static final int WARP = 32;
  private static final int PACK_BYTES = 16;

  private Geometry() {}

  /** Elements that a thread loads and stores at once. */
  static int packElements(ElementType type) {
    return PACK_BYTES / type.bytes();
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
