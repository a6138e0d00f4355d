package io.rowwise.backend.cuda.jcuda;

import static io.rowwise.backend.cuda.jcuda.NativeDriver.check;

import io.rowwise.backend.ElementType;
import io.rowwise.backend.cuda.driver.DriverException;
import io.rowwise.backend.cuda.driver.LaunchSize;
import io.rowwise.backend.cuda.driver.MatrixProduct;
import java.nio.ByteBuffer;
import java.util.concurrent.locks.ReentrantLock;
import jcuda.Pointer;
import jcuda.driver.CUevent;
import jcuda.driver.CUevent_flags;
import jcuda.driver.CUfunction;
import jcuda.driver.CUgraph;
import jcuda.driver.CUresult;
import jcuda.driver.CUstream;
import jcuda.driver.CUstreamCaptureMode;
import jcuda.driver.CUstreamCaptureStatus;
import jcuda.driver.CUstream_flags;
import jcuda.driver.JCudaDriver;
import jcuda.jcublas.cublasStatus;

/**
 * A stream with what goes with it: an event that marks how far it has got, cuBLAS, and native
 * memory for what a launch or a product is given. Safe for use by many threads; called with the
 * device's context current.
 */
final class NativeStream {
  /**
   * Held while a stream records, and while cuBLAS starts or ends. Those wait for the whole device,
   * and CUDA ends each recording of a context during which anybody does.
   */
  private static final ReentrantLock RECORDING = new ReentrantLock();

  /** What a kernel's arguments take at most. */
  private static final int ARGUMENT_BYTES = 4096;

  private static final int MOST_ARGUMENTS = ARGUMENT_BYTES / Integer.BYTES;

  // What lies where in the memory that is passed: a product's two scalars, pointers to a launch's
  // arguments, and those.
  private static final int SECOND_SCALAR = Double.BYTES;
  private static final int POINTERS = 64;
  private static final int ARGUMENTS = POINTERS + MOST_ARGUMENTS * Long.BYTES;

  private final StreamHandle stream = new StreamHandle();
  private final CUevent event = new CUevent();
  private final long workspaceBytes;
  private final int mathMode;
  private final PinnedMemory passed;
  private final Pointer pointers;
  private final Pointer firstScalar;
  private final Pointer secondScalar;
  private volatile NativeCublas cublas;

  /**
   * @param mathMode cuBLAS's
   */
  NativeStream(long workspaceBytes, int mathMode) {
    this.workspaceBytes = workspaceBytes;
    this.mathMode = mathMode;
    check(
        "cuStreamCreate",
        JCudaDriver.cuStreamCreate(stream, CUstream_flags.CU_STREAM_NON_BLOCKING));
    try {
      check(
          "cuEventCreate", JCudaDriver.cuEventCreate(event, CUevent_flags.CU_EVENT_DISABLE_TIMING));
      try {
        passed = new PinnedMemory(ARGUMENTS + ARGUMENT_BYTES);
      } catch (DriverException e) {
        JCudaDriver.cuEventDestroy(event);
        throw e;
      }
    } catch (DriverException e) {
      JCudaDriver.cuStreamDestroy(stream);
      throw e;
    }
    firstScalar = passed.pointer();
    secondScalar = passed.pointer().withByteOffset(SECOND_SCALAR);
    pointers = passed.pointer().withByteOffset(POINTERS);
  }

  StreamHandle stream() {
    return stream;
  }

  /** A stream that tells its value. */
  static final class StreamHandle extends CUstream {
    private StreamHandle() {}

    /** What the driver set. */
    long value() {
      return getNativePointer();
    }
  }

  /** Lets another stream wait for what was asked of this one so far. */
  synchronized void hold(NativeStream other) {
    check("cuEventRecord", JCudaDriver.cuEventRecord(event, stream));
    check("cuStreamWaitEvent", JCudaDriver.cuStreamWaitEvent(other.stream, event, 0));
  }

