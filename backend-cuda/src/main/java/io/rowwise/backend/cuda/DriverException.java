package io.rowwise.backend.cuda;

import java.util.Set;

/** A call of CUDA's driver API failed; the message names the call and the driver's error. */
public final class DriverException extends RuntimeException {
  /** {@code CUDA_ERROR_OUT_OF_MEMORY}. */
  public static final int OUT_OF_MEMORY = 2;

  /** {@code CUDA_ERROR_NO_DEVICE}. */
  public static final int NO_DEVICE = 100;

  /** {@code CUDA_ERROR_UNSUPPORTED_PTX_VERSION}. */
  static final int UNSUPPORTED_PTX_VERSION = 222;

  /** What the driver says of PTX or of a binary that is not for it or not for the device. */
  private static final Set<Integer> REFUSED_IMAGES =
      Set.of(
          200, // CUDA_ERROR_INVALID_IMAGE
          209, // CUDA_ERROR_NO_BINARY_FOR_GPU
          218, // CUDA_ERROR_INVALID_PTX
          UNSUPPORTED_PTX_VERSION,
          300); // CUDA_ERROR_INVALID_SOURCE

  private static final long serialVersionUID = 1L;

  private final int code;

  /**
   * @param call the function that was called: {@code cuInit}
   * @param code its result, a {@code CUresult} other than 0
   * @param name that result's name: {@code CUDA_ERROR_NO_DEVICE}
   */
  public DriverException(String call, int code, String name) {
    super(call + " failed with " + name + " (" + code + ")");
    this.code = code;
  }

  /** The driver's result, a {@code CUresult} other than 0. */
  public int code() {
    return code;
  }

  /** Whether a module did not load for what it is loaded from, and not for the device's state. */
  boolean isRefusedImage() {
    return REFUSED_IMAGES.contains(code);
  }
}
