package io.rowwise.backend.cuda;

/**
 * The device stopped working for this process: a kernel of somebody's crashed, or the hardware
 * failed. CUDA answers every later call with the same error, so the backend makes no more. Close it
 * and its matrices, and open another backend; on the same device that may take a new process.
 */
public final class DeviceLostException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  DeviceLostException(String device, DriverException cause) {
    super(
        "%s is lost: %s; close this backend and open another, in a new process if it is to be the same device"
            .formatted(device, cause.getMessage()),
        cause);
  }
}
