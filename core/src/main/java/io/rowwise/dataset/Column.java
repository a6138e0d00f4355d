package io.rowwise.dataset;

/**
 * A named column of a {@link Table}: one cell for each row, of numbers or of words, each of which
 * may be missing.
 *
 * <p>Immutable, as long as nobody writes to the arrays that it was made of, which are not copied.
 * Then it may be used by many threads.
 */
public sealed interface Column permits NumberColumn, WordColumn {
  /** What the column is called; not empty. */
  String name();

  /** How many cells it has, 0 or more. */
  int rows();

  /**
   * Whether a row has no value.
   *
   * @param row 0 to {@code rows() - 1}
   * @throws IndexOutOfBoundsException if there is no such row
   */
  boolean isMissing(int row);

  /**
   * The cell as text, a whole number without ".0", or null where it is missing.
   *
   * @param row 0 to {@code rows() - 1}
   * @throws IndexOutOfBoundsException if there is no such row
   */
  String text(int row);

  /**
   * The cells of the given rows, in the given order; a row may be given more than once. A copy.
   *
   * @param indices each 0 to {@code rows() - 1}
   * @throws IndexOutOfBoundsException if there is no such row
   */
  Column rows(int[] indices);

  /**
   * The same cells by another name. Not a copy.
   *
   * @throws IllegalArgumentException if the name is empty
   */
  Column named(String name);
}
