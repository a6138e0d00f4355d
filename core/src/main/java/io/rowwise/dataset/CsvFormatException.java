package io.rowwise.dataset;

import java.io.IOException;

/**
 * The text is not a table of comma-separated values that can be read here. The message says which
 * file, line and column, what was found, what was wanted and, where something can be done, what to
 * do. Lines are counted from 1, and it is the one in which the record starts.
 */
public final class CsvFormatException extends IOException {
  private static final long serialVersionUID = 1L;

  /** What was found, and what was wanted. */
  public CsvFormatException(String message) {
    super(message);
  }

  /** What was found, what was wanted, and what led to it. */
  public CsvFormatException(String message, Throwable cause) {
    super(message, cause);
  }
}
