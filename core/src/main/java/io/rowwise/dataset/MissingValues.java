package io.rowwise.dataset;

/** What stands for a cell that has no value, when the cells of a table become numbers. */
public enum MissingValues {
  /** Nothing: such a cell is an error. */
  ERROR,

  /** The mean of the column's numbers; where words are missing, a 0 for each of them. */
  MEAN,

  /**
   * The median of the column's numbers, which is between the two middle ones if they are even in
   * number; where words are missing, a 0 for each of them.
   */
  MEDIAN
}
