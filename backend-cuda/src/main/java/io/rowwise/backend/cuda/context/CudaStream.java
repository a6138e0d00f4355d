package io.rowwise.backend.cuda.context;

import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.backend.Transpose;
import io.rowwise.backend.cuda.driver.GuardedGpu;
import io.rowwise.backend.cuda.driver.LaunchSize;
import io.rowwise.backend.cuda.driver.MatrixProduct;
import io.rowwise.backend.cuda.kernel.DeviceMatrix;
import io.rowwise.backend.cuda.kernel.ElementwisePlan;
import io.rowwise.backend.cuda.kernel.KernelArguments;
import io.rowwise.backend.cuda.kernel.Launch;
import java.util.List;
import java.util.function.LongConsumer;
import java.util.function.LongFunction;

/**
 * One stream of a device: what is asked for on it is done in that order. Matrices are named by
 * {@link #reading} and {@link #writing} before the work on them is asked for, which orders it after
 * that of other streams.
 *
 * <p>Safe for use by many threads, whose work is then one sequence.
 *
 * <p>Public for the packages beside this one; programs do not use it.
 */
public final class CudaStream {
  private final GuardedGpu gpu;
  private final CudaModules modules;
  private final DeviceMemory memory;
  private final long handle;
  private Staging staging;

  CudaStream(GuardedGpu gpu, CudaModules modules, DeviceMemory memory) {
    this.gpu = gpu;
    this.modules = modules;
    this.memory = memory;
    this.handle = gpu.createStream();
  }

  /** As kernels see a matrix that they are about to read. */
  public DeviceMatrix reading(Matrix matrix) {
    CudaStorage.piece(matrix).readOn(this);
    return onDevice(matrix);
  }

  /** As kernels see a matrix that they are about to write to, and perhaps to read. */
  public DeviceMatrix writing(Matrix matrix) {
    CudaStorage.piece(matrix).writeOn(this);
    return onDevice(matrix);
  }

  private static DeviceMatrix onDevice(Matrix matrix) {
    return new DeviceMatrix(
        matrix.type(),
        CudaStorage.address(matrix),
        matrix.rows(),
        matrix.columns(),
        matrix.leadingDimension());
  }

  /** What is asked for from now on comes after what was asked of another stream so far. */
  void waitFor(CudaStream other) {
    gpu.waitFor(handle, other.handle);
  }

  /**
   * Has others ask for work on it, before it returns; they are given the driver's handle, with the
   * device's context current.
   */
  public void share(LongConsumer others) {
    gpu.share(handle, others);
  }

  /** Waits until all that was asked for has been done. */
  void synchronize() {
    gpu.synchronize(handle);
  }

  long handle() {
    return handle;
  }

  /** Sets memory to 0. */
  public void clear(DevicePiece piece, long bytes) {
    piece.writeOn(this);
    gpu.clear(handle, piece.address(), bytes);
  }

  /** Runs this backend's own kernels, one after the other. */
  public void run(List<Launch> launches) {
    for (Launch launch : launches) {
      LaunchSize size = LaunchSize.of(launch.gridX(), launch.blockX(), launch.sharedBytes());
      launch(
          modules.kernel(launch),
          launch.cooperative() ? size.cooperating() : size,
          launch.arguments());
    }
  }

  /** Runs this backend's own kernels that need so many elements of scratch memory, or none. */
  public void run(ElementType type, long scratchElements, LongFunction<List<Launch>> launches) {
    if (scratchElements == 0) {
      run(launches.apply(0));
      return;
    }
    DevicePiece scratch = memory.allocate(scratchElements * type.bytes());
    try {
      scratch.writeOn(this);
      run(launches.apply(scratch.address()));
    } finally {
      memory.free(scratch);
    }
  }

  /** Runs a kernel. */
  public void launch(long kernel, LaunchSize size, KernelArguments arguments) {
    gpu.launch(handle, kernel, size, arguments.bytes(), arguments.offsets());
  }

  /**
   * {@code out = alpha * op(a) * op(b) + beta * out}; where alpha is 0 or nothing is added up, a
   * and b are not looked at. Of factors of 16 bits the product is in {@code float32}.
   *
   * @param transposeA whether {@code op(a)} is the transpose of a
   */
  public void multiply(
      double alpha,
      DeviceMatrix a,
      Transpose transposeA,
      DeviceMatrix b,
      Transpose transposeB,
      double beta,
      DeviceMatrix out) {
    int inner = transposeA == Transpose.NO ? a.columns() : a.rows();
    if (out.isEmpty()) {
      return;
    }
    if (inner == 0 || alpha == 0) {
      // cuBLAS refuses leading dimensions of 0.
      run(
          beta == 0
              ? ElementwisePlan.fill(0, out)
              : ElementwisePlan.apply(ElementwisePlan.Operator.MULTIPLY, out, beta, out));
      return;
    }
    gpu.multiply(handle, alpha, product(a, transposeA, b, transposeB, out), beta);
  }

  /**
   * {@code out = alpha * op(a) * op(b) + beta * out} with the numbers that are on the device when
   * it is done; neither the products nor what is added up are empty.
   *
   * @param alpha the address of one element
   * @param beta the address of one element
   */
  public void multiplyByDeviceScalars(
      long alpha,
      DeviceMatrix a,
      Transpose transposeA,
      DeviceMatrix b,
      Transpose transposeB,
      long beta,
      DeviceMatrix out) {
    gpu.multiplyByDeviceScalars(handle, alpha, product(a, transposeA, b, transposeB, out), beta);
  }

  private static MatrixProduct product(
      DeviceMatrix a, Transpose transposeA, DeviceMatrix b, Transpose transposeB, DeviceMatrix c) {
    return new MatrixProduct(
        a.type(),
        c.type(),
        c.rows(),
        c.columns(),
        transposeA == Transpose.NO ? a.columns() : a.rows(),
        a.address(),
        transposeA,
        a.leadingDimension(),
        b.address(),
        transposeB,
        b.leadingDimension(),
        c.address(),
        c.leadingDimension());
  }

  /** Where its copies from and to host arrays pass through. */
  synchronized Staging staging() {
    if (staging == null) {
      staging = new Staging(gpu, handle);
    }
    return staging;
  }

  /** Gives it back. What was asked for has been done. */
  void close() {
    if (staging != null) {
      staging.close();
    }
    gpu.destroyStream(handle);
  }
}
