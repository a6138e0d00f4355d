package io.rowwise.backend.cuda.jcuda;

import static io.rowwise.backend.cuda.jcuda.NativeStream.checkCublas;

import io.rowwise.backend.Transpose;
import io.rowwise.backend.cuda.DriverException;
import io.rowwise.backend.cuda.Gpu;
import io.rowwise.backend.cuda.LaunchSize;
import io.rowwise.backend.cuda.MatrixProduct;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.IdentityHashMap;
import java.util.function.IntSupplier;
import jcuda.Pointer;
import jcuda.driver.CUDA_MEMCPY2D;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdevice_attribute;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUfunction;
import jcuda.driver.CUfunction_attribute;
import jcuda.driver.CUgraph;
import jcuda.driver.CUgraphExec;
import jcuda.driver.CUmemorytype;
import jcuda.driver.CUmodule;
import jcuda.driver.CUstreamCaptureMode;
import jcuda.driver.JCudaDriver;
import jcuda.jcublas.JCublas2;
import jcuda.jcublas.cublasHandle;
import jcuda.jcublas.cublasMath;
import jcuda.jcublas.cublasOperation;
import jcuda.jcublas.cublasPointerMode;

/** {@link Gpu} on JCuda and JCublas, in the device's primary context. Not yet run on a GPU. */
final class NativeGpu implements Gpu {
  private static final int HOPPER = 90;

  /** What cuBLAS asks for, on Hopper and before it; given, so that it never allocates by itself. */
  private static final long HOPPER_WORKSPACE_BYTES = 32L << 20;

  private static final long WORKSPACE_BYTES = 8L << 20;

  private final CUdevice device;
  private final CUcontext context = new CUcontext();
  private final Handles<NativeStream> streams = new Handles<>();
  private final Handles<CUmodule> modules = new Handles<>();
  private final Handles<Kernel> kernels = new Handles<>();
  private final Handles<CUgraphExec> recordings = new Handles<>();
  private final IdentityHashMap<ByteBuffer, Pointer> pinned = new IdentityHashMap<>();
  private final IdentityHashMap<ByteBuffer, NativeStream> copying = new IdentityHashMap<>();
  private final int computeCapability;
  private final long workspaceBytes;
  private final int mathMode;
  private final int cublasVersion;

  private record Kernel(long module, CUfunction function) {}

  /** A device pointer that tells its value, and one made of a value. */
  private static final class Address extends CUdeviceptr {
    long value() {
      return getNativePointer();
    }

    static CUdeviceptr of(long value) {
      return new CUdeviceptr().withByteOffset(value);
    }
  }

  NativeGpu(CUdevice device, boolean tensorFloat32) {
    this.device = device;
    this.mathMode =
        tensorFloat32 ? cublasMath.CUBLAS_TF32_TENSOR_OP_MATH : cublasMath.CUBLAS_DEFAULT_MATH;
    this.computeCapability = NativeDriver.computeCapability(device);
    this.workspaceBytes = computeCapability >= HOPPER ? HOPPER_WORKSPACE_BYTES : WORKSPACE_BYTES;
    NativeDriver.check(
        "cuDevicePrimaryCtxRetain", JCudaDriver.cuDevicePrimaryCtxRetain(context, device));
    try {
      this.cublasVersion = askCublas();
    } catch (DriverException e) {
      JCudaDriver.cuDevicePrimaryCtxRelease(device);
      throw e;
    }
  }

  private int askCublas() {
    int[] version = new int[1];
    inContext(
        () -> {
          cublasHandle cublas = new cublasHandle();
          checkCublas("cublasCreate", JCublas2.cublasCreate(cublas));
          int result = JCublas2.cublasGetVersion(cublas, version);
          JCublas2.cublasDestroy(cublas);
          checkCublas("cublasGetVersion", result);
        });
    return version[0];
  }

