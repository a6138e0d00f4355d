package io.rowwise.backend.cuda.driver;

import io.rowwise.backend.DeviceLostException;
import io.rowwise.backend.OutOfDeviceMemoryException;
import java.nio.ByteBuffer;
import java.util.Set;
import java.util.function.LongConsumer;
import java.util.function.Supplier;

/**
 * A {@link Gpu} with typed errors, that is not called again once the device is lost.
 *
 * <p>Public for the packages beside this one; programs do not use it.
 */
public final class GuardedGpu implements Gpu {
  /**
   * The driver's errors after which it fails every call of the process. Of most of them cuda.h says
   * so: "any further CUDA work will return the same error". The uncorrectable ones are reported by
   * the hardware, and it says nothing of how to go on.
   */
  private static final Set<Integer> FATAL =
      Set.of(
          4, // CUDA_ERROR_DEINITIALIZED: the process ends
          214, // CUDA_ERROR_ECC_UNCORRECTABLE
          220, // CUDA_ERROR_NVLINK_UNCORRECTABLE
          226, // CUDA_ERROR_CONTAINED: invalid access to another GPU's memory, or the hardware
          700, // CUDA_ERROR_ILLEGAL_ADDRESS
          702, // CUDA_ERROR_LAUNCH_TIMEOUT
          709, // CUDA_ERROR_CONTEXT_IS_DESTROYED
          710, // CUDA_ERROR_ASSERT
          714, // CUDA_ERROR_HARDWARE_STACK_ERROR
          715, // CUDA_ERROR_ILLEGAL_INSTRUCTION
          716, // CUDA_ERROR_MISALIGNED_ADDRESS
          717, // CUDA_ERROR_INVALID_ADDRESS_SPACE
          718, // CUDA_ERROR_INVALID_PC
          719, // CUDA_ERROR_LAUNCH_FAILED
          721, // CUDA_ERROR_TENSOR_MEMORY_LEAK
          810, // CUDA_ERROR_MPS_CLIENT_TERMINATED
          911, // CUDA_ERROR_EXTERNAL_DEVICE: what another device shared with CUDA is not valid
          999); // CUDA_ERROR_UNKNOWN

  private final String device;
  private final Gpu gpu;
  private volatile DriverException fatal;

  public GuardedGpu(String device, Gpu gpu) {
    this.device = device;
    this.gpu = gpu;
  }

  /** Whether the device still works, as far as is known. */
  public boolean works() {
    return fatal == null;
  }

  private <T> T guarded(Supplier<T> call) {
    DriverException earlier = fatal;
    if (earlier != null) {
      throw new DeviceLostException(device, earlier);
    }
    try {
      return call.get();
    } catch (DriverException e) {
      if (e.library() == DriverException.Library.DRIVER && FATAL.contains(e.code())) {
        fatal = e;
        throw new DeviceLostException(device, e);
      }
      if (e.isOutOfMemory()) {
        throw new OutOfDeviceMemoryException(device, e);
      }
      throw e;
    }
  }

  private void guard(Runnable call) {
    guarded(
        () -> {
          call.run();
          return null;
        });
  }

  @Override
  public int multiprocessors() {
    return guarded(gpu::multiprocessors);
  }

  @Override
  public int computeCapability() {
    return guarded(gpu::computeCapability);
  }

  @Override
  public int sharedBytesPerBlock() {
    return guarded(gpu::sharedBytesPerBlock);
  }

  @Override
  public int cublasVersion() {
    return guarded(gpu::cublasVersion);
  }

  @Override
  public long freeMemory() {
    return guarded(gpu::freeMemory);
  }

  @Override
  public long allocate(long bytes) {
    return guarded(() -> gpu.allocate(bytes));
  }

  @Override
  public void free(long address) {
    guard(() -> gpu.free(address));
  }

  @Override
  public long bytesFrom(long address) {
    return guarded(() -> gpu.bytesFrom(address));
  }

  @Override
  public ByteBuffer pin(int bytes) {
    return guarded(() -> gpu.pin(bytes));
  }

  @Override
  public void unpin(ByteBuffer pinned) {
    guard(() -> gpu.unpin(pinned));
  }

  @Override
  public long createStream() {
    return guarded(gpu::createStream);
  }

  @Override
  public void destroyStream(long stream) {
    guard(() -> gpu.destroyStream(stream));
  }

  @Override
  public void waitFor(long stream, long other) {
    guard(() -> gpu.waitFor(stream, other));
  }

  @Override
  public void share(long stream, LongConsumer others) {
    guard(() -> gpu.share(stream, others));
  }

  @Override
  public void synchronize(long stream) {
    guard(() -> gpu.synchronize(stream));
  }

  @Override
  public void awaitCopies(ByteBuffer pinned) {
    guard(() -> gpu.awaitCopies(pinned));
  }

  @Override
  public void clear(long stream, long address, long bytes) {
    guard(() -> gpu.clear(stream, address, bytes));
  }

  @Override
  public void upload(long stream, long to, long pitch, ByteBuffer from, long rowBytes, int rows) {
    guard(() -> gpu.upload(stream, to, pitch, from, rowBytes, rows));
  }

  @Override
  public void download(long stream, ByteBuffer to, long from, long pitch, long rowBytes, int rows) {
    guard(() -> gpu.download(stream, to, from, pitch, rowBytes, rows));
  }

  @Override
  public long load(ByteBuffer image) {
    return guarded(() -> gpu.load(image));
  }

  @Override
  public void unload(long module) {
    guard(() -> gpu.unload(module));
  }

  @Override
  public long kernel(long module, String name) {
    return guarded(() -> gpu.kernel(module, name));
  }

  @Override
  public void launch(
      long stream, long kernel, LaunchSize size, ByteBuffer arguments, int[] offsets) {
    guard(() -> gpu.launch(stream, kernel, size, arguments, offsets));
  }

  @Override
  public void multiply(long stream, double alpha, MatrixProduct product, double beta) {
    guard(() -> gpu.multiply(stream, alpha, product, beta));
  }

  @Override
  public void multiplyByDeviceScalars(long stream, long alpha, MatrixProduct product, long beta) {
    guard(() -> gpu.multiplyByDeviceScalars(stream, alpha, product, beta));
  }

  @Override
  public void beginRecording(long stream) {
    guard(() -> gpu.beginRecording(stream));
  }

  @Override
  public long endRecording(long stream) {
    return guarded(() -> gpu.endRecording(stream));
  }

  @Override
  public void replay(long stream, long recording) {
    guard(() -> gpu.replay(stream, recording));
  }

  @Override
  public void forget(long recording) {
    guard(() -> gpu.forget(recording));
  }

  /** Closes the device's part, which CUDA allows even when the device is lost. */
  @Override
  public void close() {
    gpu.close();
  }
}
