package io.rowwise.backend.cpu.elementwise;

import io.rowwise.backend.Matrix;
import io.rowwise.backend.cpu.loops.Loops;
import io.rowwise.backend.cpu.memory.CpuStorage;
import io.rowwise.backend.cpu.memory.Scratch;
import io.rowwise.backend.cpu.parallel.Tiles;

/**
 * Tiles of an operand, repeated to the shape of the result where it is one row, one column or one
 * number. For one thread at a time.
 *
 * @param <A> {@code float[]} or {@code double[]}
 */
final class Operand<A> {
  private final Loops<A> loops;
  private final Matrix matrix;
  private final boolean isRow;
  private final boolean isColumn;
  private final long start;
  private final A values;
  private final A column;
  private int rowsThere;

  /** A number. */
  Operand(Loops<A> loops, Scratch scratch, double number) {
    this.loops = loops;
    this.matrix = null;
    this.start = 0;
    this.isRow = true;
    this.isColumn = true;
    this.values = loops.array(scratch, Tiles.ELEMENTS);
    this.column = null;
    loops.fill(values, 0, Tiles.ELEMENTS, number);
  }

  /** A matrix, with as many rows and columns as the result or one of them. */
  Operand(Loops<A> loops, Scratch scratch, Matrix matrix, Matrix out) {
    this.loops = loops;
    this.matrix = matrix;
    this.start = CpuStorage.address(matrix, 0);
    this.isRow = matrix.rows() == 1 && out.rows() > 1;
    this.isColumn = matrix.columns() == 1 && out.columns() > 1;
    this.values = loops.array(scratch, Tiles.ELEMENTS);
    this.column = loops.array(scratch, isColumn ? Tiles.ELEMENTS : 0);
    if (isRow && isColumn) {
      loops.load(matrix, 0, 1, column);
      loops.fill(values, 0, Tiles.ELEMENTS, loops.get(column, 0));
    }
  }

  /** Whether {@link #load(long, int)} has its elements: it is a number, or gapless and as large. */
  boolean isGapless() {
    return matrix == null
        || (!isRow && !isColumn && CpuStorage.isGapless(matrix) && matrix.type() == loops.type());
  }

  /**
   * Elements that lie one after the other, until the next call.
   *
   * @param offset of the first from that of the matrix, in bytes
   */
  A load(long offset, int count) {
    if (matrix != null) {
      loops.load(start + offset, values, count);
    }
    return values;
  }

  /** The elements of a tile, until the next call. */
  A load(int firstRow, int rows, int firstColumn, int columns) {
    if (isRow && isColumn) {
      return values;
    }
    if (isColumn) {
      loops.load(matrix, firstRow, rows, column);
      for (int row = 0; row < rows; row++) {
        loops.fill(values, row * columns, (row + 1) * columns, loops.get(column, row));
      }
    } else if (!isRow) {
      loops.load(matrix, firstRow, rows, firstColumn, columns, values);
    } else if (columns < matrix.columns() || rowsThere < rows) {
      loops.load(matrix, 0, 1, firstColumn, columns, values);
      Loops.repeat(values, columns, rows);
      rowsThere = rows;
    }
    return values;
  }
}
