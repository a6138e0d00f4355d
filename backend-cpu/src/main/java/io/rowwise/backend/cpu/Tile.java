package io.rowwise.backend.cpu;

/** How many rows are worked on at once: as many as stay in the first-level cache. */
final class Tile {
  private static final int ELEMENTS = 1024;

  private Tile() {}

  /**
   * Whole rows of about {@value #ELEMENTS} elements in all, at least one.
   *
   * @param rows how many there are
   */
  static int rows(int rows, int columns) {
    return Math.max(1, Math.min(rows, ELEMENTS / Math.max(1, columns)));
  }
}
