package io.rowwise.trainer;

import java.nio.file.Path;

/**
 * Where rows are kept that do not fit into memory.
 *
 * @param folder of the file
 * @param blockBytes how much of it is looked at at once, at most
 */
record DiskSpace(Path folder, long blockBytes) {
  /** So many that a block's own work counts for nothing, and that a map has them. */
  private static final long BLOCK_BYTES = 1 << 28;

  /** With blocks of 256 MB. */
  DiskSpace(Path folder) {
    this(folder, BLOCK_BYTES);
  }
}
