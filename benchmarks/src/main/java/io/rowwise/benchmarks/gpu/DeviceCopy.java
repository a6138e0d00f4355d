package io.rowwise.benchmarks.gpu;

import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUstream;
import jcuda.driver.CUstream_flags;
import jcuda.driver.JCudaDriver;

/**
 * The driver's own copy from device memory to device memory, {@code cuMemcpyDtoDAsync}: the other
 * floor of what reads and writes a matrix once.
 *
 * <p>It goes past Rowwise, on a JCuda of its own, as a program's JCuda beside Rowwise would.
 */
final class DeviceCopy implements AutoCloseable {
  private final CUdevice device = new CUdevice();
  private final CUstream stream = new CUstream();
  private final CUdeviceptr from = new CUdeviceptr();
  private final CUdeviceptr to = new CUdeviceptr();
  private final long bytes;

  /**
   * On the first device.
   *
   * @throws jcuda.CudaException if the driver says no
   * @throws LinkageError if JCuda does not load
   */
  DeviceCopy(long bytes) {
    this.bytes = bytes;
    JCudaDriver.setExceptionsEnabled(true);
    JCudaDriver.cuInit(0);
    JCudaDriver.cuDeviceGet(device, 0);
    CUcontext context = new CUcontext();
    JCudaDriver.cuDevicePrimaryCtxRetain(context, device);
    JCudaDriver.cuCtxPushCurrent(context);
    JCudaDriver.cuStreamCreate(stream, CUstream_flags.CU_STREAM_NON_BLOCKING);
    JCudaDriver.cuMemAlloc(from, bytes);
    JCudaDriver.cuMemAlloc(to, bytes);
  }

  /** Copies so often, and waits. */
  void copy(int times) {
    for (int i = 0; i < times; i++) {
      JCudaDriver.cuMemcpyDtoDAsync(to, from, bytes, stream);
    }
    JCudaDriver.cuStreamSynchronize(stream);
  }

  @Override
  public void close() {
    JCudaDriver.cuMemFree(to);
    JCudaDriver.cuMemFree(from);
    JCudaDriver.cuStreamDestroy(stream);
    JCudaDriver.cuCtxPopCurrent(new CUcontext());
    JCudaDriver.cuDevicePrimaryCtxRelease(device);
  }
}
