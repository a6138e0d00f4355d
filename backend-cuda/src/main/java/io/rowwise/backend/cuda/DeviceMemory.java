package io.rowwise.backend.cuda;

import io.rowwise.backend.OutOfDeviceMemoryException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;

/**
 * The device's memory, with a cache: taking and giving back memory makes CUDA wait for the whole
 * device, so what is freed is kept for the next who wants as much. Work that is still on it is the
 * piece's to know.
 */
final class DeviceMemory implements AutoCloseable {
  /** Small sizes are rounded up to this, larger ones to an eighth of their power of two. */
  private static final long SMALLEST = 512;

  private final String device;
  private final GuardedGpu gpu;
  private final long limit;
  private final Map<Long, Deque<DevicePiece>> cache = new HashMap<>();
  private long used;
  private long cached;

  /**
   * @param limit bytes that may be taken in all
   */
  DeviceMemory(String device, GuardedGpu gpu, long limit) {
    this.device = device;
    this.gpu = gpu;
    this.limit = limit;
  }

  /**
   * Memory with undefined values.
   *
   * @throws OutOfDeviceMemoryException if there is not enough, after the cache was emptied
   */
  synchronized DevicePiece allocate(long bytes) {
    long size = rounded(bytes);
    Deque<DevicePiece> kept = cache.get(size);
    DevicePiece piece;
    if (kept != null && !kept.isEmpty()) {
      piece = kept.pop();
      cached -= size;
    } else {
      piece = new DevicePiece(allocateNew(bytes, size), size);
    }
    used += size;
    return piece;
  }

  private long allocateNew(long bytes, long size) {
    long kept = cached;
    if (size > limit - used - cached) {
      emptyCache();
    }
    if (size > limit - used) {
      throw new OutOfDeviceMemoryException(device, bytes, Math.max(0, limit - used), kept, used);
    }
    try {
      return gpu.allocate(size);
    } catch (OutOfDeviceMemoryException e) {
      emptyCache();
    }
    try {
      return gpu.allocate(size);
    } catch (OutOfDeviceMemoryException e) {
      OutOfDeviceMemoryException exception =
          new OutOfDeviceMemoryException(device, bytes, gpu.freeMemory(), kept, used);
      exception.initCause(e.getCause());
      throw exception;
    }
  }

  /** Takes memory back into the cache. */
  synchronized void free(DevicePiece piece) {
    used -= piece.bytes();
    cached += piece.bytes();
    cache.computeIfAbsent(piece.bytes(), unused -> new ArrayDeque<>()).push(piece);
  }

  /** Bytes that matrices have, rounded as they were taken. */
  synchronized long used() {
    return used;
  }

  /** Bytes that are kept for the next. */
  synchronized long cached() {
    return cached;
  }

  private void emptyCache() {
    if (cached == 0) {
      return;
    }
    gpu.synchronize();
    freeCache();
  }

  private void freeCache() {
    for (Deque<DevicePiece> kept : cache.values()) {
      while (!kept.isEmpty()) {
        DevicePiece piece = kept.peek();
        gpu.free(piece.address());
        kept.pop();
        cached -= piece.bytes();
      }
    }
    cache.clear();
  }

  static long rounded(long bytes) {
    long step = Math.max(SMALLEST, Long.highestOneBit(Math.max(1, bytes)) / 8);
    return Math.multiplyExact((bytes + step - 1) / step, step);
  }

  /** Gives back what is cached. The device has nothing more to do. */
  @Override
  public synchronized void close() {
    freeCache();
  }
}
