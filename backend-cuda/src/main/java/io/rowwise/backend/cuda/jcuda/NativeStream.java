package io.rowwise.backend.cuda.jcuda;

import static io.rowwise.backend.cuda.jcuda.NativeDriver.check;

import io.rowwise.backend.ElementType;
import io.rowwise.backend.cuda.DriverException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import jcuda.Pointer;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUevent;
import jcuda.driver.CUevent_flags;
import jcuda.driver.CUstream;
import jcuda.driver.CUstream_flags;
import jcuda.driver.JCudaDriver;
import jcuda.jcublas.JCublas2;
import jcuda.jcublas.cublasHandle;
import jcuda.jcublas.cublasStatus;
import jcuda.runtime.cudaStream_t;

/**
 * A stream with what goes with it: an event that marks how far it has got, a place for arguments,
 * and cuBLAS with a workspace of its own, since two streams must not share one. Called with the
 * device's context current.
 */
final class NativeStream {
  /** What a kernel's arguments take at most. */
  private static final int ARGUMENT_BYTES = 4096;

  private final CUstream stream = new CUstream();
  private final CUevent event = new CUevent();
  private final ByteBuffer arguments =
      ByteBuffer.allocateDirect(ARGUMENT_BYTES).order(ByteOrder.nativeOrder());
  private final Pointer argumentsAt = Pointer.to(arguments);
  private final ByteBuffer scalars =
      ByteBuffer.allocateDirect(2 * Double.BYTES).order(ByteOrder.nativeOrder());
  private final long workspaceBytes;
  private final int mathMode;
  private CUdeviceptr workspace;
  private cublasHandle cublas;

  /**
   * @param mathMode cuBLAS's
   */
  NativeStream(long workspaceBytes, int mathMode) {
    this.workspaceBytes = workspaceBytes;
    this.mathMode = mathMode;
    check(
        "cuStreamCreate",
        JCudaDriver.cuStreamCreate(stream, CUstream_flags.CU_STREAM_NON_BLOCKING));
    int result = JCudaDriver.cuEventCreate(event, CUevent_flags.CU_EVENT_DISABLE_TIMING);
    if (result != 0) {
      JCudaDriver.cuStreamDestroy(stream);
    }
    check("cuEventCreate", result);
  }

  CUstream stream() {
    return stream;
  }

  /** Lets another stream wait for what was asked of this one so far. */
  synchronized void hold(NativeStream other) {
    check("cuEventRecord", JCudaDriver.cuEventRecord(event, stream));
    check("cuStreamWaitEvent", JCudaDriver.cuStreamWaitEvent(other.stream, event, 0));
  }

  /**
   * Pointers to the arguments of a launch, valid until the next call. The caller holds this
   * object's lock until the launch has been asked for.
   */
  Pointer arguments(ByteBuffer values, int[] offsets) {
    arguments.clear().put(values.duplicate());
    Pointer[] places = new Pointer[offsets.length];
    for (int i = 0; i < offsets.length; i++) {
      places[i] = argumentsAt.withByteOffset(offsets[i]);
    }
    return Pointer.to(places);
  }

  /**
   * Two numbers, one after the other, valid until the next call. The caller holds this object's
   * lock until they are not needed any more.
   */
  Pointer scalars(ElementType type, double first, double second) {
    switch (type) {
      case FLOAT32 -> scalars.putFloat(0, (float) first).putFloat(Float.BYTES, (float) second);
      case FLOAT64 -> scalars.putDouble(0, first).putDouble(Double.BYTES, second);
    }
    return Pointer.to(scalars);
  }

  /** cuBLAS, for this stream. The caller holds this object's lock while it uses it. */
  cublasHandle cublas() {
    if (cublas == null) {
      cublasHandle handle = new cublasHandle();
      checkCublas("cublasCreate", JCublas2.cublasCreate(handle));
      try {
        prepare(handle);
      } catch (DriverException e) {
        JCublas2.cublasDestroy(handle);
        throw e;
      }
      cublas = handle;
    }
    return cublas;
  }

  private void prepare(cublasHandle handle) {
    if (workspace == null) {
      CUdeviceptr memory = new CUdeviceptr();
      check("cuMemAlloc", JCudaDriver.cuMemAlloc(memory, workspaceBytes));
      workspace = memory;
    }
    checkCublas("cublasSetStream", JCublas2.cublasSetStream(handle, new cudaStream_t(stream)));
    // After the stream, which takes the workspace away.
    checkCublas(
        "cublasSetWorkspace", JCublas2.cublasSetWorkspace(handle, workspace, workspaceBytes));
    checkCublas("cublasSetMathMode", JCublas2.cublasSetMathMode(handle, mathMode));
  }

  /** Errors are not looked at: a lost device answers every call with one. */
  synchronized void destroy() {
    if (cublas != null) {
      JCublas2.cublasDestroy(cublas);
      cublas = null;
    }
    if (workspace != null) {
      JCudaDriver.cuMemFree(workspace);
      workspace = null;
    }
    JCudaDriver.cuEventDestroy(event);
    JCudaDriver.cuStreamDestroy(stream);
  }

  static void checkCublas(String call, int result) {
    if (result != cublasStatus.CUBLAS_STATUS_SUCCESS) {
      throw new DriverException(call, result, cublasStatus.stringFor(result));
    }
  }
}
