package io.rowwise.backend.cpu.blas;

import io.rowwise.backend.ElementType;

/**
 * OpenBLAS, called directly: through ND4J each product would cost 10 to 30 microseconds more. Rows
 * are shared among threads here, in an order that is the same for any number of them, and OpenBLAS
 * has one thread.
 */
public final class Blas {
  // There is one in a class loader, since a native library belongs to it.
  private static volatile OpenBlas library;

  private Blas() {}

  /**
   * OpenBLAS, loaded if need be; where that fails, the next call tries again.
   *
   * @throws IllegalArgumentException if a system property has a value that it cannot have
   * @throws io.rowwise.backend.BackendUnavailableException if it does not load
   */
  public static OpenBlas library() {
    OpenBlas loaded = library;
    return loaded != null ? loaded : load();
  }

  private static synchronized OpenBlas load() {
    if (library == null) {
      library = OpenBlasLoader.load();
    }
    return library;
  }

  /** Gives an OpenBLAS that is shared one thread again, if somebody here is at work with it. */
  public static void keepOneThread() {
    OpenBlas loaded = library;
    if (loaded != null) {
      loaded.keepOneThread();
    }
  }

  /**
   * {@code y = x * transposed(b)} for one row.
   *
   * @param x 1 x K
   * @param b C x K without gaps, with at least one row and column; transposed afterwards, perhaps
   * @param y 1 x C
   */
  public static void multiplyRow(
      ElementType type, OpenBlas.Operand x, OpenBlas.Operand b, OpenBlas.Operand y) {
    if (library().usesAvx512()) {
      // These have kernels for small products, twice as fast as those for vectors.
      library().multiply(type, 1, x, b.transposed(), 0, y);
    } else {
      library().multiplyByVector(type, b, x, 0, y);
    }
  }
}
