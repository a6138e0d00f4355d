package io.rowwise.dataset;

import java.io.IOException;

/**
 * The text is not of LIBSVM's format. The message says which file and line, counted from 1, what
 * was found and what was wanted.
 */
public final class LibSvmFormatException extends IOException {
  private static final long serialVersionUID = 1L;

  /** What was found, and what was wanted. */
  public LibSvmFormatException(String message) {
    super(message);
  }

  /** What was found, what was wanted, and what led to it. */
  public LibSvmFormatException(String message, Throwable cause) {
    super(message, cause);
  }
}
