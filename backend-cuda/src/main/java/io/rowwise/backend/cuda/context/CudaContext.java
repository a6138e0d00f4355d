package io.rowwise.backend.cuda.context;

import io.rowwise.backend.DeviceLostException;
import io.rowwise.backend.OutOfDeviceMemoryException;
import io.rowwise.backend.cuda.driver.DriverException;
import io.rowwise.backend.cuda.driver.GuardedGpu;
import io.rowwise.backend.cuda.driver.ModuleImage;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a backend has of its device: streams, memory, and its loaded kernels.
 *
 * <p>Public for the packages beside this one; programs do not use it.
 */
public final class CudaContext implements AutoCloseable {
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

  /** Held by any number that load modules or give them back, each for as long as it takes. */
  private final ReadWriteLock outside = new ReentrantReadWriteLock();

  private final CudaStream[] streams = new CudaStream[STREAMS];
  private CudaRecorder recorder;
  private volatile boolean closed;

  public CudaContext(String device, CudaModules modules, DeviceMemory memory) {
    this.device = device;
    this.gpu = modules.gpu();
    this.memory = memory;
    this.modules = modules;
  }

  public GuardedGpu gpu() {
    return gpu;
  }

  public DeviceMemory memory() {
    return memory;
  }

  /**
   * For what is not done with a matrix, which would say so itself.
   *
   * @throws IllegalStateException if this is closed
   */
  public void requireOpen(String operation) {
    if (closed) {
      throw new IllegalStateException(
          "%s: the backend %s is closed; open another with Backends.open()"
              .formatted(operation, device));
    }
  }

  /** Loads a module from outside; it is unloaded with this, at the latest. */
  public long load(String ptx) {
    outside.readLock().lock();
    try {
      requireOpen("CudaModule");
      return gpu.load(ModuleImage.ofPtx(ptx));
    } finally {
      outside.readLock().unlock();
    }
  }

  /** Gives a module from outside back, unless that is done. */
  public void unload(long module) {
    outside.readLock().lock();
    try {
      if (!closed && gpu.works()) {
        giveBack(
            () -> {
              synchronize();
              gpu.unload(module);
            });
      }
    } finally {
      outside.readLock().unlock();
    }
  }

  /** The calling thread's stream, the same one at each call. */
  public CudaStream stream() {
    int number = (int) Math.floorMod(Thread.currentThread().getId(), (long) STREAMS);
    synchronized (streams) {
      if (streams[number] == null) {
        streams[number] = newStream();
      }
      return streams[number];
    }
  }

  private CudaStream newStream() {
    return new CudaStream(gpu, modules, memory);
  }

  /** What records work. */
  public CudaRecorder recorder() {
    synchronized (streams) {
      if (recorder == null) {
        recorder = new CudaRecorder(gpu, newStream());
      }
      return recorder;
    }
  }

  /**
   * Waits until all that was asked for on the threads' streams has been done: one by one, as CUDA
   * knows no wait for all that does not break a recording.
   */
  private void synchronize() {
    List<CudaStream> all;
    synchronized (streams) {
      all = Arrays.stream(streams).filter(Objects::nonNull).toList();
    }
    all.forEach(CudaStream::synchronize);
  }

  @Override
  public void close() {
    outside.writeLock().lock();
    try {
      closed = true;
    } finally {
      outside.writeLock().unlock();
    }
    if (gpu.works()) {
      giveBack(this::synchronize);
      // Before the streams, of which its pieces know.
      giveBack(memory::close);
      for (CudaStream stream : streams) {
        if (stream != null) {
          giveBack(stream::close);
        }
      }
      if (recorder != null) {
        giveBack(recorder::close);
      }
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
