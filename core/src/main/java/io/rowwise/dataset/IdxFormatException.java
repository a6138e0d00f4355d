package io.rowwise.dataset;

import java.io.IOException;

/**
 * The bytes are not an IDX file that can be read here. The message says which file, what was found
 * and what was wanted.
 */
public final class IdxFormatException extends IOException {
  private static final long serialVersionUID = 1L;

  /** What was found, and what was wanted. */
  public IdxFormatException(String message) {
    super(message);
  }

  /** What was found, what was wanted, and what led to it. */
  public IdxFormatException(String message, Throwable cause) {
    super(message, cause);
  }
}
