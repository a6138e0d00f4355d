package io.rowwise.backend.cuda.library;

/**
 * A library of the CUDA toolkit is not there or not as it must be; the message is one line.
 *
 * <p>Public for the packages beside this one; programs do not use it.
 */
public final class LibraryMissingException extends Exception {
  private static final long serialVersionUID = 1L;

  /** For one that is not there. */
  public LibraryMissingException(String reason) {
    super(reason);
  }

  /** For one that is not as it must be. */
  public LibraryMissingException(String reason, Throwable cause) {
    super(reason, cause);
  }
}
