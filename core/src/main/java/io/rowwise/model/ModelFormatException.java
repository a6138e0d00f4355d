package io.rowwise.model;

import java.io.IOException;

/**
 * The file is not a model that can be read here. The message says which file, what was found, what
 * was wanted and, where something can be done, what to do.
 */
public final class ModelFormatException extends IOException {
  private static final long serialVersionUID = 1L;

  /** What was found, and what was wanted. */
  public ModelFormatException(String message) {
    super(message);
  }

  /** What was found, what was wanted, and what led to it. */
  public ModelFormatException(String message, Throwable cause) {
    super(message, cause);
  }
}
