package io.rowwise.backend.cuda;

import io.rowwise.backend.DeviceLostException;
import io.rowwise.backend.OutOfDeviceMemoryException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a backend has of its device: streams, memory, and its loaded kernels. */
final class CudaContext implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(CudaContext.class);

  /**
   * A thread has a stream to itself as long as there are no more threads than this. With a fixed
   * number, threads that come and go leave nothing behind.
   */
  private static final int STREAMS = 16;

  private final String device;
  private final GuardedGpu gpu;
  private final DeviceMemory memory;
  private final CudaModules modules;
  private final Object outside = new Object();
  private final CudaStream[] streams = new CudaStream[STREAMS];
  private volatile boolean closed;

  CudaContext(String device, GuardedGpu gpu, DeviceMemory memory) {
    this.device = device;
    this.gpu = gpu;
    this.memory = memory;
    this.modules = new CudaModules(gpu);
  }

  GuardedGpu gpu() {
    return gpu;
  }

  DeviceMemory memory() {
    return memory;
  }

  /**
   * For what is not done with a matrix, which would say so itself.
   *
   * @throws IllegalStateException if this is closed
   */
  void requireOpen(String operation) {
    if (closed) {
      throw new IllegalStateException(
          "%s: the backend %s is closed; open another with Backends.open()"
              .formatted(operation, device));
    }
  }

  /** Loads a module from outside; it is unloaded with this, at the latest. */
  long load(String ptx) {
    synchronized (outside) {
      requireOpen("CudaModule");
      return gpu.load(ptx);
    }
  }

  /** Gives a module from outside back, unless that is done. */
  void unload(long module) {
    synchronized (outside) {
      if (!closed && gpu.works()) {
        giveBack(
            () -> {
              gpu.synchronize();
              gpu.unload(module);
            });
      }
    }
  }

  /** The calling thread's stream, the same one at each call. */
  CudaStream stream() {
    int number = (int) Math.floorMod(Thread.currentThread().getId(), (long) STREAMS);
    synchronized (streams) {
      if (streams[number] == null) {
        streams[number] = newStream();
      }
      return streams[number];
    }
  }

  /** A stream that is nobody's; the caller closes it. */
  CudaStream newStream() {
    return new CudaStream(gpu, modules, memory);
  }

  @Override
  public void close() {
    synchronized (outside) {
      closed = true;
    }
    if (gpu.works()) {
      giveBack(gpu::synchronize);
      for (CudaStream stream : streams) {
        if (stream != null) {
          giveBack(stream::close);
        }
      }
      giveBack(memory::close);
    }
    gpu.close();
  }

  /** One failure must not keep the rest. */
  private static void giveBack(Runnable step) {
    try {
      step.run();
    } catch (DriverException | DeviceLostException | OutOfDeviceMemoryException e) {
      LOG.warn("cuda: while closing: {}", e.getMessage());
    }
  }
}
