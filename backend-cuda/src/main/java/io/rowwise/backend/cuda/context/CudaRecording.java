package io.rowwise.backend.cuda.context;

/**
 * Work that was recorded once, to be asked for again by a single call. Its owner keeps the memory
 * that it works on, and closes it.
 *
 * <p>Public for the packages beside this one; programs do not use it.
 */
public final class CudaRecording implements AutoCloseable {
  private final CudaRecorder recorder;
  private final long handle;

  CudaRecording(CudaRecorder recorder, long handle) {
    this.recorder = recorder;
    this.handle = handle;
  }

  /** Does it on a stream. */
  public void replay(CudaStream on) {
    recorder.replay(on, handle);
  }

  /** Gives it back, when it has been done. */
  @Override
  public void close() {
    recorder.forget(handle);
  }
}
