package io.rowwise.backend.cpu;

import io.rowwise.backend.Backend;
import io.rowwise.backend.BackendProvider;
import io.rowwise.backend.BackendUnavailableException;
import java.util.Locale;
import java.util.OptionalInt;

/**
 * Finds the CPU, wherever JavaCPP and OpenBLAS have native libraries for the platform.
 *
 * <p>Two things are decided by system properties:
 *
 * <ul>
 *   <li>{@code rowwise.cpu.threads}: how many threads may work for one caller at once, itself
 *       included; by default as many as the JVM has processors. With 1 no thread is ever started.
 *       The others belong to the backend and end when it is closed. Results are the same, bit for
 *       bit, for any number.
 *   <li>{@code rowwise.cpu.avx512}: with {@code false}, OpenBLAS chooses its kernels itself. By
 *       default, on Linux and a processor with AVX-512, and unless it is set already, the
 *       environment variable {@code OPENBLAS_CORETYPE} is set to {@code SkylakeX} for native code
 *       before OpenBLAS is loaded. Java's {@code System.getenv} and {@code ProcessBuilder} do not
 *       see it.
 * </ul>
 *
 * <p>Opening a backend sets the number of OpenBLAS's own threads to 1, for the whole process.
 */
public final class CpuBackendProvider implements BackendProvider {
  private static final String THREADS = "rowwise.cpu.threads";
  private static final int MOST_THREADS = 1024;

  /** Costs nothing; {@link #open} loads OpenBLAS. */
  public CpuBackendProvider() {}

  @Override
  public String name() {
    return "cpu";
  }

  @Override
  public int priority() {
    return 0;
  }

  @Override
  public Backend open(OptionalInt index) {
    if (index.isPresent() && index.getAsInt() != 0) {
      throw new BackendUnavailableException(
          "there is one CPU, cpu; its cores are not chosen by number");
    }
    int threads = threads();
    try {
      return new CpuBackend(threads);
    } catch (LinkageError | RuntimeException e) {
      throw new BackendUnavailableException(
          "OpenBLAS did not load on %s %s (%s); add org.bytedeco's javacpp and openblas with the classifier of this platform"
              .formatted(System.getProperty("os.name"), System.getProperty("os.arch"), rootOf(e)),
          e);
    }
  }

  private static int threads() {
    String given = System.getProperty(THREADS);
    if (given == null) {
      return Runtime.getRuntime().availableProcessors();
    }
    try {
      int threads = Integer.parseInt(given.strip());
      if (threads >= 1 && threads <= MOST_THREADS) {
        return threads;
      }
    } catch (NumberFormatException e) {
      // Told below, like every other value that is not one of these.
    }
    throw new IllegalArgumentException(
        String.format(
            Locale.ROOT,
            "-D%s=%s: wanted a whole number from 1 to %d",
            THREADS,
            given,
            MOST_THREADS));
  }

  private static Throwable rootOf(Throwable e) {
    Throwable root = e;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return root;
  }
}
