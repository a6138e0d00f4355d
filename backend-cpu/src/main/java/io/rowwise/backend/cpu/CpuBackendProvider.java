package io.rowwise.backend.cpu;

import io.rowwise.backend.Backend;
import io.rowwise.backend.BackendOptions;
import io.rowwise.backend.BackendProvider;
import io.rowwise.backend.BackendUnavailableException;
import io.rowwise.backend.Settings;
import io.rowwise.backend.cpu.blas.OpenBlasLoader;
import io.rowwise.backend.cpu.memory.CpuMemory;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/**
 * Finds the CPU, wherever OpenBLAS has native libraries for the platform.
 *
 * <p>Some things are decided by system properties. A value that is not one of these is an {@link
 * IllegalArgumentException}.
 *
 * <ul>
 *   <li>{@code rowwise.cpu.threads}: how many threads may work for one caller at once, itself
 *       included, where the {@link BackendOptions} say nothing; by default as many as the JVM has
 *       processors. With 1 no thread is ever started. The others belong to the backend and end when
 *       it is closed. Results are the same, bit for bit, for any number.
 *   <li>{@code rowwise.cpu.memory}: how much memory the matrices of one backend may take in all, in
 *       bytes, such as {@code 4000m} or {@code 4g}. By default what the machine or its container
 *       has less the largest heap and a little for the JVM, but at least a quarter.
 *   <li>{@code rowwise.cpu.avx512}: {@code true}, as by default, or {@code false}, with which
 *       OpenBLAS chooses its kernels itself. By default those for AVX-512 are chosen, on Linux and
 *       a processor that has it, unless the environment variable {@code OPENBLAS_CORETYPE} names
 *       others.
 *   <li>{@code rowwise.natives.directory}: where native libraries are kept from process to process
 *       and loaded from, about 35 MB. By default {@code rowwise} in the user's cache, which is
 *       {@code XDG_CACHE_HOME} or {@code .cache} in {@code user.home}. It has to be on a file
 *       system whose code may be run, and no other user may be able to change it. Where the default
 *       cannot be used, they are unpacked by each process into a directory of its own below {@code
 *       java.io.tmpdir}, which is gone once they are loaded.
 *   <li>{@code rowwise.cpu.openblas}: {@code private}, by default on Linux, or {@code shared}, by
 *       default elsewhere; see below.
 * </ul>
 *
 * <p>On Linux OpenBLAS is a copy that is private to the class loader of this class: its one thread
 * and its kernels are nobody else's, JavaCPP's classes, thread and limits play no part, and it is
 * unloaded when the class loader is collected. What the process's other libraries do with an
 * OpenBLAS of theirs changes nothing here. One thing comes before that: a library that was loaded
 * for all others in the process, by {@code LD_PRELOAD} say, as {@link
 * io.rowwise.backend.Backend#describe} then tells.
 *
 * <p>A shared OpenBLAS is that of JavaCPP's classes, which ND4J uses as well. The number of its
 * threads is 1 while a backend is open, for the whole process, and what it was before once the last
 * is closed; its kernels are what the process has; JavaCPP's limit of memory ({@code
 * org.bytedeco.javacpp.maxPhysicalBytes}) holds, and its thread that frees memory keeps the class
 * loader of JavaCPP's classes alive.
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
    return open(index, BackendOptions.defaults());
  }

  @Override
  public Backend open(OptionalInt index, BackendOptions options) {
    if (index.isPresent() && index.getAsInt() != 0) {
      throw new BackendUnavailableException(
          "there is one CPU, cpu; its cores are not chosen by number");
    }
    int threads = options.threads().orElseGet(CpuBackendProvider::threadsOfProperty);
    CpuMemory memory = CpuMemory.of(CpuMemory.PROPERTY);
    try {
      return new CpuBackend(threads, memory);
    } catch (BackendUnavailableException | IllegalArgumentException e) {
      // Of a property, or with a remedy of its own.
      throw e;
    } catch (LinkageError | RuntimeException e) {
      throw new BackendUnavailableException(
          "the CPU backend did not load (" + rootOf(e) + "); is all of rowwise-backend-cpu there?",
          e);
    }
  }

  private static int threadsOfProperty() {
    return Settings.count(THREADS, 1, MOST_THREADS)
        .orElseGet(() -> Runtime.getRuntime().availableProcessors());
  }

  @Override
  public List<String> properties() {
    List<String> properties = new ArrayList<>(OpenBlasLoader.properties());
    properties.add(THREADS);
    properties.add(CpuMemory.PROPERTY);
    return properties;
  }

  private static Throwable rootOf(Throwable e) {
    Throwable root = e;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return root;
  }
}