  /** Any thread may call, each with another context current, which it keeps, or none. */
  private void inContext(Runnable calls) {
    NativeDriver.check("cuCtxPushCurrent", JCudaDriver.cuCtxPushCurrent(context));
    try {
      calls.run();
    } finally {
      JCudaDriver.cuCtxPopCurrent(new CUcontext());
    }
  }

  private void inContext(String name, IntSupplier call) {
    inContext(() -> NativeDriver.check(name, call.getAsInt()));
  }

  @Override
  public int multiprocessors() {
    return NativeDriver.attribute(
        CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT, device);
  }

  @Override
  public int computeCapability() {
    return computeCapability;
  }

  @Override
  public int sharedBytesPerBlock() {
    return NativeDriver.attribute(
        CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN, device);
  }

  @Override
  public int cublasVersion() {
    return cublasVersion;
  }

  @Override
  public long freeMemory() {
    long[] free = new long[1];
    inContext("cuMemGetInfo", () -> JCudaDriver.cuMemGetInfo(free, new long[1]));
    return free[0];
  }

  @Override
  public long allocate(long bytes) {
    Address address = new Address();
    inContext("cuMemAlloc", () -> JCudaDriver.cuMemAlloc(address, bytes));
    return address.value();
  }

  @Override
  public void free(long address) {
    inContext("cuMemFree", () -> JCudaDriver.cuMemFree(Address.of(address)));
  }

  @Override
  public ByteBuffer pin(int bytes) {
    Pointer pointer = new Pointer();
    inContext("cuMemHostAlloc", () -> JCudaDriver.cuMemHostAlloc(pointer, bytes, 0));
    ByteBuffer buffer = pointer.getByteBuffer(0, bytes).order(ByteOrder.nativeOrder());
    synchronized (pinned) {
      pinned.put(buffer, pointer);
    }
    return buffer;
  }

  @Override
  public void unpin(ByteBuffer buffer) {
    Pointer pointer = pointer(buffer);
    inContext("cuMemFreeHost", () -> JCudaDriver.cuMemFreeHost(pointer));
    synchronized (pinned) {
      pinned.remove(buffer);
      copying.remove(buffer);
    }
  }

  private Pointer pointer(ByteBuffer buffer) {
    synchronized (pinned) {
      return pinned.get(buffer);
    }
  }

  @Override
  public long createStream() {
    NativeStream[] stream = new NativeStream[1];
    inContext(() -> stream[0] = new NativeStream(workspaceBytes, mathMode));
    return streams.add(stream[0]);
  }

  @Override
  public void destroyStream(long stream) {
    NativeStream destroyed = streams.remove(stream);
    inContext(destroyed::destroy);
  }

  @Override
  public void waitFor(long stream, long other) {
    inContext(() -> streams.get(other).hold(streams.get(stream)));
  }

  @Override
  public void synchronize(long stream) {
    inContext(
        "cuStreamSynchronize", () -> JCudaDriver.cuStreamSynchronize(streams.get(stream).stream()));
  }

  @Override
  public void awaitCopies(ByteBuffer buffer) {
    NativeStream stream;
    synchronized (pinned) {
      stream = copying.get(buffer);
    }
    if (stream != null) {
      inContext("cuStreamSynchronize", () -> JCudaDriver.cuStreamSynchronize(stream.stream()));
    }
  }

  @Override
  public void clear(long stream, long address, long bytes) {
    inContext(
        "cuMemsetD8Async",
        () ->
            JCudaDriver.cuMemsetD8Async(
                Address.of(address), (byte) 0, bytes, streams.get(stream).stream()));
  }

  @Override
  public void upload(long stream, long to, long pitch, ByteBuffer from, long rowBytes, int rows) {
    CUDA_MEMCPY2D copy = copy(rowBytes, rows);
    copy.srcMemoryType = CUmemorytype.CU_MEMORYTYPE_HOST;
    copy.srcHost = pointer(from);
    copy.srcPitch = rowBytes;
    copy.dstMemoryType = CUmemorytype.CU_MEMORYTYPE_DEVICE;
    copy.dstDevice = Address.of(to);
    copy.dstPitch = pitch;
    start(stream, copy, from);
  }

