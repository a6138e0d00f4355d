package io.rowwise.backend.cuda.interpreter;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;

/**
 * Global memory. Addresses are never used twice, and between two allocations there is room that
 * belongs to neither, so an access that goes astray is seen. It is known of each byte whether
 * anybody wrote it.
 *
 * <p>Allocations may be made and freed by many threads at once. Who reads and writes the same bytes
 * at the same time must agree, as with memory everywhere.
 */
public final class DeviceMemory {
  private static final long FIRST_ADDRESS = 0x7F00_0000_0000L;
  private static final long ALIGNMENT = 256;

  private final ConcurrentSkipListMap<Long, Region> regions = new ConcurrentSkipListMap<>();
  private final long limit;
  private long nextAddress = FIRST_ADDRESS;
  private long allocated;

  /** Memory of 4 GiB. */
  public DeviceMemory() {
    this(4L << 30);
  }

  /**
   * Memory of this size.
   *
   * @param limit how many bytes can be allocated at a time
   */
  public DeviceMemory(long limit) {
    this.limit = limit;
  }

  /**
   * Reserves bytes, which count as never written, and gives their address, a multiple of 256.
   *
   * @throws IllegalArgumentException if the size is not between 1 and 2 GiB
   * @throws OutOfMemoryError if less is left; its message says how much
   */
  public synchronized long allocate(long bytes) {
    return allocate(bytes, StateSpace.GLOBAL).start;
  }

  synchronized Region allocate(long bytes, StateSpace space) {
    if (bytes < 1 || bytes > Integer.MAX_VALUE - 8) {
      throw new IllegalArgumentException("an allocation of " + bytes + " bytes");
    }
    if (bytes > limit - allocated) {
      throw new OutOfMemoryError(
          "device memory: " + bytes + " bytes wanted, " + (limit - allocated) + " left");
    }
    Region region = new Region(space, nextAddress, (int) bytes);
    allocated += bytes;
    nextAddress += (bytes / ALIGNMENT + 2) * ALIGNMENT;
    regions.put(region.start, region);
    return region;
  }

  /**
   * Gives an allocation back. Its address stays known, so that a later access is a use after free.
   *
   * @throws IllegalArgumentException if the address is not that of an allocation, or it was freed
   */
  public synchronized void free(long address) {
    Region region = regions.get(address);
    if (region == null || region.isFreed()) {
      throw new IllegalArgumentException(
          "free: " + hex(address) + " is not the start of an allocation in use");
    }
    region.free();
    allocated -= region.size;
  }

  /** How many bytes there are from an address to the end of its allocation; 0 if it is in none. */
  public synchronized long bytesFrom(long address) {
    Map.Entry<Long, Region> below = regions.floorEntry(address);
    if (below == null || below.getValue().isFreed() || !below.getValue().contains(address)) {
      return 0;
    }
    return below.getKey() + below.getValue().size - address;
  }

  /** How many bytes are allocated. */
  public synchronized long allocatedBytes() {
    return allocated;
  }

  /** Copies all remaining bytes of the source to the device. */
  public void write(long address, ByteBuffer source) {
    int count = source.remaining();
    Region region = require("write", address, count);
    int offset = (int) (address - region.start);
    source.get(region.bytes, offset, count);
    region.markWritten(offset, count);
  }

  /** Fills the target's remaining bytes from the device. Bytes that nobody wrote are 0. */
  public void read(long address, ByteBuffer target) {
    int count = target.remaining();
    Region region = require("read", address, count);
    target.put(region.bytes, (int) (address - region.start), count);
  }

  /** Sets bytes to a value. */
  public void fill(long address, byte value, long count) {
    Region region = require("fill", address, count);
    int offset = (int) (address - region.start);
    Arrays.fill(region.bytes, offset, offset + (int) count, value);
    region.markWritten(offset, (int) count);
  }

  /** Copies bytes from one place on the device to another; those that nobody wrote stay so. */
  public void copy(long target, long source, long count) {
    Region from = require("copy", source, count);
    Region to = require("copy", target, count);
    to.copyFrom(from, (int) (source - from.start), (int) (target - to.start), (int) count);
  }

  /** Whether every one of the bytes was written, by the host or by a kernel. */
  public boolean isWritten(long address, long count) {
    Region region = require("isWritten", address, count);
    int offset = (int) (address - region.start);
    for (int i = 0; i < count; i++) {
      if (!region.isWritten(offset + i, 1)) {
        return false;
      }
    }
    return true;
  }

  /**
   * The allocation that the address is in or, if it is in none, the last one before it; or null.
   */
  Region near(long address) {
    Map.Entry<Long, Region> entry = regions.floorEntry(address);
    return entry == null ? null : entry.getValue();
  }

  static String hex(long address) {
    return "0x" + Long.toHexString(address);
  }

  private Region require(String operation, long address, long count) {
    Region region = near(address);
    if (region == null
        || !region.contains(address)
        || count > region.size - (address - region.start)) {
      throw new IllegalArgumentException(
          operation
              + ": "
              + count
              + " bytes at "
              + hex(address)
              + " are not within one allocation");
    }
    if (region.isFreed()) {
      throw new IllegalArgumentException(
          operation + ": the memory at " + hex(address) + " was freed");
    }
    return region;
  }
}
