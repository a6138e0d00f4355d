package io.rowwise.backend.cuda.context;

import io.rowwise.backend.cuda.driver.DeviceSearch;
import io.rowwise.backend.cuda.driver.DriverException;
import io.rowwise.backend.cuda.driver.GuardedGpu;
import io.rowwise.backend.cuda.driver.ModuleImage;
import io.rowwise.backend.cuda.kernel.Binaries;
import io.rowwise.backend.cuda.kernel.Launch;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This backend's own kernels, each module loaded when it is first needed: from the binaries that
 * are for the device, which loads at once, or from the PTX, which the driver compiles for whatever
 * device there is. Safe for many threads: who asks for a kernel waits for its own module alone.
 *
 * <p>Public for the packages beside this one; programs do not use it.
 */
public final class CudaModules {
  /** The version of no driver: with it, kernels come from PTX. */
  public static final int PTX_ONLY = 0;

  private static final Logger LOG = LoggerFactory.getLogger(CudaModules.class);

  private final GuardedGpu gpu;
  private final Map<String, Module> modules = new ConcurrentHashMap<>();
  private final Optional<Binaries> binaries;

  /** Why kernels are loaded from PTX; null while it is done from binaries. */
  private volatile String whyPtx;

  /** A module, loaded or not. */
  private final class Module {
    private final String name;
    private final Map<String, Long> kernels = new ConcurrentHashMap<>();

    /** Null until it is loaded. Guarded by this. */
    private Long handle;

    Module(String name) {
      this.name = name;
    }

    long kernel(String kernel) {
      Long known = kernels.get(kernel);
      return known == null ? find(kernel) : known;
    }

    private synchronized long find(String kernel) {
      load();
      return kernels.computeIfAbsent(kernel, each -> gpu.kernel(handle, each));
    }

    /** Whoever comes after a failure tries again. */
    synchronized void load() {
      if (handle == null) {
        handle = loadNow(name);
      }
    }
  }

  /** For a device that gets PTX, whatever it is. */
  public CudaModules(GuardedGpu gpu) {
    this.gpu = gpu;
    this.binaries = Optional.empty();
    this.whyPtx = "no binaries are wanted";
  }

  /**
   * @param driver the newest CUDA that the driver is for, {@code 1000 * major + 10 * minor}, or
   *     {@link #PTX_ONLY}
   */
  public CudaModules(GuardedGpu gpu, int driver) {
    this.gpu = gpu;
    int capability = gpu.computeCapability();
    this.binaries = Binaries.runningOn(capability);
    if (binaries.isEmpty()) {
      whyPtx = "no binaries for compute capability " + DeviceSearch.dotted(capability);
    } else if (driver < binaries.get().oldestDriver()) {
      whyPtx =
          "%s binaries are for drivers for CUDA %s or newer"
              .formatted(
                  binaries.get().target(), DeviceSearch.cudaVersion(binaries.get().oldestDriver()));
    }
  }

  public GuardedGpu gpu() {
    return gpu;
  }

  private Module module(String name) {
    return modules.computeIfAbsent(name, Module::new);
  }

  /** The handle of a launch's kernel. */
  long kernel(Launch launch) {
    return module(launch.module()).kernel(launch.kernel());
  }

  /** Loads a module, unless that is done. */
  public void load(String module) {
    module(module).load();
  }

  private long loadNow(String module) {
    if (whyPtx != null) {
      return loadPtx(module);
    }
    try {
      return gpu.load(ModuleImage.ofFile(binaries.orElseThrow().file(module)));
    } catch (DriverException e) {
      if (!e.isRefusedImage()) {
        throw e;
      }
      refused(e);
      try {
        return loadPtx(module);
      } catch (RuntimeException again) {
        again.addSuppressed(e);
        throw again;
      }
    }
  }

  private long loadPtx(String module) {
    return gpu.load(ModuleImage.ofFile(module + ".ptx"));
  }

  private synchronized void refused(DriverException e) {
    if (whyPtx == null) {
      String target = binaries.orElseThrow().target();
      whyPtx = "%s binaries refused: %s".formatted(target, e.getMessage());
      LOG.warn(
          "cuda: the driver does not take the {} binaries of the kernels and compiles their PTX,"
              + " which makes the first use of each slower: {}",
          target,
          e.getMessage());
    }
  }

  /** What the kernels are loaded from; known when a first module has been loaded. */
  @Override
  public String toString() {
    String why = whyPtx;
    return why == null
        ? binaries.orElseThrow().target() + " binaries"
        : "PTX, compiled by the driver (%s)".formatted(why);
  }
}
