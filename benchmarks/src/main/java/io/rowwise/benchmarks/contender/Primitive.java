package io.rowwise.benchmarks.contender;

/** The operations of a backend's contract. */
public enum Primitive {
  /** Rows x columns times columns x rows, where rows are at most 2,048. */
  MATMUL,
  ROW_MAX,
  ROW_SUM,
  ROW_ARG_MAX,
  COLUMN_SUM,
  EXP,
  LOG,
  ADD,
  ADD_ROW,
  MULTIPLY,
  DIVIDE,
  MULTIPLY_BY_NUMBER,
  EQUAL,
  ADD_SCALED,
  FILL,
  COPY
}
