package io.rowwise.backend.cpu;

import io.rowwise.backend.Backend;
import io.rowwise.backend.BackendProvider;
import io.rowwise.backend.BackendUnavailableException;
import io.rowwise.backend.Settings;
import java.util.List;
import java.util.OptionalInt;

/**
 * Finds the CPU, wherever JavaCPP and OpenBLAS have native libraries for the platform.
 *
 * <p>These things are decided by system properties:
 *
 * <ul>
 *   <li>{@code rowwise.cpu.threads}: how many threads may work for one caller at once, itself
 *       included; by default as many as the JVM has processors. With 1 no thread is ever started.
 *       The others belong to the backend and end when it is closed. Results are the same, bit for
 *       bit, for any number.
 *   <li>{@code rowwise.cpu.memory}: how much memory the matrices of one backend may take in all, in
 *       bytes, such as {@code 4000m} or {@code 4g}. By default what the machine or its container
 *       has less the largest heap and a little for the JVM, but at least a quarter.
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
    int threads =
        Settings.count(THREADS, 1, MOST_THREADS)
            .orElseGet(() -> Runtime.getRuntime().availableProcessors());
    CpuMemory memory = CpuMemory.ofProperty();
    try {
      return new CpuBackend(threads, memory);
    } catch (IllegalArgumentException e) {
      // Of a property, which is not to be taken for a platform without OpenBLAS.
      throw e;
    } catch (LinkageError | RuntimeException e) {
      throw new BackendUnavailableException(
          "OpenBLAS did not load on %s %s (%s); add org.bytedeco's javacpp and openblas with the classifier of this platform"
              .formatted(System.getProperty("os.name"), System.getProperty("os.arch"), rootOf(e)),
          e);
    }
  }

  @Override
  public List<String> properties() {
    return List.of(THREADS, CpuMemory.PROPERTY, OpenBlasCore.PROPERTY);
  }

  private static Throwable rootOf(Throwable e) {
    Throwable root = e;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return root;
  }
}
