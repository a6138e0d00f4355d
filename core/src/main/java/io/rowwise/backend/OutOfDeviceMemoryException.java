package io.rowwise.backend;

import java.util.Locale;

/** A device has not enough memory for a matrix, or for what its driver needs itself. */
public final class OutOfDeviceMemoryException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final long requestedBytes;
  private final long availableBytes;

  /**
   * @param device the device's id
   * @param requestedBytes how much was asked for
   * @param availableBytes how much there is
   */
  public OutOfDeviceMemoryException(String device, long requestedBytes, long availableBytes) {
    this(device, requestedBytes, availableBytes, "");
  }

  /**
   * For a limit of what a backend's matrices may take in all.
   *
   * @param device the device's id
   * @param requestedBytes how much was asked for; the largest long if it was more
   * @param usedBytes how much this backend's matrices take
   * @param allowedBytes how much they may take
   */
  public OutOfDeviceMemoryException(
      String device, long requestedBytes, long usedBytes, long allowedBytes) {
    super(
        String.format(
            Locale.ROOT,
            "%s: a matrix of %d bytes was asked for, this backend's matrices take %d of the %d"
                + " bytes that they may; close matrices that are not needed, use smaller ones, or"
                + " allow more (-Drowwise.%s.memory)",
            device,
            requestedBytes,
            usedBytes,
            allowedBytes,
            device.replaceFirst(":.*", "")));
    this.requestedBytes = requestedBytes;
    this.availableBytes = Math.max(0, allowedBytes - usedBytes);
  }

  /**
   * For a backend that keeps freed memory for its next matrices, and has given that back before it
   * throws this.
   *
   * @param device the device's id
   * @param requestedBytes how much was asked for
   * @param availableBytes how much there is, with what was kept
   * @param keptBytes how much was kept
   * @param usedBytes how much this backend's matrices take
   */
  public OutOfDeviceMemoryException(
      String device, long requestedBytes, long availableBytes, long keptBytes, long usedBytes) {
    this(
        device,
        requestedBytes,
        availableBytes,
        String.format(
            Locale.ROOT,
            " (%d of them were kept for reuse and have been given back), this backend's matrices"
                + " take %d",
            keptBytes,
            usedBytes));
  }

  /**
   * For a driver that has no memory for its own work: to start a kernel, say.
   *
   * @param device the device's id
   * @param cause what the driver said
   */
  public OutOfDeviceMemoryException(String device, RuntimeException cause) {
    super(
        "%s has no memory left for its driver: %s; close matrices that are not needed, or use smaller ones"
            .formatted(device, cause.getMessage()),
        cause);
    this.requestedBytes = 0;
    this.availableBytes = 0;
  }

  private OutOfDeviceMemoryException(
      String device, long requestedBytes, long availableBytes, String more) {
    super(
        String.format(
            Locale.ROOT,
            "%s: a matrix of %d bytes was asked for, %d bytes are available%s; close matrices that"
                + " are not needed, or use smaller ones",
            device,
            requestedBytes,
            availableBytes,
            more));
    this.requestedBytes = requestedBytes;
    this.availableBytes = availableBytes;
  }

  /** How much was asked for; 0 where it was the driver that asked. */
  public long requestedBytes() {
    return requestedBytes;
  }

  /** How much there was; 0 where it was the driver that asked. */
  public long availableBytes() {
    return availableBytes;
  }
}