  @Override
  public void download(long stream, ByteBuffer to, long from, long pitch, long rowBytes, int rows) {
    CUDA_MEMCPY2D copy = copy(rowBytes, rows);
    copy.srcMemoryType = CUmemorytype.CU_MEMORYTYPE_DEVICE;
    copy.srcDevice = Address.of(from);
    copy.srcPitch = pitch;
    copy.dstMemoryType = CUmemorytype.CU_MEMORYTYPE_HOST;
    copy.dstHost = pointer(to);
    copy.dstPitch = rowBytes;
    start(stream, copy, to);
  }

  private static CUDA_MEMCPY2D copy(long rowBytes, int rows) {
    CUDA_MEMCPY2D copy = new CUDA_MEMCPY2D();
    copy.WidthInBytes = rowBytes;
    copy.Height = rows;
    return copy;
  }

  private void start(long stream, CUDA_MEMCPY2D copy, ByteBuffer buffer) {
    synchronized (pinned) {
      copying.put(buffer, streams.get(stream));
    }
    inContext(
        "cuMemcpy2DAsync", () -> JCudaDriver.cuMemcpy2DAsync(copy, streams.get(stream).stream()));
  }

  @Override
  public long load(ByteBuffer image) {
    CUmodule module = new CUmodule();
    // Not cuModuleLoadData, in which JCuda keeps the garbage collector out for as long as it takes.
    inContext(
        "cuModuleLoadDataEx",
        () ->
            JCudaDriver.cuModuleLoadDataEx(
                module, Pointer.to(image), 0, new int[0], Pointer.to(new int[0])));
    return modules.add(module);
  }

  @Override
  public void unload(long module) {
    CUmodule unloaded = modules.remove(module);
    kernels.removeIf(kernel -> kernel.module() == module);
    inContext("cuModuleUnload", () -> JCudaDriver.cuModuleUnload(unloaded));
  }

  @Override
  public long kernel(long module, String name) {
    CUfunction kernel = new CUfunction();
    inContext(
        () -> {
          NativeDriver.check(
              "cuModuleGetFunction",
              JCudaDriver.cuModuleGetFunction(kernel, modules.get(module), name));
          allowSharedMemory(kernel);
        });
    return kernels.add(new Kernel(module, kernel));
  }

  /** Any launch may ask for all that the device has; it is what a launch asks for that counts. */
  private void allowSharedMemory(CUfunction kernel) {
    int[] own = new int[1];
    NativeDriver.check(
        "cuFuncGetAttribute",
        JCudaDriver.cuFuncGetAttribute(
            own, CUfunction_attribute.CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES, kernel));
    NativeDriver.check(
        "cuFuncSetAttribute",
        JCudaDriver.cuFuncSetAttribute(
            kernel,
            CUfunction_attribute.CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES,
            sharedBytesPerBlock() - own[0]));
  }

  @Override
  public void launch(
      long stream, long kernel, LaunchSize size, ByteBuffer arguments, int[] offsets) {
    NativeStream on = streams.get(stream);
    synchronized (on) {
      inContext(
          "cuLaunchKernel",
          () ->
              JCudaDriver.cuLaunchKernel(
                  kernels.get(kernel).function(),
                  size.blocksX(),
                  size.blocksY(),
                  size.blocksZ(),
                  size.threadsX(),
                  size.threadsY(),
                  size.threadsZ(),
                  size.sharedBytes(),
                  on.stream(),
                  on.arguments(arguments, offsets),
                  null));
    }
  }

  @Override
  public void multiply(long stream, double alpha, MatrixProduct product, double beta) {
    NativeStream on = streams.get(stream);
    synchronized (on) {
      inContext(
          () -> {
            Pointer scalars = on.scalars(product.type(), alpha, beta);
            multiply(
                on.cublas(),
                cublasPointerMode.CUBLAS_POINTER_MODE_HOST,
                scalars,
                product,
                scalars.withByteOffset(product.type().bytes()));
          });
    }
  }

