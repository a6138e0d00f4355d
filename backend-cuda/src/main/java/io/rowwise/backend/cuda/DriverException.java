package io.rowwise.backend.cuda;

/** A call of CUDA's driver API failed; the message names the call and the driver's error. */
public final class DriverException extends RuntimeException {
  /** {@code CUDA_ERROR_OUT_OF_MEMORY}. */
  public static final int OUT_OF_MEMORY = 2;

  /** {@code CUDA_ERROR_NO_DEVICE}. */
  public static final int NO_DEVICE = 100;

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
}
