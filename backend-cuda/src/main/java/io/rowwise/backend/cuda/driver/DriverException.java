package io.rowwise.backend.cuda.driver;

import java.util.Set;

/**
 * A call of CUDA's driver API or of cuBLAS failed; the message names the call and the error. The
 * two libraries number their errors each in its own way, so a number means nothing without {@link
 * #library}.
 */
public final class DriverException extends RuntimeException {
  /** {@code CUDA_ERROR_OUT_OF_MEMORY}. */
  public static final int OUT_OF_MEMORY = 2;

  /** {@code CUDA_ERROR_NO_DEVICE}. */
  public static final int NO_DEVICE = 100;

  /** {@code CUDA_ERROR_UNSUPPORTED_PTX_VERSION}. */
  public static final int UNSUPPORTED_PTX_VERSION = 222;

  /** {@code CUDA_ERROR_COOPERATIVE_LAUNCH_TOO_LARGE}. */
  public static final int COOPERATIVE_LAUNCH_TOO_LARGE = 720;

  /** What the driver says of PTX or of a binary that is not for it or not for the device. */
  private static final Set<Integer> REFUSED_IMAGES =
      Set.of(
          200, // CUDA_ERROR_INVALID_IMAGE
          209, // CUDA_ERROR_NO_BINARY_FOR_GPU
          218, // CUDA_ERROR_INVALID_PTX
          UNSUPPORTED_PTX_VERSION,
          300); // CUDA_ERROR_INVALID_SOURCE

  private static final int CUBLAS_ALLOC_FAILED = 3;

  private static final long serialVersionUID = 1L;

  /** Whose number an error's is. */
  public enum Library {
    /** CUDA's driver, with a {@code CUresult}. */
    DRIVER,
    /** cuBLAS, with a {@code cublasStatus_t}. */
    CUBLAS
  }

  private final Library library;
  private final int code;

  /**
   * An error of the driver.
   *
   * @param call the function that was called: {@code cuInit}
   * @param code its result, a {@code CUresult} other than 0
   * @param name that result's name: {@code CUDA_ERROR_NO_DEVICE}
   */
  public DriverException(String call, int code, String name) {
    this(Library.DRIVER, call, code, name, "");
  }

  /**
   * @param call the function that was called
   * @param code its result, other than 0
   * @param name that result's name
   * @param log what the library has to say about it, or nothing
   */
  public DriverException(Library library, String call, int code, String name, String log) {
    super(call + " failed with " + name + " (" + code + ")" + (log.isEmpty() ? "" : ": " + log));
    this.library = library;
    this.code = code;
  }

  /** Which library's error it is. */
  public Library library() {
    return library;
  }

  /** The result, other than 0, as {@link #library} numbers them. */
  public int code() {
    return code;
  }

  /** Whether the device cannot run all blocks of a launch at the same time. */
  public boolean isTooLargeToCooperate() {
    return library == Library.DRIVER && code == COOPERATIVE_LAUNCH_TOO_LARGE;
  }

  /** Whether a module did not load for what it is loaded from, and not for the device's state. */
  public boolean isRefusedImage() {
    return library == Library.DRIVER && REFUSED_IMAGES.contains(code);
  }

  /** Whether it is this error of the driver. */
  boolean is(int driverCode) {
    return library == Library.DRIVER && code == driverCode;
  }

  /** Whether there was not enough memory on the device. */
  boolean isOutOfMemory() {
    return is(OUT_OF_MEMORY) || (library == Library.CUBLAS && code == CUBLAS_ALLOC_FAILED);
  }
}
