package io.rowwise.backend.cpu.rows;

import io.rowwise.backend.ElementType;

/** The table that says how rows of so many columns are computed. */
public enum RowForm {
  /** {@link ClassMajorRows}. */
  CLASS_MAJOR,
  /** {@link RowMajorRows}. */
  ROW_MAJOR;

  // All figures: one thread of an AVX2 processor, JDK 17, 40,000 elements.
  //
  // Nanoseconds an element of the softmax, and of loss, gradient and its sums:
  //
  //             float32                    float64
  // columns     class-major  row-major     class-major  row-major
  //       3     4.0   6.4    3.6  10.9     3.6   5.5     6.2 11.7
  //       8     3.7   7.0    2.5   8.0     3.3   5.4     3.8  7.5
  //      10     3.7   7.3    2.1   8.2     3.3   5.2     3.3  5.9
  //      16     4.8   7.5    2.7   6.6     3.4   5.2     3.1  5.0
  //      32     5.5   8.0    2.4   5.6     3.8   5.9     2.8  4.4
  private static final int FEW_CLASSES = 8;

  // Four arrays of so many are in use at once; a first-level cache has 32 KB or more.
  private static final int FLOATS_OF_A_BLOCK = 1500;
  private static final int DOUBLES_OF_A_BLOCK = 1000;

  // The cross-entropy's time with the search, in that without: 1.3 at 10 columns, 1.1 at 32, 0.9 at
  // 100, 0.8 at 1,000.
  private static final int FEWEST_TO_SEARCH = 64;

  /** The form of rows of so many columns. */
  public static RowForm of(int columns) {
    return columns <= FEW_CLASSES ? CLASS_MAJOR : ROW_MAJOR;
  }

  /**
   * How many rows of so many columns are computed at once: what the first-level cache holds.
   *
   * @param type what is computed in
   */
  static int capacity(ElementType type, int columns) {
    int elements = type == ElementType.FLOAT64 ? DOUBLES_OF_A_BLOCK : FLOATS_OF_A_BLOCK;
    return Math.max(1, elements / columns);
  }

  /** Whether it is worth while to look for the one target that is not zero. */
  static boolean isSearched(int columns) {
    return columns >= FEWEST_TO_SEARCH;
  }
}
