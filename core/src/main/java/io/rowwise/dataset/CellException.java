package io.rowwise.dataset;

import io.rowwise.file.Quoted;

/**
 * A cell of a table is not what is wanted there. {@link #getMessage} says which one, what was
 * found, what was wanted and what to do; the parts are for who knows the place by another name,
 * such as the line of a file.
 */
public final class CellException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  /** What is wrong. */
  public enum Kind {
    /** There is no value. */
    MISSING,
    /** A word or class that is not known. */
    UNKNOWN,
    /** A text in the place of a number, or a number out of its range. */
    NOT_A_NUMBER
  }

  private final Kind kind;
  private final String operation;
  private final int row;
  private final String column;
  private final String problem;
  private final String advice;
  private final boolean isOfValidation;

  /**
   * @param problem goes on after the place: {@code is missing, want a number}
   * @param advice follows it in the message; may be empty
   */
  CellException(
      Kind kind, String operation, int row, String column, String problem, String advice) {
    this(kind, operation, row, column, problem, advice, false);
  }

  private CellException(
      Kind kind,
      String operation,
      int row,
      String column,
      String problem,
      String advice,
      boolean isOfValidation) {
    super(
        operation
            + ": row "
            + row
            + (isOfValidation ? " of the rows to validate with, column " : " of column ")
            + Quoted.of(column)
            + problem
            + advice);
    this.kind = kind;
    this.operation = operation;
    this.row = row;
    this.column = column;
    this.problem = problem;
    this.advice = advice;
    this.isOfValidation = isOfValidation;
  }

  /** The same of another row, where this one's is that of a piece of the table. */
  CellException atRow(int otherRow) {
    return at(otherRow, isOfValidation);
  }

  /** The same, where the row is one of those to validate with that are a table of their own. */
  public CellException ofValidation() {
    return at(row, true);
  }

  private CellException at(int otherRow, boolean isOtherOfValidation) {
    CellException moved =
        new CellException(kind, operation, otherRow, column, problem, advice, isOtherOfValidation);
    moved.initCause(this);
    return moved;
  }

  /** What is wrong. */
  public Kind kind() {
    return kind;
  }

  /** The row in its table, from 0. */
  public int row() {
    return row;
  }

  /** Whether the table is the one to validate with, where that is another than the trained one. */
  public boolean isOfValidation() {
    return isOfValidation;
  }

  /** What the column is called. */
  public String column() {
    return column;
  }

  /** What was found and wanted, to be put after the place: {@code is missing, want a number}. */
  public String problem() {
    return problem;
  }
}
