package io.rowwise.backend.library;

import java.io.IOException;

/** A file is not a shared library as this package can read it; the message says what is wrong. */
public final class ElfFormatException extends IOException {
  private static final long serialVersionUID = 1L;

  ElfFormatException(String file, String message) {
    super(file + ": " + message);
  }
}
