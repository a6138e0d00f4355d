package io.rowwise.benchmarks.pytorch;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.jni.JniUtils;
import ai.djl.util.Platform;
import java.util.Optional;

/**
 * The PyTorch in this process: whether it can be used, and how it runs.
 *
 * <p>Its libraries come from the class path; the first start unpacks them (430 MB) to {@code
 * DJL_CACHE_DIR}, or to {@code .djl.ai} in the user's home directory. Nothing is downloaded and
 * nothing is reported to anybody, unless {@code ai.djl.offline} is set to false beforehand.
 *
 * <p>PyTorch divides one operation among as many threads as it finds useful; {@code
 * -Dai.djl.pytorch.num_threads=N}, set before the first use, makes it N.
 */
public final class PyTorch {
  private PyTorch() {}

  /**
   * Starts PyTorch, the first time it is asked.
   *
   * @return empty when PyTorch can be used, otherwise one line that says why not
   */
  public static Optional<String> unavailableReason() {
    return Start.REASON;
  }

  /**
   * Which PyTorch this is, such as {@code 2.7.1}.
   *
   * @throws IllegalStateException where PyTorch is unavailable
   */
  public static String version() {
    return engine().getVersion();
  }

  /**
   * How many threads PyTorch divides one operation among.
   *
   * @throws IllegalStateException where PyTorch is unavailable
   */
  public static int threads() {
    engine();
    return JniUtils.getNumThreads();
  }

  static Engine engine() {
    Optional<String> reason = unavailableReason();
    if (reason.isPresent()) {
      throw new IllegalStateException(reason.get());
    }
    return Engine.getEngine("PyTorch");
  }

  static NDManager newManager() {
    return engine().newBaseManager(Device.cpu());
  }

  /** Runs once, when its result is first asked for. */
  private static final class Start {
    static final Optional<String> REASON = start();

    private static Optional<String> start() {
      if (System.getProperty("ai.djl.offline") == null) {
        System.setProperty("ai.djl.offline", "true");
      }
      try {
        Engine.getEngine("PyTorch");
        return Optional.empty();
      } catch (RuntimeException | LinkageError | AssertionError failure) {
        return Optional.of("PyTorch is unavailable: " + reason(failure));
      }
    }

    private static String reason(Throwable failure) {
      try {
        Platform found = Platform.detectPlatform("pytorch");
        if (found.isPlaceholder()) {
          return "the class path has no library of it for "
              + found.getClassifier()
              + "; DJL publishes one for linux-x86_64, linux-aarch64, osx-aarch64 and win-x86_64";
        }
      } catch (RuntimeException | LinkageError | AssertionError undetected) {
        failure.addSuppressed(undetected);
      }
      Throwable cause = failure;
      while (cause.getCause() != null) {
        cause = cause.getCause();
      }
      return cause.toString().lines().findFirst().orElseThrow();
    }
  }
}
