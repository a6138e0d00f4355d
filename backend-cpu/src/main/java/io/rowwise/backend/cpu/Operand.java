package io.rowwise.backend.cpu;

import io.rowwise.backend.Matrix;

/** Tiles of an operand, repeated to the shape of the result where it is smaller or one number. */
final class Operand<A> {
  private final Elements<A> elements;
  private final Matrix matrix;
  private final int columns;
  private final A values;
  private final A column;
  private boolean repeated;

  /** A number, which needs no matrix. */
  Operand(Elements<A> elements, Scratch scratch, double number, int tileElements) {
    this.elements = elements;
    this.matrix = null;
    this.columns = 0;
    this.values = elements.array(scratch, tileElements);
    this.column = null;
    elements.fill(values, tileElements, number);
    this.repeated = true;
  }

  Operand(Elements<A> elements, Scratch scratch, Matrix matrix, Matrix out, int tileElements) {
    this.elements = elements;
    this.matrix = matrix;
    this.columns = out.columns();
    this.values = elements.array(scratch, tileElements);
    int tileRows = columns == 0 ? 0 : tileElements / columns;
    this.column = elements.array(scratch, matrix.columns() == columns ? 0 : tileRows);
    if (matrix.rows() == 1 && out.rows() > 1) {
      repeatRow(tileRows);
    }
  }

  @SuppressWarnings("SuspiciousSystemArraycopy") // An array of Elements is one.
  private void repeatRow(int tileRows) {
    elements.load(matrix, 0, 1, values);
    if (matrix.columns() == 1) {
      elements.repeat(values, 0, values, 0, columns);
    }
    for (int row = 1; row < tileRows; row++) {
      System.arraycopy(values, 0, values, row * columns, columns);
    }
    repeated = true;
  }

  /** The elements of some rows, until the next call. */
  A load(int first, int rows) {
    if (repeated) {
      return values;
    }
    if (matrix.columns() == columns) {
      elements.load(matrix, first, rows, values);
      return values;
    }
    elements.load(matrix, first, rows, column);
    for (int row = 0; row < rows; row++) {
      elements.repeat(column, row, values, row * columns, columns);
    }
    return values;
  }
}
