package io.rowwise.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class SparseRowsTest {
  private static SparseRows example() {
    SparseRows.Builder builder = new SparseRows.Builder(3, 4);
    builder.add(2, 0, 5);
    builder.add(0, 1, 6);
    builder.add(1, 1, 0);
    builder.add(0, 3, 7);
    return builder.build();
  }

  @Test
  void valuesComeInAnyOrderOfRowsAndZerosAreNotKept() {
    SparseRows rows = example();
    assertEquals("SparseRows[3x4, 3 values]", rows.toString());
    assertArrayEquals(new double[] {0, 6, 0, 7, 0, 0, 0, 0, 5, 0, 0, 0}, rows.dense());
  }

  @Test
  void someRowsAreAView() {
    SparseRows last = example().rows(1, 3).rows(1, 2);
    assertEquals("SparseRows[1x4, 1 values]", last.toString());
    assertArrayEquals(new double[] {5, 0, 0, 0}, last.dense());
    assertThrows(IndexOutOfBoundsException.class, () -> last.rows(0, 2));
  }

  @Test
  void moreValuesThanTheFirstCapacity() {
    SparseRows.Builder builder = new SparseRows.Builder(50, 100);
    for (int column = 0; column < 100; column++) {
      for (int row = 49; row >= 0; row--) {
        builder.add(row, column, row * 100 + column);
      }
    }
    double[] dense = builder.build().dense();
    for (int i = 0; i < dense.length; i++) {
      assertEquals(i, dense[i]);
    }
  }

  @Test
  void whatDoesNotFitIsRefused() {
    double[] two = {1, 2};
    for (int[] columns : new int[][] {{1, 1}, {1, 0}, {0, 3}, {-1, 0}, {0}}) {
      assertThrows(
          IllegalArgumentException.class, () -> SparseRows.of(3, new int[] {0, 2}, columns, two));
    }
    for (int[] starts : new int[][] {{}, {0, 1}, {1, 2}, {0, 3, 2}}) {
      assertThrows(
          IllegalArgumentException.class, () -> SparseRows.of(3, starts, new int[] {0, 1}, two));
    }
  }

  /** Of some of the rows, with a column that has no value, and back. */
  @Test
  void theColumnsAsRows() {
    SparseRows all =
        SparseRows.of(
            4, new int[] {0, 1, 3, 3, 5}, new int[] {0, 1, 3, 0, 3}, new double[] {9, 1, 2, 3, 4});
    SparseRows some = all.rows(1, 4);
    SparseRows columns = some.transposed();

    assertEquals(4, columns.rows());
    assertEquals(3, columns.columns());
    assertArrayEquals(new double[] {0, 0, 3, 1, 0, 0, 0, 0, 0, 2, 0, 4}, columns.dense());
    assertArrayEquals(some.dense(), columns.transposed().dense());
  }

  @Test
  void theSameRowsAreKnown() {
    SparseRows all = SparseRows.of(2, new int[] {0, 1, 2}, new int[] {0, 1}, new double[] {1, 2});

    assertTrue(all.hasRowsOf(all.rows(0, 2)));
    assertTrue(all.rows(1, 2).hasRowsOf(all.rows(1, 2)));
    assertFalse(all.rows(0, 1).hasRowsOf(all));
    assertFalse(all.rows(0, 1).hasRowsOf(all.rows(1, 2)));
    assertFalse(all.hasRowsOf(all.transposed()));
  }
}
