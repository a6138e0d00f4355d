package io.rowwise.backend.cuda.jcuda;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import jcuda.Pointer;
import jcuda.driver.JCudaDriver;

/**
 * Memory of the host that the device can reach, and whose address is known: what Java's own direct
 * buffers do not tell, and without which JCuda asks the JVM back at every call. Made and freed with
 * the device's context current.
 */
final class PinnedMemory {
  private final Start start = new Start();
  private final ByteBuffer bytes;

  /** A pointer that tells its value. */
  private static final class Start extends Pointer {
    long value() {
      return getNativePointer();
    }
  }

  PinnedMemory(int size) {
    NativeDriver.check("cuMemHostAlloc", JCudaDriver.cuMemHostAlloc(start, size, 0));
    bytes = start.getByteBuffer(0, size).order(ByteOrder.nativeOrder());
  }

  /** All of it; the same buffer each time. */
  ByteBuffer bytes() {
    return bytes;
  }

  /** Where it begins. */
  Pointer pointer() {
    return start;
  }

  long address() {
    return start.value();
  }

  /** Gives it back; returns the driver's result. */
  int free() {
    return JCudaDriver.cuMemFreeHost(start);
  }
}
