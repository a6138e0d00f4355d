package io.rowwise.backend.cuda.jcuda;

import io.rowwise.backend.cuda.driver.Gpu;
import io.rowwise.backend.cuda.driver.LaunchSize;
import io.rowwise.backend.cuda.driver.MatrixProduct;
import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.function.IntSupplier;
import java.util.function.LongConsumer;
import jcuda.Pointer;
import jcuda.driver.CUDA_MEMCPY2D;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdevice_attribute;
import jcuda.driver.CUfunction;
import jcuda.driver.CUfunction_attribute;
import jcuda.driver.CUgraph;
import jcuda.driver.CUgraphExec;
import jcuda.driver.CUmemorytype;
import jcuda.driver.CUmodule;
import jcuda.driver.CUresult;
import jcuda.driver.JCudaDriver;
import jcuda.jcublas.JCublas2;
import jcuda.jcublas.cublasHandle;
import jcuda.jcublas.cublasMath;
import jcuda.jcublas.cublasStatus;

/** {@link Gpu} on JCuda and JCublas, in the device's primary context. Not yet run on a GPU. */
final class NativeGpu implements Gpu {
  private static final int HOPPER = 90;

  /** What cuBLAS asks for, on Hopper and before it; given, so that it never allocates by itself. */
  private static final long HOPPER_WORKSPACE_BYTES = 32L << 20;

  private static final long WORKSPACE_BYTES = 8L << 20;

  private final CUdevice device;
  private final CUcontext context = new CUcontext();

  /** Where the driver says which context was popped, which nobody reads. */
  private final CUcontext popped = new CUcontext();

  private final Handles<NativeStream> streams = new Handles<>();
  private final Handles<CUmodule> modules = new Handles<>();
  private final Handles<Kernel> kernels = new Handles<>();
  private final Handles<CUgraphExec> recordings = new Handles<>();
  private final Map<ByteBuffer, CopyBuffer> pinned =
      Collections.synchronizedMap(new IdentityHashMap<>());
  private final int computeCapability;
  private final long workspaceBytes;
  private final int mathMode;
  private final int cublasVersion;
  private final int multiprocessors;
  private final int sharedBytesPerBlock;

  private record Kernel(long module, CUfunction function) {}

  NativeGpu(CUdevice device, boolean tensorFloat32) {
    this.device = device;
    this.mathMode =
        tensorFloat32 ? cublasMath.CUBLAS_TF32_TENSOR_OP_MATH : cublasMath.CUBLAS_DEFAULT_MATH;
    this.computeCapability = NativeDriver.computeCapability(device);
    this.workspaceBytes = computeCapability >= HOPPER ? HOPPER_WORKSPACE_BYTES : WORKSPACE_BYTES;
    this.multiprocessors =
        NativeDriver.attribute(CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT, device);
    this.sharedBytesPerBlock =
        NativeDriver.attribute(
            CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN, device);
    this.cublasVersion = askCublas();
    NativeDriver.check(
        "cuDevicePrimaryCtxRetain", JCudaDriver.cuDevicePrimaryCtxRetain(context, device));
  }

  /** It answers without a handle, whose making takes memory and time. */
  private static int askCublas() {
    int[] version = new int[1];
    int status = JCublas2.cublasGetVersion(new cublasHandle(), version);
    if (status != cublasStatus.CUBLAS_STATUS_SUCCESS) {
      throw NativeStream.failure("cublasGetVersion", status);
    }
    return version[0];
  }

  /** Any thread may call, each with another context current, which it keeps, or none. */
  private void inContext(Runnable calls) {
    NativeDriver.check("cuCtxPushCurrent", JCudaDriver.cuCtxPushCurrent(context));
    try {
      calls.run();
    } finally {
      JCudaDriver.cuCtxPopCurrent(popped);
    }
  }

  private void inContext(String name, IntSupplier call) {
    inContext(() -> NativeDriver.check(name, call.getAsInt()));
  }

  @Override
  public int multiprocessors() {
    return multiprocessors;
  }

  @Override
  public int computeCapability() {
    return computeCapability;
  }

