package io.rowwise.backend.cuda.jcuda;

import io.rowwise.backend.ElementType;
import io.rowwise.backend.Transpose;
import io.rowwise.backend.cuda.DriverException;
import io.rowwise.backend.cuda.Gpu;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import jcuda.Pointer;
import jcuda.driver.CUDA_MEMCPY2D;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdevice_attribute;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUfunction;
import jcuda.driver.CUfunction_attribute;
import jcuda.driver.CUmemorytype;
import jcuda.driver.CUmodule;
import jcuda.driver.CUstream;
import jcuda.driver.CUstream_flags;
import jcuda.driver.JCudaDriver;
import jcuda.jcublas.JCublas2;
import jcuda.jcublas.cublasHandle;
import jcuda.jcublas.cublasMath;
import jcuda.jcublas.cublasOperation;
import jcuda.jcublas.cublasStatus;
import jcuda.runtime.cudaStream_t;

/**
 * {@link Gpu} on JCuda and JCublas, in the device's primary context and on one stream. Not yet run
 * on a GPU, so nothing opens one yet.
 */
final class NativeGpu implements Gpu {
  /** What cuBLAS asks for on Hopper; given once, so that it never allocates by itself. */
  private static final long WORKSPACE_BYTES = 32L << 20;

  /** What our kernels have of shared memory without asking for it, at most. */
  private static final int STATIC_SHARED_BYTES = 1024;

  private final CUdevice device;
  private final CUcontext context = new CUcontext();
  private final CUstream stream = new CUstream();
  private final cublasHandle cublas = new cublasHandle();
  private final Address workspace = new Address();
  // JCuda's objects by their places, which are the handles that we give out.
  private final List<CUmodule> modules = new ArrayList<>();
  private final List<CUfunction> kernels = new ArrayList<>();
  private final IdentityHashMap<ByteBuffer, Pointer> pinned = new IdentityHashMap<>();

  /** A device pointer that tells its value, and one made of a value. */
  private static final class Address extends CUdeviceptr {
    long value() {
      return getNativePointer();
    }

    static CUdeviceptr of(long value) {
      return new CUdeviceptr().withByteOffset(value);
    }
  }

  NativeGpu(CUdevice device) {
    this.device = device;
    check("cuDevicePrimaryCtxRetain", JCudaDriver.cuDevicePrimaryCtxRetain(context, device));
    try {
      enter();
      check(
          "cuStreamCreate",
          JCudaDriver.cuStreamCreate(stream, CUstream_flags.CU_STREAM_NON_BLOCKING));
      check("cuMemAlloc", JCudaDriver.cuMemAlloc(workspace, WORKSPACE_BYTES));
      checkCublas("cublasCreate", JCublas2.cublasCreate(cublas));
      checkCublas("cublasSetStream", JCublas2.cublasSetStream(cublas, new cudaStream_t(stream)));
      checkCublas(
          "cublasSetWorkspace", JCublas2.cublasSetWorkspace(cublas, workspace, WORKSPACE_BYTES));
      // No TF32: float32 is float32.
      checkCublas(
          "cublasSetMathMode", JCublas2.cublasSetMathMode(cublas, cublasMath.CUBLAS_DEFAULT_MATH));
    } catch (DriverException e) {
      JCudaDriver.cuDevicePrimaryCtxRelease(device);
      throw e;
    }
  }

  /** Any thread may call, each with another context current, or none. */
  private void enter() {
    check("cuCtxSetCurrent", JCudaDriver.cuCtxSetCurrent(context));
  }

  @Override
  public int multiprocessors() {
    return NativeDriver.attribute(
        CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT, device);
  }

  @Override
  public int sharedBytesPerBlock() {
    return NativeDriver.attribute(
        CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN, device);
  }

  @Override
  public long freeMemory() {
    enter();
    long[] free = new long[1];
    check("cuMemGetInfo", JCudaDriver.cuMemGetInfo(free, new long[1]));
    return free[0];
  }

  @Override
  public long allocate(long bytes) {
    enter();
    Address address = new Address();
    check("cuMemAlloc", JCudaDriver.cuMemAlloc(address, bytes));
    return address.value();
  }

  @Override
  public void free(long address) {
    enter();
    check("cuMemFree", JCudaDriver.cuMemFree(Address.of(address)));
  }

  @Override
  public void clear(long address, long bytes) {
    enter();
    check(
        "cuMemsetD8Async",
        JCudaDriver.cuMemsetD8Async(Address.of(address), (byte) 0, bytes, stream));
  }

  @Override
  public ByteBuffer pin(int bytes) {
    enter();
    Pointer pointer = new Pointer();
    check("cuMemHostAlloc", JCudaDriver.cuMemHostAlloc(pointer, bytes, 0));
    ByteBuffer buffer = pointer.getByteBuffer(0, bytes).order(ByteOrder.nativeOrder());
    pinned.put(buffer, pointer);
    return buffer;
  }

  @Override
  public void unpin(ByteBuffer buffer) {
    enter();
    check("cuMemFreeHost", JCudaDriver.cuMemFreeHost(pinned.remove(buffer)));
  }

  @Override
  public void upload(long to, long pitch, ByteBuffer from, long rowBytes, int rows) {
    CUDA_MEMCPY2D copy = copy(rowBytes, rows);
    copy.srcMemoryType = CUmemorytype.CU_MEMORYTYPE_HOST;
    copy.srcHost = pinned.get(from);
    copy.srcPitch = rowBytes;
    copy.dstMemoryType = CUmemorytype.CU_MEMORYTYPE_DEVICE;
    copy.dstDevice = Address.of(to);
    copy.dstPitch = pitch;
    start(copy);
  }

