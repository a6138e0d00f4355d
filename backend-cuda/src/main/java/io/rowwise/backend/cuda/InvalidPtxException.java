package io.rowwise.backend.cuda;

/**
 * A PTX text cannot be loaded: it is not PTX, or the driver refuses it; the cause says which. The
 * message says where or why.
 */
public final class InvalidPtxException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  InvalidPtxException(String message, RuntimeException cause) {
    super(message, cause);
  }
}
