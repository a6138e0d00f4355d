package io.rowwise.backend.cuda.jcuda;

import static io.rowwise.backend.cuda.jcuda.NativeDriver.check;

import java.nio.ByteBuffer;
import jcuda.Pointer;
import jcuda.driver.CUevent;
import jcuda.driver.CUevent_flags;
import jcuda.driver.JCudaDriver;

/**
 * Pinned memory to copy from and to, with an event that marks the end of its copies. Called with
 * the device's context current.
 */
final class CopyBuffer {
  private final PinnedMemory memory;
  private final CUevent copied = new CUevent();
  private NativeStream last;

  CopyBuffer(int size) {
    memory = new PinnedMemory(size);
    int result = JCudaDriver.cuEventCreate(copied, CUevent_flags.CU_EVENT_DISABLE_TIMING);
    if (result != 0) {
      memory.free();
    }
    check("cuEventCreate", result);
  }

  ByteBuffer bytes() {
    return memory.bytes();
  }

  Pointer pointer() {
    return memory.pointer();
  }

  /** A copy was just asked for on a stream. */
  synchronized void mark(NativeStream on) {
    if (last != null && last != on) {
      // The event marks one stream's copies: those of the other have to come before.
      check("cuStreamWaitEvent", JCudaDriver.cuStreamWaitEvent(on.stream(), copied, 0));
    }
    check("cuEventRecord", JCudaDriver.cuEventRecord(copied, on.stream()));
    last = on;
  }

  /** Waits until the copies that were asked for have been done. */
  void await() {
    check("cuEventSynchronize", JCudaDriver.cuEventSynchronize(copied));
  }

  /** Gives it back. */
  void free() {
    JCudaDriver.cuEventDestroy(copied);
    check("cuMemFreeHost", memory.free());
  }
}