  /** Runs a kernel; see {@link io.rowwise.backend.cuda.driver.Gpu#launch}. */
  synchronized void launch(
      CUfunction kernel, LaunchSize size, ByteBuffer arguments, int[] offsets) {
    ByteBuffer to = passed.bytes();
    to.put(ARGUMENTS, arguments, arguments.position(), arguments.remaining());
    long start = passed.address() + ARGUMENTS;
    for (int i = 0; i < offsets.length; i++) {
      to.putLong(POINTERS + i * Long.BYTES, start + offsets[i]);
    }
    if (size.cooperative()) {
      check(
          "cuLaunchCooperativeKernel",
          JCudaDriver.cuLaunchCooperativeKernel(
              kernel,
              size.blocksX(),
              size.blocksY(),
              size.blocksZ(),
              size.threadsX(),
              size.threadsY(),
              size.threadsZ(),
              size.sharedBytes(),
              stream,
              pointers));
    } else {
      check(
          "cuLaunchKernel",
          JCudaDriver.cuLaunchKernel(
              kernel,
              size.blocksX(),
              size.blocksY(),
              size.blocksZ(),
              size.threadsX(),
              size.threadsY(),
              size.threadsZ(),
              size.sharedBytes(),
              stream,
              pointers,
              null));
    }
  }

  /** Multiplies; see {@link io.rowwise.backend.cuda.driver.Gpu#multiply}. */
  void multiply(double alpha, MatrixProduct product, double beta) {
    startCublas();
    synchronized (this) {
      setScalars(product.type(), alpha, beta);
      cublas.multiplyByHostScalars(firstScalar, product, secondScalar);
    }
  }

  private void setScalars(ElementType type, double first, double second) {
    ByteBuffer to = passed.bytes();
    if (type == ElementType.FLOAT64) {
      to.putDouble(0, first).putDouble(SECOND_SCALAR, second);
    } else {
      to.putFloat(0, (float) first).putFloat(SECOND_SCALAR, (float) second);
    }
  }

  /** Multiplies; see {@link io.rowwise.backend.cuda.driver.Gpu#multiplyByDeviceScalars}. */
  void multiplyByDeviceScalars(long alpha, MatrixProduct product, long beta) {
    startCublas();
    synchronized (this) {
      cublas.multiplyByDeviceScalars(Address.of(alpha), product, Address.of(beta));
    }
  }

  private void startCublas() {
    if (cublas == null) {
      RECORDING.lock();
      try {
        if (cublas == null) {
          cublas = new NativeCublas(this, workspaceBytes, mathMode);
        }
      } finally {
        RECORDING.unlock();
      }
    }
  }

  /** Begins to record; the calling thread ends it. Until then no other thread can begin. */
  void beginRecording() {
    // It allocates, which cannot be recorded.
    startCublas();
    RECORDING.lock();
    try {
      check(
          "cuStreamBeginCapture",
          JCudaDriver.cuStreamBeginCapture(
              stream, CUstreamCaptureMode.CU_STREAM_CAPTURE_MODE_THREAD_LOCAL));
    } catch (DriverException e) {
      RECORDING.unlock();
      throw e;
    }
  }

  /** Ends what this thread began. */
  CUgraph endRecording() {
    CUgraph graph = new CUgraph();
    try {
      check("cuStreamEndCapture", JCudaDriver.cuStreamEndCapture(stream, graph));
    } finally {
      if (RECORDING.isHeldByCurrentThread()) {
        RECORDING.unlock();
      }
    }
    return graph;
  }

  /** Errors are not looked at: a lost device answers every call with one. */
  void destroy() {
    RECORDING.lock();
    try {
      if (cublas != null) {
        cublas.destroy();
      }
    } finally {
      RECORDING.unlock();
    }
    passed.free();
    JCudaDriver.cuEventDestroy(event);
    JCudaDriver.cuStreamDestroy(stream);
  }

  /**
   * Throws what went wrong if a call of cuBLAS failed. After work on the device has failed, cuBLAS
   * says only that it cannot go on; why is what the driver says.
   */
  void checkCublas(String call, int status) {
    if (status == cublasStatus.CUBLAS_STATUS_SUCCESS) {
      return;
    }
    DriverException failure = failure(call, status);
    try {
      askDriver();
    } catch (DriverException why) {
      why.addSuppressed(failure);
      throw why;
    }
    throw failure;
  }

  static DriverException failure(String call, int status) {
    return new DriverException(
        DriverException.Library.CUBLAS, call, status, cublasStatus.stringFor(status), "");
  }

  /** Throws the driver's error if work on the device has failed. */
  private void askDriver() {
    int[] status = new int[1];
    check("cuStreamIsCapturing", JCudaDriver.cuStreamIsCapturing(stream, status));
    // Whoever asks how far a stream is that records ends the recording.
    if (status[0] == CUstreamCaptureStatus.CU_STREAM_CAPTURE_STATUS_NONE) {
      int result = JCudaDriver.cuStreamQuery(stream);
      if (result != CUresult.CUDA_ERROR_NOT_READY) {
        check("cuStreamQuery", result);
      }
    }
  }
}
