package io.rowwise.backend.cuda;

/**
 * There is no compiler for CUDA C++ on this machine. The message says in one line what was looked
 * for and how to get it. PTX needs none.
 */
public final class CompilerUnavailableException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  CompilerUnavailableException(String reason) {
    super(reason);
  }

  CompilerUnavailableException(String reason, Throwable cause) {
    super(reason, cause);
  }
}
