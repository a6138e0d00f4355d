package io.rowwise.backend.cuda.context;

import java.util.HashSet;
import java.util.Set;

/**
 * A piece of device memory, and which streams have work on it. Whoever is about to ask for work on
 * it says so first: then work of another stream that must come before is waited for, on the device.
 * That stays with the memory when it is freed and used again.
 *
 * <p>Between threads that use one matrix, it is enough that their calls are ordered: one thread's
 * writing before another's use.
 *
 * <p>Public for the packages beside this one; programs do not use it.
 */
public final class DevicePiece {
  private final long address;
  private final long bytes;
  private final boolean isOfOthers;
  private final Set<CudaStream> readers = new HashSet<>(2);
  private CudaStream writer;

  DevicePiece(long address, long bytes) {
    this(address, bytes, false);
  }

  private DevicePiece(long address, long bytes, boolean isOfOthers) {
    this.address = address;
    this.bytes = bytes;
    this.isOfOthers = isOfOthers;
  }

  /** One that is somebody else's, and is never given back. */
  public static DevicePiece ofOthers(long address, long bytes) {
    return new DevicePiece(address, bytes, true);
  }

  boolean isOfOthers() {
    return isOfOthers;
  }

  public long address() {
    return address;
  }

  public long bytes() {
    return bytes;
  }

  /** The stream is about to read it. */
  synchronized void readOn(CudaStream stream) {
    // A reader that is the writer needs no mention: who waits for that stream waits for all of it.
    if (stream != writer && readers.add(stream) && writer != null) {
      stream.waitFor(writer);
    }
  }

  /** The stream is about to write to it, and perhaps to read it. */
  public synchronized void writeOn(CudaStream stream) {
    if (writer != null && writer != stream) {
      stream.waitFor(writer);
    }
    for (CudaStream reader : readers) {
      if (reader != stream) {
        stream.waitFor(reader);
      }
    }
    readers.clear();
    writer = stream;
  }

  /** Waits until all work on it has been done. */
  synchronized void finish() {
    if (writer != null) {
      writer.synchronize();
    }
    readers.forEach(CudaStream::synchronize);
    readers.clear();
    writer = null;
  }
}
