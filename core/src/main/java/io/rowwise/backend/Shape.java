package io.rowwise.backend;

/** What a matrix holds, for reports: put in words only when one is written. */
record Shape(ElementType type, int rows, int columns) {
  long bytes() {
    return (long) rows * columns * type.bytes();
  }

  /** {@code float64 33x5}. */
  @Override
  public String toString() {
    return type + " " + rows + "x" + columns;
  }
}
