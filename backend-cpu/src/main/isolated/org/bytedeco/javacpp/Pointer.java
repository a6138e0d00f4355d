package org.bytedeco.javacpp;

import java.nio.ByteBuffer;

/**
 * What JavaCPP's native code sees of its class of this name: the fields that it looks up, and the
 * native methods that we call. There is no deallocator and no count of bytes, hence no thread and
 * no limit: whoever has memory frees it.
 */
public class Pointer {
  /** Where the memory is. */
  protected long address;

  /** Read by native code, in elements; always 0 here. */
  protected long position;

  /** Where the memory ends, in bytes or elements. */
  protected long limit;

  /** As {@link #limit}. */
  protected long capacity;

  private Deallocator deallocator;

  /** Looked up by native code. */
  protected interface Deallocator {}

  /** Looked up by native code. */
  static class NativeDeallocator implements Deallocator {
    private long ownerAddress;
  }

  /** Nowhere. */
  public Pointer() {}

  /** Some memory of so many bytes. */
  public Pointer(long address, long bytes) {
    this.address = address;
    this.limit = bytes;
    this.capacity = bytes;
  }

  /** Called by native code for what it allocates itself, which nothing here asks for. */
  void init(long address, long capacity, long ownerAddress, long deallocatorAddress) {
    this.address = address;
    this.limit = capacity;
    this.capacity = capacity;
  }

  /** Where it is. */
  public long address() {
    return address;
  }

  /** Goes to another place. */
  public void moveTo(long to) {
    address = to;
  }

  /** Memory of zeros, or null. */
  public static native Pointer calloc(long count, long size);

  /** Gives memory back. */
  public static native void free(Pointer memory);

  /** Its memory as a buffer. */
  public native ByteBuffer asDirectBuffer();
}
