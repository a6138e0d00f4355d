package io.rowwise.backend.cuda;

/**
 * A PTX text cannot be loaded: it is not PTX, or the driver refuses it, which is then the cause.
 * The message says where or why.
 */
public final class InvalidPtxException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  InvalidPtxException(String message) {
    super(message);
  }

  InvalidPtxException(String message, DriverException cause) {
    super(message, cause);
  }
}
