package io.rowwise.backend.cuda.kernel;

import java.util.Locale;

/** How a kernel deals a matrix to threads. The name is part of the kernel's. */
public enum Algorithm {
  /** In the one way that the operation has; not part of the name. */
  ONLY,
  /** A single run of whole packs to all threads, some packs for each. */
  RUN,
  /** Each row to 1, 2, 4, 8, 16 or 32 lanes of a warp, a few elements for each. */
  GROUP,
  /** Each row to 8, 16 or 32 lanes of a warp, which hold as much in registers as they may. */
  WARP,
  /** Each row to a block, which holds it in registers if it has to hold it at all. */
  BLOCK,
  /** Each row to a block, which holds it in shared memory. */
  SHARED,
  /**
   * Row after row to a block, which has one in shared memory, or most of it, and lets the next come
   * while it writes.
   */
  PREFETCHED,
  /** Each row to a block, which reads it again and again: for rows of any length. */
  LONG;

  /** What comes after the operation in a kernel's name. */
  String suffix() {
    return this == ONLY ? "" : "_" + name().toLowerCase(Locale.ROOT);
  }
}
