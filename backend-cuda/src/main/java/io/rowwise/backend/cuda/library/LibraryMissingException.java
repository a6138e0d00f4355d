package io.rowwise.backend.cuda.library;

/** A library of the CUDA toolkit is not there or not as it must be; the message is one line. */
public final class LibraryMissingException extends Exception {
  private static final long serialVersionUID = 1L;

  LibraryMissingException(String reason) {
    super(reason);
  }

  LibraryMissingException(String reason, Throwable cause) {
    super(reason, cause);
  }
}
