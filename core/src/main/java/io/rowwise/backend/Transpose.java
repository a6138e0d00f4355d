package io.rowwise.backend;

/** Whether {@link Backend#matmul} takes an operand as it lies or transposed; nothing is moved. */
public enum Transpose {
  /** As it lies. */
  NO,
  /** Rows as columns. */
  YES;

  int rows(Matrix matrix) {
    return this == NO ? matrix.rows() : matrix.columns();
  }

  int columns(Matrix matrix) {
    return this == NO ? matrix.columns() : matrix.rows();
  }
}
