package io.rowwise.backend.cuda.context;

import io.rowwise.backend.DeviceLostException;
import io.rowwise.backend.OutOfDeviceMemoryException;
import io.rowwise.backend.cuda.driver.DriverException;
import io.rowwise.backend.cuda.driver.GuardedGpu;
import java.util.function.Consumer;

/**
 * Records work as CUDA graphs, on a stream on which nothing is ever done: what threads ask for on
 * theirs meanwhile must not be recorded with it. All recordings share that stream's cuBLAS and its
 * workspace, so their replays take turns. Safe for use by many threads.
 *
 * <p>Public for the packages beside this one; programs do not use it.
 */
public final class CudaRecorder implements AutoCloseable {
  private static final long NOWHERE = 0;

  private final GuardedGpu gpu;
  private final CudaStream stream;

  /** Stands for the workspace, to order what uses it. */
  private final DevicePiece workspace = new DevicePiece(NOWHERE, 0);

  /**
   * @param stream for this alone; closed with it
   */
  CudaRecorder(GuardedGpu gpu, CudaStream stream) {
    this.gpu = gpu;
    this.stream = stream;
  }

  /**
   * Records; the caller closes it.
   *
   * @param work asks for it on the given stream, and for nothing else; it allocates nothing and
   *     does not wait. Before each replay, the memory is claimed for the stream that replays
   */
  public synchronized CudaRecording record(Consumer<CudaStream> work) {
    gpu.beginRecording(stream.handle());
    try {
      work.accept(stream);
    } catch (RuntimeException | Error e) {
      try {
        gpu.forget(gpu.endRecording(stream.handle()));
      } catch (DriverException | DeviceLostException | OutOfDeviceMemoryException again) {
        e.addSuppressed(again);
      }
      throw e;
    }
    return new CudaRecording(this, gpu.endRecording(stream.handle()));
  }

  /** Does on a stream what was recorded. */
  void replay(CudaStream on, long recording) {
    // Nobody may come in between, or two would find the workspace free.
    synchronized (workspace) {
      workspace.writeOn(on);
      gpu.replay(on.handle(), recording);
    }
  }

  /** Gives a recording back, when its replays have been done. */
  void forget(long recording) {
    if (gpu.works()) {
      try {
        workspace.finish();
      } finally {
        gpu.forget(recording);
      }
    }
  }

  /** Gives the stream back. Nothing is replayed any more. */
  @Override
  public void close() {
    stream.close();
  }
}
