package io.rowwise.backend.cuda.driver;

import java.nio.ByteBuffer;
import java.util.function.LongConsumer;

/**
 * What this backend uses of one opened device, and no more: one method for one call of CUDA's
 * driver API or of cuBLAS, no decisions. Everything above it runs against an interpreter as well.
 *
 * <p>It is public because its real implementation lives in another class loader; programs do not
 * use it. Addresses and handles are the driver's, or stand for them. What is asked for on a stream
 * is done in that order, after the call has returned; different streams are not ordered but by
 * {@link #waitFor}. Errors of the device may show at any later call. Host buffers are direct and in
 * native byte order.
 *
 * <p>Safe for use by many threads; a call leaves the calling thread's own CUDA context as it was.
 * Every method throws {@link DriverException} if CUDA says so.
 */
public interface Gpu extends AutoCloseable {
  /** How many blocks of threads the device runs side by side, at least. */
  int multiprocessors();

  /** What the hardware can do, as in the compiler's {@code sm_90}: {@code 10 * major + minor}. */
  int computeCapability();

  /** The shared memory that a block may have if its kernel asks for it, in bytes. */
  int sharedBytesPerBlock();

  /** The version of cuBLAS, as it writes it: {@code 10000 * major + 100 * minor + patch}. */
  int cublasVersion();

  /** The device's memory that nobody has, in bytes. */
  long freeMemory();

  /** New memory with undefined values, aligned to 256 bytes. */
  long allocate(long bytes);

  /** Gives memory back; what was asked for with it has been done. */
  void free(long address);

  /**
   * How many bytes of the device's memory there are from an address on, to the end of the
   * allocation that it lies in, whoever made it; 0 if it lies in none.
   */
  long bytesFrom(long address);

  /** New memory of the host that the device can reach. */
  ByteBuffer pin(int bytes);

  /** Gives pinned memory back; what was asked for with it has been done. */
  void unpin(ByteBuffer pinned);

  /** A new stream. */
  long createStream();

  /** Gives a stream back; what was asked for on it is still done. */
  void destroyStream(long stream);

  /** A stream goes on only when all has been done that was asked of another one so far. */
  void waitFor(long stream, long other);

  /**
   * Has others ask for work on a stream, before it returns.
   *
   * @param others are given the driver's handle, with the device's context current
   */
  void share(long stream, LongConsumer others);

  /** Waits until all that was asked for on a stream has been done. */
  void synchronize(long stream);

  /** Waits until the copies from or to a pinned buffer that were asked for have been done. */
  void awaitCopies(ByteBuffer pinned);

  /** Sets memory to 0. */
  void clear(long stream, long address, long bytes);

  /**
   * Copies rows, which follow one another in {@code from}, to the device.
   *
   * @param to where the first row goes
   * @param pitch bytes from one row's start to the next's on the device
   * @param from pinned, from its beginning; to be left alone until the copy is done
   */
  void upload(long stream, long to, long pitch, ByteBuffer from, long rowBytes, int rows);

  /** Copies rows from the device, one following another in {@code to}; see {@link #upload}. */
  void download(long stream, ByteBuffer to, long from, long pitch, long rowBytes, int rows);

  /**
   * Loads a module of kernels; returns its handle. Nothing else waits for it.
   *
   * @param image PTX with a zero byte behind it, or a binary of the device's; from its beginning
   */
  long load(ByteBuffer image);

  /** Gives a module back; what was asked of its kernels has been done. */
  void unload(long module);

  /** The handle of a kernel of a module, good as long as the module. */
  long kernel(long module, String name);

  /**
   * Runs a kernel.
   *
   * @param arguments their values one after another, each aligned to its size
   * @param offsets where in {@code arguments} each of them begins
   */
  void launch(long stream, long kernel, LaunchSize size, ByteBuffer arguments, int[] offsets);

  /** Multiplies, {@code alpha} and {@code beta} rounded to the element type. */
  void multiply(long stream, double alpha, MatrixProduct product, double beta);

  /**
   * Multiplies, with what {@code alpha} and {@code beta} are on the device when it is done.
   *
   * @param alpha the address of one element
   * @param beta the address of one element
   */
  void multiplyByDeviceScalars(long stream, long alpha, MatrixProduct product, long beta);

  /**
   * From here on, what this thread asks for on a stream is not done but recorded. The stream is
   * used for nothing else until {@link #endRecording}, which this thread calls, and lives as long
   * as the recording. Waits until no other thread records.
   */
  void beginRecording(long stream);

  /** Ends it; returns the recording's handle. If it fails, there is no recording. */
  long endRecording(long stream);

  /** Does on a stream what was recorded; what an earlier replay began is done first. */
  void replay(long stream, long recording);

  /** Gives a recording back; its replays have been done. */
  void forget(long recording);

  /** Gives everything back that this instance has of the device, apart from allocated memory. */
  @Override
  void close();
}
