package io.rowwise.trainer;

import io.rowwise.kernel.SparseRows;

/** Where rows without their zeros are: in memory, or in a file of which some are in memory. */
interface SparseSource {
  /** How many there are. */
  int count();

  /** How many features a row has with its zeros. */
  int features();

  /** Behind which of some rows, of which there is one at least, not more are given at once. */
  int end(int from, int to);

  /** Some rows, which may be asked for at once. */
  SparseRows rows(int from, int to);

  /** Rows in memory, all of which are given at once. */
  static SparseSource of(SparseRows rows) {
    return new SparseSource() {
      @Override
      public int count() {
        return rows.rows();
      }

      @Override
      public int features() {
        return rows.columns();
      }

      @Override
      public int end(int from, int to) {
        return to;
      }

      @Override
      public SparseRows rows(int from, int to) {
        return rows.rows(from, to);
      }
    };
  }
}
