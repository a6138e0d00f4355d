package io.rowwise.backend.cuda;

import io.rowwise.backend.cuda.kernel.Launch;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/** This backend's own kernels, each loaded when it is first needed. Safe for many threads. */
final class CudaModules {
  private final Gpu gpu;
  private final Map<String, Long> modules = new HashMap<>();
  private final Map<String, Long> kernels = new HashMap<>();

  CudaModules(Gpu gpu) {
    this.gpu = gpu;
  }

  /** The handle of a launch's kernel. */
  synchronized long kernel(Launch launch) {
    Long kernel = kernels.get(launch.kernel());
    if (kernel == null) {
      kernel = gpu.kernel(modules.computeIfAbsent(launch.module(), this::load), launch.kernel());
      kernels.put(launch.kernel(), kernel);
    }
    return kernel;
  }

  private long load(String module) {
    String file = module + ".ptx";
    try (InputStream ptx = CudaModules.class.getResourceAsStream(file)) {
      if (ptx == null) {
        throw new IllegalStateException(file + " is not in this jar");
      }
      return gpu.load(ModuleImage.ofPtx(new String(ptx.readAllBytes(), StandardCharsets.US_ASCII)));
    } catch (IOException e) {
      throw new UncheckedIOException(file + " cannot be read", e);
    }
  }
}
