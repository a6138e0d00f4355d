package io.rowwise.backend;

/**
 * A device stopped working for this process: a kernel crashed, or the hardware failed. The driver
 * answers every later call with the same error, so the backend makes no more. Close it and its
 * matrices, and open another backend; on the same device that may take a new process.
 */
public final class DeviceLostException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * @param device the device's id
   * @param cause what the driver said when it was lost
   */
  public DeviceLostException(String device, RuntimeException cause) {
    super(
        "%s is lost: %s; close this backend and open another, in a new process if it is to be the same device"
            .formatted(device, cause.getMessage()),
        cause);
  }
}
