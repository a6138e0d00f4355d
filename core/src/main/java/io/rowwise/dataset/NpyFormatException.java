package io.rowwise.dataset;

import java.io.IOException;

/**
 * The bytes are not a {@code .npy} array that can be read here. The message says what was found and
 * what was wanted, and which file it was in where that is known.
 */
public final class NpyFormatException extends IOException {
  /** What was found, and what was wanted. */
  public NpyFormatException(String message) {
    super(message);
  }

  /** What was found, what was wanted, and what led to it. */
  public NpyFormatException(String message, Throwable cause) {
    super(message, cause);
  }
}
