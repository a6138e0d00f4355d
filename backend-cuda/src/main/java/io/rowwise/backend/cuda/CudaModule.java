package io.rowwise.backend.cuda;

import io.rowwise.backend.Backend;
import io.rowwise.backend.cuda.driver.DriverException;
import io.rowwise.backend.cuda.ptx.PtxEntry;
import io.rowwise.backend.cuda.ptx.PtxException;
import io.rowwise.backend.cuda.ptx.PtxText;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * CUDA kernels from outside of this library, loaded onto the device of a CUDA backend. Made from
 * PTX, which {@code nvcc -ptx} writes and every GPU of its target or newer runs, or from CUDA C++,
 * which is compiled on this machine.
 *
 * <pre>{@code
 * CudaModule module = CudaModule.ofPtx(backend, ptx);
 * module
 *     .function("scale_float32")
 *     .blocks((n + 255) / 256)
 *     .threads(256)
 *     .reads(x)
 *     .writes(y)
 *     .float32(0.5f)
 *     .int32(n)
 *     .launch();
 * }</pre>
 *
 * <p>To let {@link Backend#kernel} choose such a kernel, offer it in a {@link
 * io.rowwise.kernel.KernelProvider}.
 *
 * <p>A module belongs to its backend and is closed with it, at the latest; whoever made it may
 * close it earlier. Safe for use by many threads.
 */
public final class CudaModule implements AutoCloseable {
  private static final String OLD_DRIVER =
      "; it was made by a newer CUDA than the driver is for: update the driver, or make it with the"
          + " driver's CUDA or an older one";

  private final CudaBackend backend;
  private final String ptx;
  private final PtxText declared;
  private final long handle;
  private final Map<String, CudaFunction> functions = new HashMap<>();
  private boolean closed;

  private CudaModule(CudaBackend backend, String ptx) {
    this.backend = backend;
    this.ptx = ptx;
    this.declared = parse(ptx);
    this.handle = load(backend, declared, ptx);
  }

  /** Whether modules can be made for a backend: whether it is a CUDA backend. */
  public static boolean isSupported(Backend backend) {
    return backend instanceof CudaBackend;
  }

  /**
   * Loads kernels from PTX.
   *
   * @param backend a CUDA backend, which the module belongs to
   * @param ptx a whole PTX text
   * @throws IllegalArgumentException if it is no CUDA backend
   * @throws InvalidPtxException if this is not PTX, or the driver does not take it: because it is
   *     for a newer device, or of a newer version than the driver's
   * @throws IllegalStateException if the backend is closed
   */
  public static CudaModule ofPtx(Backend backend, String ptx) {
    Objects.requireNonNull(ptx, "ptx");
    return new CudaModule(onCuda("ofPtx", backend), ptx);
  }

  /**
   * Compiles CUDA C++ with NVRTC and loads its kernels. It takes tens of milliseconds or more, each
   * time: keep the module, or its {@link #ptx}.
   *
   * <p>NVRTC gets {@code --gpu-architecture} for the backend's device, unless the options have one,
   * and then the options. It knows CUDA's own functions without an {@code #include}; for headers
   * give {@code -I} with their folder. Kernels are found by their names if they are declared {@code
   * extern "C"}.
   *
   * @param backend a CUDA backend, which the module belongs to
   * @param name the source's name, for the compiler's messages: {@code margin.cu}
   * @param source the text
   * @param options for NVRTC: {@code --use_fast_math}
   * @throws IllegalArgumentException if it is no CUDA backend
   * @throws CompilerUnavailableException if there is no NVRTC on this machine
   * @throws CompilationException if it does not compile, with the compiler's log
   * @throws InvalidPtxException if the driver does not take what NVRTC made, because it is older
   *     than NVRTC
   * @throws IllegalStateException if the backend is closed
   */
  public static CudaModule ofSource(
      Backend backend, String name, String source, String... options) {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(source, "source");
    CudaBackend cuda = onCuda("ofSource", backend);
    cuda.context().requireOpen("ofSource");
    return new CudaModule(cuda, cuda.compiler().compile(name, source, List.of(options)));
  }

  static CudaBackend onCuda(String method, Backend backend) {
    Objects.requireNonNull(backend, "backend");
    if (backend instanceof CudaBackend cuda) {
      return cuda;
    }
    throw new IllegalArgumentException(
        "%s: the backend is %s (%s), wanted a CUDA backend; ask CudaModule.isSupported before"
            .formatted(method, backend.name(), backend.device()));
  }

  private static PtxText parse(String ptx) {
    try {
      return PtxText.parse(ptx);
    } catch (PtxException e) {
      throw new InvalidPtxException("this PTX cannot be read: " + e.getMessage(), e);
    }
  }

  private static long load(CudaBackend backend, PtxText declared, String ptx) {
    try {
      return backend.context().load(ptx);
    } catch (DriverException e) {
      if (!e.isRefusedImage()) {
        throw e;
      }
      throw new InvalidPtxException(
          "%s does not take this PTX of .version %s for .target %s: %s%s"
              .formatted(
                  backend.device(),
                  declared.version(),
                  declared.target(),
                  e.getMessage(),
                  e.code() == DriverException.UNSUPPORTED_PTX_VERSION ? OLD_DRIVER : ""),
          e);
    }
  }

  /** The names of its kernels. */
  public Set<String> functions() {
    return declared.entries().keySet();
  }

  /**
   * One of its kernels; the same one at each call.
   *
   * @param name as the PTX has it
   * @throws IllegalArgumentException if there is none of that name
   * @throws IllegalStateException if the module or its backend is closed
   */
  public CudaFunction function(String name) {
    Objects.requireNonNull(name, "name");
    PtxEntry entry = declared.entries().get(name);
    if (entry == null) {
      throw new IllegalArgumentException(
          "function: there is no kernel %s; this module has %s%s"
              .formatted(
                  name,
                  functions(),
                  functions().stream().anyMatch(function -> function.startsWith("_Z"))
                      ? "; declare it extern \"C\" to keep its name"
                      : ""));
    }
    synchronized (this) {
      requireOpen("function " + name);
      return functions.computeIfAbsent(
          name,
          unused -> new CudaFunction(this, entry, backend.context().gpu().kernel(handle, name)));
    }
  }

  /** The PTX that was loaded; for a module made of CUDA C++, what the compiler wrote. */
  public String ptx() {
    return ptx;
  }

  CudaBackend backend() {
    return backend;
  }

  synchronized void requireOpen(String operation) {
    backend.context().requireOpen(operation);
    if (closed) {
      throw new IllegalStateException(
          operation + ": the module is closed; use its kernels before it is closed");
    }
  }

  /** Does something that needs the module loaded until it is done. */
  synchronized void whileOpen(String operation, Runnable use) {
    requireOpen(operation);
    use.run();
  }

  /**
   * Waits for the device and gives the module back; its functions end with it. Closing twice is
   * harmless.
   */
  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      backend.context().unload(handle);
    }
  }
}
