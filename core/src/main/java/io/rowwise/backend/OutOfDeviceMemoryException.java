package io.rowwise.backend;

/** A device has not enough memory for a matrix. */
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
    super(
        "%s: a matrix of %d bytes was asked for, %d bytes are available; close matrices that are not needed, or use smaller ones"
            .formatted(device, requestedBytes, availableBytes));
    this.requestedBytes = requestedBytes;
    this.availableBytes = availableBytes;
  }

  /** How much was asked for. */
  public long requestedBytes() {
    return requestedBytes;
  }

  /** How much there was. */
  public long availableBytes() {
    return availableBytes;
  }
}