  @Override
  public void multiplyByDeviceScalars(long stream, long alpha, MatrixProduct product, long beta) {
    NativeStream on = streams.get(stream);
    synchronized (on) {
      inContext(
          () ->
              multiply(
                  on.cublas(),
                  cublasPointerMode.CUBLAS_POINTER_MODE_DEVICE,
                  Address.of(alpha),
                  product,
                  Address.of(beta)));
    }
  }

  /** On the transposes, since cuBLAS takes matrices column by column. */
  private static void multiply(
      cublasHandle cublas, int pointerMode, Pointer alpha, MatrixProduct of, Pointer beta) {
    checkCublas("cublasSetPointerMode", JCublas2.cublasSetPointerMode(cublas, pointerMode));
    int operationA = operation(of.transposeA());
    int operationB = operation(of.transposeB());
    int lda = (int) of.leadingDimensionA();
    int ldb = (int) of.leadingDimensionB();
    int ldc = (int) of.leadingDimensionC();
    Pointer a = Address.of(of.a());
    Pointer b = Address.of(of.b());
    Pointer c = Address.of(of.c());
    int m = of.columns();
    int n = of.rows();
    int k = of.inner();
    switch (of.type()) {
      case FLOAT32 ->
          checkCublas(
              "cublasSgemm",
              JCublas2.cublasSgemm(
                  cublas, operationB, operationA, m, n, k, alpha, b, ldb, a, lda, beta, c, ldc));
      case FLOAT64 ->
          checkCublas(
              "cublasDgemm",
              JCublas2.cublasDgemm(
                  cublas, operationB, operationA, m, n, k, alpha, b, ldb, a, lda, beta, c, ldc));
    }
  }

  private static int operation(Transpose transpose) {
    return transpose == Transpose.YES ? cublasOperation.CUBLAS_OP_T : cublasOperation.CUBLAS_OP_N;
  }

  @Override
  public void beginRecording(long stream) {
    NativeStream on = streams.get(stream);
    synchronized (on) {
      inContext(
          () -> {
            // It allocates, which cannot be recorded.
            on.cublas();
            NativeDriver.check(
                "cuStreamBeginCapture",
                JCudaDriver.cuStreamBeginCapture(
                    on.stream(), CUstreamCaptureMode.CU_STREAM_CAPTURE_MODE_THREAD_LOCAL));
          });
    }
  }

  @Override
  public long endRecording(long stream) {
    CUgraph graph = new CUgraph();
    CUgraphExec recording = new CUgraphExec();
    inContext(
        () -> {
          NativeDriver.check(
              "cuStreamEndCapture",
              JCudaDriver.cuStreamEndCapture(streams.get(stream).stream(), graph));
          int result = JCudaDriver.cuGraphInstantiate(recording, graph, 0);
          JCudaDriver.cuGraphDestroy(graph);
          NativeDriver.check("cuGraphInstantiate", result);
        });
    return recordings.add(recording);
  }

  @Override
  public void replay(long stream, long recording) {
    inContext(
        "cuGraphLaunch",
        () -> JCudaDriver.cuGraphLaunch(recordings.get(recording), streams.get(stream).stream()));
  }

  @Override
  public void forget(long recording) {
    CUgraphExec forgotten = recordings.remove(recording);
    inContext("cuGraphExecDestroy", () -> JCudaDriver.cuGraphExecDestroy(forgotten));
  }

  /** Errors are not looked at: a lost device answers every call with one. */
  @Override
  public void close() {
    JCudaDriver.cuCtxPushCurrent(context);
    recordings.all().forEach(JCudaDriver::cuGraphExecDestroy);
    streams.all().forEach(NativeStream::destroy);
    modules.all().forEach(JCudaDriver::cuModuleUnload);
    JCudaDriver.cuCtxPopCurrent(new CUcontext());
    JCudaDriver.cuDevicePrimaryCtxRelease(device);
  }
}
