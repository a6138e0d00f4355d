package io.rowwise.backend.cuda;

import io.rowwise.backend.DeviceLostException;
import io.rowwise.backend.OutOfDeviceMemoryException;
import java.util.function.Consumer;

/**
 * Work that was recorded once, as a CUDA graph, to be asked for again by a single call. Its owner
 * keeps the memory that it works on, and closes it.
 */
final class CudaRecording implements AutoCloseable {
  private final GuardedGpu gpu;
  private final CudaStream stream;
  private final long handle;

  /**
   * Records.
   *
   * @param work asks for it on the given stream, and for nothing else; it allocates nothing and
   *     does not wait. Before each replay, the memory is claimed for the stream that replays
   */
  CudaRecording(CudaContext context, Consumer<CudaStream> work) {
    this.gpu = context.gpu();
    // A stream of its own: what other threads ask for meanwhile must not be recorded with it.
    this.stream = context.newStream();
    try {
      this.handle = record(work);
    } catch (RuntimeException e) {
      try {
        stream.close();
      } catch (DriverException | DeviceLostException | OutOfDeviceMemoryException again) {
        e.addSuppressed(again);
      }
      throw e;
    }
  }

  private long record(Consumer<CudaStream> work) {
    gpu.beginRecording(stream.handle());
    try {
      work.accept(stream);
    } catch (RuntimeException e) {
      try {
        gpu.forget(gpu.endRecording(stream.handle()));
      } catch (DriverException | DeviceLostException | OutOfDeviceMemoryException again) {
        e.addSuppressed(again);
      }
      throw e;
    }
    return gpu.endRecording(stream.handle());
  }

  /** Does it on a stream. */
  void replay(CudaStream on) {
    gpu.replay(on.handle(), handle);
  }

  /** Gives it back, when it has been done. */
  @Override
  public void close() {
    if (!gpu.works()) {
      return;
    }
    try {
      gpu.synchronize();
    } finally {
      gpu.forget(handle);
      stream.close();
    }
  }
}
