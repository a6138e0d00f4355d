package io.rowwise.backend.cuda.kernel;

import io.rowwise.backend.ElementType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Locale;

/**
 * The arguments of a launch, packed as the parameters of a kernel lie in memory: in order, each
 * aligned to its own size. For one thread, while they are added; read by any number of them after.
 */
public final class KernelArguments {
  /** What CUDA takes at most: the parameter space of a kernel. */
  private static final int MAX_BYTES = 4096;

  private static final int EXPECTED_BYTES = 128;
  private static final int EXPECTED_ARGUMENTS = 16;

  private ByteBuffer bytes = allocate(EXPECTED_BYTES);
  private int[] offsets = new int[EXPECTED_ARGUMENTS];
  private int count;

  /** No arguments yet. */
  public KernelArguments() {}

  /** Adds an address in device memory; 0 is a null pointer. */
  public KernelArguments pointer(long address) {
    return int64(address);
  }

  /** Adds a 32-bit integer. */
  public KernelArguments int32(int value) {
    place(Integer.BYTES).putInt(value);
    return this;
  }

  /** Adds a 64-bit integer. */
  public KernelArguments int64(long value) {
    place(Long.BYTES).putLong(value);
    return this;
  }

  /** Adds a {@code float}. */
  public KernelArguments float32(float value) {
    place(Float.BYTES).putFloat(value);
    return this;
  }

  /** Adds a {@code double}. */
  public KernelArguments float64(double value) {
    place(Double.BYTES).putDouble(value);
    return this;
  }

  /** Adds a number, rounded to what the given type is computed in. */
  public KernelArguments number(ElementType type, double value) {
    return type == ElementType.FLOAT64 ? float64(value) : float32((float) value);
  }

  /** Adds a matrix: the address of its first element, and its leading dimension. */
  public KernelArguments matrix(DeviceMatrix matrix) {
    return pointer(matrix.address()).int64(matrix.leadingDimension());
  }

  /** How many there are. */
  public int count() {
    return count;
  }

  /** All of them, in the machine's byte order; a read-only view from its position to its limit. */
  public ByteBuffer bytes() {
    return bytes.duplicate().flip().asReadOnlyBuffer().order(ByteOrder.nativeOrder());
  }

  /** Where in {@link #bytes} each argument starts; a new array. */
  public int[] offsets() {
    return Arrays.copyOf(offsets, count);
  }

  /** Leaves the buffer where a value of so many bytes belongs. */
  private ByteBuffer place(int size) {
    int offset = (bytes.position() + size - 1) / size * size;
    if (offset + size > MAX_BYTES) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "kernel arguments: argument %d would end at byte %d, a kernel takes %d bytes: pass a"
                  + " pointer to the rest",
              count,
              offset + size,
              MAX_BYTES));
    }
    if (offset + size > bytes.capacity()) {
      bytes = allocate(2 * bytes.capacity()).put(bytes.flip());
    }
    if (count == offsets.length) {
      offsets = Arrays.copyOf(offsets, 2 * count);
    }
    offsets[count++] = offset;
    return bytes.position(offset);
  }

  private static ByteBuffer allocate(int capacity) {
    return ByteBuffer.allocate(capacity).order(ByteOrder.nativeOrder());
  }
}