  @Override
  public int sharedBytesPerBlock() {
    return sharedBytesPerBlock;
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
  public long bytesFrom(long address) {
    Address start = new Address();
    long[] bytes = new long[1];
    int[] result = new int[1];
    inContext(
        () -> result[0] = JCudaDriver.cuMemGetAddressRange(start, bytes, Address.of(address)));
    if (result[0] == CUresult.CUDA_ERROR_INVALID_VALUE
        || result[0] == CUresult.CUDA_ERROR_NOT_FOUND) {
      return 0;
    }
    NativeDriver.check("cuMemGetAddressRange", result[0]);
    return start.value() + bytes[0] - address;
  }

  @Override
  public ByteBuffer pin(int bytes) {
    CopyBuffer[] made = new CopyBuffer[1];
    inContext(() -> made[0] = new CopyBuffer(bytes));
    pinned.put(made[0].bytes(), made[0]);
    return made[0].bytes();
  }

  @Override
  public void unpin(ByteBuffer buffer) {
    CopyBuffer freed = pinned(buffer);
    inContext(freed::free);
    pinned.remove(buffer);
  }

  private CopyBuffer pinned(ByteBuffer buffer) {
    CopyBuffer found = pinned.get(buffer);
    if (found == null) {
      throw new IllegalArgumentException(buffer + " is not pinned; use a buffer that pin() gave");
    }
    return found;
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
  public void share(long stream, LongConsumer others) {
    inContext(() -> others.accept(streams.get(stream).stream().value()));
  }

  @Override
  public void synchronize(long stream) {
    inContext(
        "cuStreamSynchronize", () -> JCudaDriver.cuStreamSynchronize(streams.get(stream).stream()));
  }

  @Override
  public void awaitCopies(ByteBuffer buffer) {
    inContext(pinned(buffer)::await);
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
    NativeStream on = streams.get(stream);
    CopyBuffer buffer = pinned(from);
    inContext(
        () -> {
          if (isGapless(pitch, rowBytes, rows)) {
            NativeDriver.check(
                "cuMemcpyHtoDAsync",
                JCudaDriver.cuMemcpyHtoDAsync(
                    Address.of(to), buffer.pointer(), rowBytes * rows, on.stream()));
          } else {
            CUDA_MEMCPY2D copy = copy(rowBytes, rows);
            copy.srcMemoryType = CUmemorytype.CU_MEMORYTYPE_HOST;
            copy.srcHost = buffer.pointer();
            copy.srcPitch = rowBytes;
            copy.dstMemoryType = CUmemorytype.CU_MEMORYTYPE_DEVICE;
            copy.dstDevice = Address.of(to);
            copy.dstPitch = pitch;
            start(copy, on);
          }
          buffer.mark(on);
        });
  }

  @Override
  public void download(long stream, ByteBuffer to, long from, long pitch, long rowBytes, int rows) {
    NativeStream on = streams.get(stream);
    CopyBuffer buffer = pinned(to);
    inContext(
        () -> {
          if (isGapless(pitch, rowBytes, rows)) {
            NativeDriver.check(
                "cuMemcpyDtoHAsync",
                JCudaDriver.cuMemcpyDtoHAsync(
                    buffer.pointer(), Address.of(from), rowBytes * rows, on.stream()));
          } else {
            CUDA_MEMCPY2D copy = copy(rowBytes, rows);
            copy.srcMemoryType = CUmemorytype.CU_MEMORYTYPE_DEVICE;
            copy.srcDevice = Address.of(from);
            copy.srcPitch = pitch;
            copy.dstMemoryType = CUmemorytype.CU_MEMORYTYPE_HOST;
            copy.dstHost = buffer.pointer();
            copy.dstPitch = rowBytes;
            start(copy, on);
          }
          buffer.mark(on);
        });
  }

  /** Whether it can be copied as one piece, which is faster than row by row. */
  private static boolean isGapless(long pitch, long rowBytes, int rows) {
    return rows == 1 || pitch == rowBytes;
  }

  private static CUDA_MEMCPY2D copy(long rowBytes, int rows) {
    CUDA_MEMCPY2D copy = new CUDA_MEMCPY2D();
    copy.WidthInBytes = rowBytes;
    copy.Height = rows;
    return copy;
  }

  private static void start(CUDA_MEMCPY2D copy, NativeStream on) {
    NativeDriver.check("cuMemcpy2DAsync", JCudaDriver.cuMemcpy2DAsync(copy, on.stream()));
  }

  @Override
  public long load(ByteBuffer image) {
    if (!image.isDirect()) {
      throw new IllegalArgumentException(image + " is a Java array's; wanted native memory");
    }
    CUmodule module = new CUmodule();
    inContext(
        () -> {
          try (LoadLog log = new LoadLog()) {
            int[] options = log.options();
            int result =
                JCudaDriver.cuModuleLoadDataEx(
                    module, Pointer.to(image), options.length, options, log.values());
            NativeDriver.check("cuModuleLoadDataEx", result, log::text);
          }
        });
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
    CUfunction function = kernels.get(kernel).function();
    inContext(() -> on.launch(function, size, arguments, offsets));
  }

  @Override
  public void multiply(long stream, double alpha, MatrixProduct product, double beta) {
    NativeStream on = streams.get(stream);
    inContext(() -> on.multiply(alpha, product, beta));
  }

  @Override
  public void multiplyByDeviceScalars(long stream, long alpha, MatrixProduct product, long beta) {
    NativeStream on = streams.get(stream);
    inContext(() -> on.multiplyByDeviceScalars(alpha, product, beta));
  }

  @Override
  public void beginRecording(long stream) {
    inContext(streams.get(stream)::beginRecording);
  }

  @Override
  public long endRecording(long stream) {
    NativeStream on = streams.get(stream);
    CUgraphExec recording = new CUgraphExec();
    inContext(
        () -> {
          CUgraph graph = on.endRecording();
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
    JCudaDriver.cuCtxPopCurrent(popped);
    JCudaDriver.cuDevicePrimaryCtxRelease(device);
  }
}