  @Override
  public void download(ByteBuffer to, long from, long pitch, long rowBytes, int rows) {
    CUDA_MEMCPY2D copy = copy(rowBytes, rows);
    copy.srcMemoryType = CUmemorytype.CU_MEMORYTYPE_DEVICE;
    copy.srcDevice = Address.of(from);
    copy.srcPitch = pitch;
    copy.dstMemoryType = CUmemorytype.CU_MEMORYTYPE_HOST;
    copy.dstHost = pinned.get(to);
    copy.dstPitch = rowBytes;
    start(copy);
  }

  @Override
  public void copy(long to, long toPitch, long from, long fromPitch, long rowBytes, int rows) {
    CUDA_MEMCPY2D copy = copy(rowBytes, rows);
    copy.srcMemoryType = CUmemorytype.CU_MEMORYTYPE_DEVICE;
    copy.srcDevice = Address.of(from);
    copy.srcPitch = fromPitch;
    copy.dstMemoryType = CUmemorytype.CU_MEMORYTYPE_DEVICE;
    copy.dstDevice = Address.of(to);
    copy.dstPitch = toPitch;
    start(copy);
  }

  private static CUDA_MEMCPY2D copy(long rowBytes, int rows) {
    CUDA_MEMCPY2D copy = new CUDA_MEMCPY2D();
    copy.WidthInBytes = rowBytes;
    copy.Height = rows;
    return copy;
  }

  private void start(CUDA_MEMCPY2D copy) {
    enter();
    check("cuMemcpy2DAsync", JCudaDriver.cuMemcpy2DAsync(copy, stream));
  }

  @Override
  public void synchronize() {
    enter();
    check("cuStreamSynchronize", JCudaDriver.cuStreamSynchronize(stream));
  }

  @Override
  public long load(String ptx) {
    enter();
    CUmodule module = new CUmodule();
    check("cuModuleLoadData", JCudaDriver.cuModuleLoadData(module, ptx));
    modules.add(module);
    return modules.size() - 1L;
  }

  @Override
  public long kernel(long module, String name) {
    enter();
    CUfunction kernel = new CUfunction();
    check(
        "cuModuleGetFunction",
        JCudaDriver.cuModuleGetFunction(kernel, modules.get((int) module), name));
    // Any launch may ask for as much as the device has; it is what a launch asks for that counts.
    check(
        "cuFuncSetAttribute",
        JCudaDriver.cuFuncSetAttribute(
            kernel,
            CUfunction_attribute.CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES,
            sharedBytesPerBlock() - STATIC_SHARED_BYTES));
    kernels.add(kernel);
    return kernels.size() - 1L;
  }

  @Override
  public void launch(
      long kernel, int blocks, int threads, int sharedBytes, ByteBuffer arguments, int[] offsets) {
    enter();
    // JCuda takes addresses of direct buffers only.
    ByteBuffer direct =
        ByteBuffer.allocateDirect(arguments.remaining()).order(ByteOrder.nativeOrder());
    Pointer values = Pointer.to(direct.put(arguments.duplicate()).flip());
    Pointer[] places = new Pointer[offsets.length];
    for (int i = 0; i < offsets.length; i++) {
      places[i] = values.withByteOffset(offsets[i]);
    }
    check(
        "cuLaunchKernel",
        JCudaDriver.cuLaunchKernel(
            kernels.get((int) kernel),
            blocks,
            1,
            1,
            threads,
            1,
            1,
            sharedBytes,
            stream,
            Pointer.to(places),
            null));
  }

  /** On the transposes, since cuBLAS takes matrices column by column. */
  @Override
  public void multiply(
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
      long leadingDimensionC) {
    enter();
    int operationA = operation(transposeA);
    int operationB = operation(transposeB);
    int lda = (int) leadingDimensionA;
    int ldb = (int) leadingDimensionB;
    int ldc = (int) leadingDimensionC;
    switch (type) {
      case FLOAT32 ->
          checkCublas(
              "cublasSgemm",
              JCublas2.cublasSgemm(
                  cublas,
                  operationB,
                  operationA,
                  columns,
                  rows,
                  inner,
                  Pointer.to(new float[] {(float) alpha}),
                  Address.of(b),
                  ldb,
                  Address.of(a),
                  lda,
                  Pointer.to(new float[] {(float) beta}),
                  Address.of(c),
                  ldc));
      case FLOAT64 ->
          checkCublas(
              "cublasDgemm",
              JCublas2.cublasDgemm(
                  cublas,
                  operationB,
                  operationA,
                  columns,
                  rows,
                  inner,
                  Pointer.to(new double[] {alpha}),
                  Address.of(b),
                  ldb,
                  Address.of(a),
                  lda,
                  Pointer.to(new double[] {beta}),
                  Address.of(c),
                  ldc));
    }
  }

  private static int operation(Transpose transpose) {
    return transpose == Transpose.YES ? cublasOperation.CUBLAS_OP_T : cublasOperation.CUBLAS_OP_N;
  }

  /** Errors are not looked at: a lost device answers every call with one. */
  @Override
  public void close() {
    JCudaDriver.cuCtxSetCurrent(context);
    JCublas2.cublasDestroy(cublas);
    JCudaDriver.cuMemFree(workspace);
    for (CUmodule module : modules) {
      JCudaDriver.cuModuleUnload(module);
    }
    JCudaDriver.cuStreamDestroy(stream);
    JCudaDriver.cuDevicePrimaryCtxRelease(device);
  }

  private static void check(String call, int result) {
    NativeDriver.check(call, result);
  }

  private static void checkCublas(String call, int result) {
    if (result != cublasStatus.CUBLAS_STATUS_SUCCESS) {
      throw new DriverException(call, result, cublasStatus.stringFor(result));
    }
  }
}
