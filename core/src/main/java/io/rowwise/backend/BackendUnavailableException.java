package io.rowwise.backend;

/** The device that was asked for cannot be used; the message is one line that says why. */
public final class BackendUnavailableException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * @param reason one line, without the backend's name
   */
  public BackendUnavailableException(String reason) {
    super(reason);
  }

  /**
   * @param reason one line, without the backend's name
   * @param cause what was thrown when the device was tried
   */
  public BackendUnavailableException(String reason, Throwable cause) {
    super(reason, cause);
  }
}
