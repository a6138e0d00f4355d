package io.rowwise.benchmarks.contender;

/** The operations of a backend's contract; those with a number are with one half. */
public enum Primitive {
  /** Rows x columns times columns x rows. */
  MATMUL,
  /** The same product, its first factor stored as columns x rows. */
  MATMUL_TRANSPOSED_A,
  /** The same product, its second factor stored as rows x columns. */
  MATMUL_TRANSPOSED_B,
  ROW_MAX,
  ROW_SUM,
  ROW_ARG_MAX,
  COLUMN_SUM,
  EXP,
  LOG,
  ADD,
  ADD_ROW,
  ADD_COLUMN,
  ADD_NUMBER,
  SUBTRACT,
  SUBTRACT_NUMBER,
  MULTIPLY,
  MULTIPLY_NUMBER,
  DIVIDE,
  DIVIDE_NUMBER,
  EQUAL,
  EQUAL_NUMBER,
  ADD_SCALED,
  FILL,
  COPY
}
