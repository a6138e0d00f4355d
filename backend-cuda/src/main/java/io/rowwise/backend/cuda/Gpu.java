package io.rowwise.backend.cuda;

import io.rowwise.backend.ElementType;
import io.rowwise.backend.Transpose;
import java.nio.ByteBuffer;

/**
 * What this backend uses of one opened device, and no more: one method for one call of CUDA's
 * driver API or of cuBLAS, no decisions. Everything above it runs against an interpreter as well.
 *
 * <p>It is public because its real implementation lives in another class loader; programs do not
 * use it. Addresses and handles are the driver's. Whatever is asked for is done in that order, on
 * one stream, after the call has returned; {@link #synchronize} waits for it, and errors of the
 * device may show at any later call. Host buffers are direct and in native byte order. Callers take
 * turns: an instance is for one thread at a time.
 *
 * <p>Every method throws {@link DriverException} if CUDA says so.
 */
public interface Gpu extends AutoCloseable {
  /** How many blocks of threads the device runs side by side, at least. */
  int multiprocessors();

  /** The shared memory that a block may have if its kernel asks for it, in bytes. */
  int sharedBytesPerBlock();

  /** The device's memory that nobody has, in bytes. */
  long freeMemory();

  /** New memory with undefined values, aligned to 256 bytes. */
  long allocate(long bytes);

  /** Gives memory back, when all that was asked for has been done. */
  void free(long address);

  /** Sets memory to 0. */
  void clear(long address, long bytes);

  /** New memory of the host that the device can reach. */
  ByteBuffer pin(int bytes);

  /** Gives pinned memory back. */
  void unpin(ByteBuffer pinned);

  /**
   * Copies rows, which follow one another in {@code from}, to the device.
   *
   * @param to where the first row goes
   * @param pitch bytes from one row's start to the next's on the device
   * @param from pinned, from its beginning; to be left alone until the copy is done
   */
  void upload(long to, long pitch, ByteBuffer from, long rowBytes, int rows);

  /** Copies rows from the device, one following another in {@code to}; see {@link #upload}. */
  void download(ByteBuffer to, long from, long pitch, long rowBytes, int rows);

  /** Copies rows within the device. */
  void copy(long to, long toPitch, long from, long fromPitch, long rowBytes, int rows);

  /** Waits until all that was asked for has been done. */
  void synchronize();

  /** Loads a module of kernels; returns its handle. It stays as long as this instance. */
  long load(String ptx);

  /** The handle of a kernel of a module. */
  long kernel(long module, String name);

  /**
   * Runs a kernel.
   *
   * @param sharedBytes dynamic shared memory of each block
   * @param arguments their values one after another, each aligned to its size
   * @param offsets where in {@code arguments} each of them begins
   */
  void launch(
      long kernel, int blocks, int threads, int sharedBytes, ByteBuffer arguments, int[] offsets);

  /**
   * {@code c = alpha * op(a) * op(b) + beta * c} on row-major matrices; leading dimensions count
   * elements.
   */
  void multiply(
      ElementType type,
      int rows,
      int columns,
      int inner,
      double alpha,
      long a,
      Transpose transposeA,
      long leadingDimensionA,
      long b,
      Transpose transposeB,
      long leadingDimensionB,
      double beta,
      long c,
      long leadingDimensionC);

  /** Gives everything back that this instance has of the device, apart from allocated memory. */
  @Override
  void close();
}
