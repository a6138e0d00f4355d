package io.rowwise.dataset;

import java.io.Closeable;
import java.io.IOException;

/** The values of an array in a file, some rows at a time. Not thread-safe. */
interface ArrayValues extends Closeable {
  /**
   * Those of the next rows, row-major, in an array of the type's own.
   *
   * @param count 1 or more, which there are
   */
  Object next(int count) throws IOException;

  /** Checks that nothing follows the last row. */
  void requireEnd() throws IOException;

  /** How many bytes of the file are read. */
  long bytesRead();

  /** How many bytes the file has, or -1 if that is unknown. */
  long size();
}
