package io.rowwise.backend.cuda.context;

import io.rowwise.backend.DeviceLostException;
import io.rowwise.backend.OutOfDeviceMemoryException;
import io.rowwise.backend.cuda.driver.DriverException;
import io.rowwise.backend.cuda.driver.GuardedGpu;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The device's memory, with a cache: taking and giving back memory makes CUDA wait for the whole
 * device, so what is freed is kept for the next who wants as much. What has been kept longest goes
 * back to the device when much more is kept than used. Work that is still on it is the piece's to
 * know.
 *
 * <p>Public for the packages beside this one; programs do not use it.
 */
public final class DeviceMemory implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(DeviceMemory.class);

  /** Small sizes are rounded up to this, larger ones to an eighth of their power of two. */
  private static final long SMALLEST = 512;

  /** More than this is kept only while matrices take as much: others may want the memory. */
  private static final long ALWAYS_KEPT = 256L << 20;

  private final String device;
  private final GuardedGpu gpu;
  private final long limit;

  /** What is kept, by its size. */
  private final Map<Long, Deque<DevicePiece>> cache = new HashMap<>();

  /** The same, that which has been kept longest first. */
  private final Set<DevicePiece> kept = new LinkedHashSet<>();

  private long used;
  private long cached;

  /**
   * @param limit bytes that may be taken in all
   */
  public DeviceMemory(String device, GuardedGpu gpu, long limit) {
    this.device = device;
    this.gpu = gpu;
    this.limit = limit;
  }

  /**
   * Memory with undefined values.
   *
   * @throws OutOfDeviceMemoryException if there is not enough, after the cache was emptied
   */
  public synchronized DevicePiece allocate(long bytes) {
    long size = rounded(bytes);
    Deque<DevicePiece> fitting = cache.get(size);
    DevicePiece piece;
    if (fitting != null && !fitting.isEmpty()) {
      piece = fitting.peek();
      takeOut(piece);
    } else {
      piece = new DevicePiece(allocateNew(bytes, size), size);
    }
    used += size;
    return piece;
  }

  private long allocateNew(long bytes, long size) {
    long before = cached;
    if (size > limit - used - cached) {
      emptyCache();
    }
    if (size > limit - used) {
      throw new OutOfDeviceMemoryException(device, bytes, Math.max(0, limit - used), before, used);
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
          new OutOfDeviceMemoryException(device, bytes, gpu.freeMemory(), before, used);
      exception.initCause(e.getCause());
      throw exception;
    }
  }

  /**
   * Takes memory back into the cache, which then holds no more than is sensible. Others' memory is
   * theirs again, once the work on it has been done.
   */
  public void free(DevicePiece piece) {
    if (piece.isOfOthers()) {
      finish(piece);
    } else {
      keep(piece);
    }
  }

  private void finish(DevicePiece piece) {
    if (gpu.works()) {
      try {
        piece.finish();
      } catch (DriverException | DeviceLostException | OutOfDeviceMemoryException e) {
        LOG.warn("{}: work on the memory of others failed: {}", device, e.getMessage());
      }
    }
  }

  private synchronized void keep(DevicePiece piece) {
    used -= piece.bytes();
    cached += piece.bytes();
    cache.computeIfAbsent(piece.bytes(), unused -> new ArrayDeque<>()).push(piece);
    kept.add(piece);
    if (gpu.works()) {
      try {
        shrinkCache(Math.max(ALWAYS_KEPT, used));
      } catch (DriverException | DeviceLostException | OutOfDeviceMemoryException e) {
        // Whoever gives memory back has nothing to do with it; it will be tried again.
        LOG.warn("{}: memory cannot be given back: {}", device, e.getMessage());
      }
    }
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
    shrinkCache(0);
  }

  /** Gives back what has been kept longest. */
  private void shrinkCache(long most) {
    while (cached > most) {
      DevicePiece oldest = kept.iterator().next();
      oldest.finish();
      giveBack(oldest);
    }
  }

  private void giveBack(DevicePiece piece) {
    gpu.free(piece.address());
    takeOut(piece);
  }

  private void takeOut(DevicePiece piece) {
    kept.remove(piece);
    cache.get(piece.bytes()).remove(piece);
    cached -= piece.bytes();
  }

  static long rounded(long bytes) {
    long step = Math.max(SMALLEST, Long.highestOneBit(Math.max(1, bytes)) / 8);
    return Math.multiplyExact((bytes + step - 1) / step, step);
  }

  /** Gives back what is cached. The device has nothing more to do. */
  @Override
  public synchronized void close() {
    List.copyOf(kept).forEach(this::giveBack);
  }
}
