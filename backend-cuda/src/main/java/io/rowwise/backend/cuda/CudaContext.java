package io.rowwise.backend.cuda;

import io.rowwise.backend.ElementType;
import io.rowwise.backend.cuda.kernel.Launch;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongFunction;

/** What a backend has of its device: memory, staging for copies, and the loaded kernels. */
final class CudaContext implements AutoCloseable {
  private final GuardedGpu gpu;
  private final DeviceMemory memory;
  private final Staging staging;
  private final Map<String, Long> modules = new HashMap<>();
  private final Map<String, Long> kernels = new HashMap<>();

  CudaContext(GuardedGpu gpu, DeviceMemory memory) {
    this.gpu = gpu;
    this.memory = memory;
    this.staging = new Staging(gpu);
  }

  GuardedGpu gpu() {
    return gpu;
  }

  DeviceMemory memory() {
    return memory;
  }

  Staging staging() {
    return staging;
  }

  /** Runs this backend's own kernels, one after the other. */
  synchronized void run(List<Launch> launches) {
    launches.forEach(this::run);
  }

  /** Runs kernels that need scratch memory between them. */
  synchronized void withScratch(
      ElementType type, long elements, LongFunction<List<Launch>> launches) {
    if (elements == 0) {
      run(launches.apply(0));
      return;
    }
    long scratch = memory.allocate(elements * type.bytes());
    try {
      run(launches.apply(scratch));
    } finally {
      // Whoever gets it next writes to it later on the same stream.
      memory.free(scratch);
    }
  }

  private void run(Launch launch) {
    gpu.launch(
        kernel(launch.module(), launch.kernel()),
        launch.gridX(),
        launch.blockX(),
        launch.sharedBytes(),
        launch.arguments().bytes(),
        launch.arguments().offsets());
  }

  private long kernel(String module, String name) {
    Long kernel = kernels.get(name);
    if (kernel == null) {
      kernel = gpu.kernel(modules.computeIfAbsent(module, this::load), name);
      kernels.put(name, kernel);
    }
    return kernel;
  }

  private long load(String module) {
    String file = module + ".ptx";
    try (InputStream ptx = CudaContext.class.getResourceAsStream(file)) {
      if (ptx == null) {
        throw new IllegalStateException(file + " is not in this jar");
      }
      return gpu.load(new String(ptx.readAllBytes(), StandardCharsets.US_ASCII));
    } catch (IOException e) {
      throw new UncheckedIOException(file + " cannot be read", e);
    }
  }

  @Override
  public void close() {
    if (gpu.works()) {
      staging.close();
      memory.close();
    }
    gpu.close();
  }
}
