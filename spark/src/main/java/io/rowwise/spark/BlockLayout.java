package io.rowwise.spark;

import java.io.Serializable;
import java.util.Arrays;
import java.util.Locale;

/**
 * Which rows make which block, and which partition it belongs to: that where its first row lies.
 * Blocks have the same rows for any partitioning. Immutable.
 */
final class BlockLayout implements Serializable {
  private static final long serialVersionUID = 1;

  /** Of a block of float64, 4 MB: enough for a product, few enough to share out. */
  private static final int ELEMENTS = 1 << 19;

  private static final int MOST_ROWS = 8192;

  /** So many blocks, if there are as many rows, keep a small cluster's cores busy. */
  private static final int WANTED_BLOCKS = 64;

  private static final int FEWEST_ROWS = 64;

  private final long[] starts;
  private final int blockRows;

  /**
   * @param starts the first row of each partition, and the number of all rows
   */
  BlockLayout(long[] starts, int blockRows) {
    this.starts = starts;
    this.blockRows = blockRows;
    if (rows() / blockRows >= Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "fit: %d rows make too many blocks of %d; set a larger blockRows",
              rows(),
              blockRows));
    }
  }

  /**
   * How many rows a block of such data has, unless somebody says so.
   *
   * @param values how many a row has, without zeros that are left out
   */
  static int blockRows(long rows, int values) {
    long shared = Math.max(FEWEST_ROWS, (rows + WANTED_BLOCKS - 1) / WANTED_BLOCKS);
    return (int) Math.max(1, Math.min(Math.min(shared, MOST_ROWS), ELEMENTS / values));
  }

  int blockRows() {
    return blockRows;
  }

  long rows() {
    return starts[starts.length - 1];
  }

  int blocks() {
    return (int) ((rows() + blockRows - 1) / blockRows);
  }

  int partitions() {
    return starts.length - 1;
  }

  long start(int partition) {
    return starts[partition];
  }

  long count(int partition) {
    return starts[partition + 1] - starts[partition];
  }

  /** How many rows a block has; the last may have fewer than the others. */
  int rows(int block) {
    return (int) Math.min(blockRows, rows() - (long) block * blockRows);
  }

  /** How many of a partition's first rows belong to a block of a partition before. */
  int head(int partition) {
    long missing = Math.floorMod(-starts[partition], (long) blockRows);
    return (int) Math.min(missing, count(partition));
  }

  /** The block of a partition's first row. */
  int firstBlock(int partition) {
    return (int) (starts[partition] / blockRows);
  }

  /** The partition in which a block's first row lies. */
  int owner(int block) {
    long row = (long) block * blockRows;
    int found = Arrays.binarySearch(starts, row);
    if (found < 0) {
      return -found - 2;
    }
    // Of several that start there, the one that is not empty is the last.
    while (starts[found + 1] == row) {
      found++;
    }
    return found;
  }
}
