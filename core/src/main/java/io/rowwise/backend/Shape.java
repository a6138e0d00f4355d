package io.rowwise.backend;

/** What a matrix holds, for reports: put in words only when one is written. */
record Shape(ElementType type, int rows, int columns) {
  /** The largest long if they are more. */
  long bytes() {
    long elements = (long) rows * columns;
    return elements > Long.MAX_VALUE / type.bytes() ? Long.MAX_VALUE : elements * type.bytes();
  }

  /** {@code float64 33x5}. */
  @Override
  public String toString() {
    return type + " " + rows + "x" + columns;
  }
}
