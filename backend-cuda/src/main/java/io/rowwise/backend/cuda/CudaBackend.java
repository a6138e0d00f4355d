package io.rowwise.backend.cuda;

import io.rowwise.backend.CheckedBackend;
import io.rowwise.backend.Device;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.backend.Storage;
import io.rowwise.backend.Transpose;
import io.rowwise.backend.cuda.context.CudaContext;
import io.rowwise.backend.cuda.context.CudaModules;
import io.rowwise.backend.cuda.context.CudaStorage;
import io.rowwise.backend.cuda.context.CudaStream;
import io.rowwise.backend.cuda.context.DeviceMemory;
import io.rowwise.backend.cuda.context.DevicePiece;
import io.rowwise.backend.cuda.driver.Gpu;
import io.rowwise.backend.cuda.driver.GuardedGpu;
import io.rowwise.backend.cuda.kernel.ColumnSumPlan;
import io.rowwise.backend.cuda.kernel.DeviceLimits;
import io.rowwise.backend.cuda.kernel.ElementwisePlan;
import io.rowwise.backend.cuda.kernel.RowReductionPlan;
import io.rowwise.backend.cuda.library.LibraryMissingException;
import io.rowwise.backend.cuda.loader.CompilerLoader;
import io.rowwise.backend.cuda.loader.CompilerSupplier;
import io.rowwise.kernel.KernelOffer;
import java.util.List;

/** An NVIDIA GPU. */
final class CudaBackend extends CheckedBackend {
  private final CudaContext context;
  private final DeviceLimits limits;
  private final ColumnSumPlan columnSums;
  private final SourceCompiler compiler;

  /**
   * With kernels from PTX.
   *
   * @param gpu the opened device; closed with this backend, or by the caller if this throws
   */
  CudaBackend(Device device, Gpu gpu) {
    this(device, gpu, CompilerLoader::compiler);
  }

  /**
   * With kernels from PTX.
   *
   * @param compiler gives the one for kernels from outside, or throws {@link
   *     LibraryMissingException}
   */
  CudaBackend(Device device, Gpu gpu, CompilerSupplier compiler) {
    this(device, new CudaModules(new GuardedGpu(device.id(), gpu)), compiler);
  }

  /**
   * @param modules of the opened device, which is closed with this backend, or by the caller if
   *     this throws
   * @param compiler as above
   */
  CudaBackend(Device device, CudaModules modules, CompilerSupplier compiler) {
    super("cuda", device);
    GuardedGpu guarded = modules.gpu();
    this.limits =
        new DeviceLimits(
            guarded.multiprocessors(), guarded.sharedBytesPerBlock(), guarded.computeCapability());
    this.columnSums = new ColumnSumPlan(limits);
    this.compiler = new SourceCompiler(compiler, guarded.computeCapability());
    DeviceMemory memory = new DeviceMemory(device.id(), guarded, device.memoryBytes());
    // Last, since it takes memory, which nobody would give back if something else failed.
    this.context = new CudaContext(device.id(), modules, memory);
  }

  CudaContext context() {
    return context;
  }

  /** A matrix over memory of the device that is somebody else's; see {@link CudaSharing#view}. */
  Matrix view(ElementType type, int rows, int columns, long pointer) {
    long bytes = (long) rows * columns * type.bytes();
    return matrixOver(
        "view",
        type,
        rows,
        columns,
        new CudaStorage(context, type, DevicePiece.ofOthers(pointer, bytes)));
  }

  /** For kernels from outside. */
  SourceCompiler compiler() {
    return compiler;
  }

  /** What a block may have at most. */
  int sharedBytesPerBlock() {
    return limits.sharedBytes();
  }

  @Override
  protected Storage allocate(ElementType type, long elements) {
    long bytes = elements > Long.MAX_VALUE / 16 ? Long.MAX_VALUE / 2 : elements * type.bytes();
    DevicePiece piece = context.memory().allocate(bytes);
    try {
      context.stream().clear(piece, bytes);
    } catch (RuntimeException e) {
      context.memory().free(piece);
      throw e;
    }
    return new CudaStorage(context, type, piece);
  }

  @Override
  protected void multiplyMatrices(
      double alpha,
      Matrix a,
      Transpose transposeA,
      Matrix b,
      Transpose transposeB,
      double beta,
      Matrix out) {
    CudaStream stream = context.stream();
    stream.multiply(
        alpha,
        stream.reading(a),
        transposeA,
        stream.reading(b),
        transposeB,
        beta,
        stream.writing(out));
  }

  @Override
  protected void reduceRows(RowReduction reduction, Matrix x, Matrix out) {
    RowReductionPlan.Reduction planned =
        switch (reduction) {
          case MAX -> RowReductionPlan.Reduction.MAX;
          case SUM -> RowReductionPlan.Reduction.SUM;
          case ARG_MAX -> RowReductionPlan.Reduction.ARGMAX;
        };
    CudaStream stream = context.stream();
    stream.run(RowReductionPlan.apply(planned, stream.reading(x), stream.writing(out)));
  }

  @Override
  protected void sumColumns(Matrix x, Matrix out) {
    CudaStream stream = context.stream();
    stream.run(
        x.type(),
        columnSums.scratchElements(x.rows(), x.columns()),
        scratch -> columnSums.apply(stream.reading(x), 1, stream.writing(out), scratch));
  }

  @Override
  protected void apply(UnaryOperation operation, Matrix x, Matrix out) {
    ElementwisePlan.Function function =
        switch (operation) {
          case EXP -> ElementwisePlan.Function.EXP;
          case LOG -> ElementwisePlan.Function.LOG;
        };
    CudaStream stream = context.stream();
    stream.run(ElementwisePlan.apply(function, stream.reading(x), stream.writing(out)));
  }

  @Override
  protected void combine(BinaryOperation operation, Matrix a, Matrix b, Matrix out) {
    CudaStream stream = context.stream();
    stream.run(
        ElementwisePlan.apply(
            operator(operation), stream.reading(a), stream.reading(b), stream.writing(out)));
  }

  @Override
  protected void combine(BinaryOperation operation, Matrix a, double b, Matrix out) {
    CudaStream stream = context.stream();
    stream.run(
        ElementwisePlan.apply(operator(operation), stream.reading(a), b, stream.writing(out)));
  }

  private static ElementwisePlan.Operator operator(BinaryOperation operation) {
    return switch (operation) {
      case ADD -> ElementwisePlan.Operator.ADD;
      case SUBTRACT -> ElementwisePlan.Operator.SUBTRACT;
      case MULTIPLY -> ElementwisePlan.Operator.MULTIPLY;
      case DIVIDE -> ElementwisePlan.Operator.DIVIDE;
      case EQUAL -> ElementwisePlan.Operator.EQUAL;
    };
  }

  @Override
  protected void accumulate(double alpha, Matrix x, Matrix out) {
    CudaStream stream = context.stream();
    stream.run(ElementwisePlan.addScaled(alpha, stream.reading(x), stream.writing(out)));
  }

  @Override
  protected void set(double value, Matrix out) {
    CudaStream stream = context.stream();
    stream.run(ElementwisePlan.fill(value, stream.writing(out)));
  }

  @Override
  protected void move(Matrix x, Matrix out) {
    CudaStream stream = context.stream();
    if (x.type() != out.type() || x.type().isHalf()) {
      stream.run(ElementwisePlan.convert(stream.reading(x), stream.writing(out)));
      return;
    }
    stream.run(
        ElementwisePlan.apply(
            ElementwisePlan.Function.COPY, stream.reading(x), stream.writing(out)));
  }

  @Override
  protected List<KernelOffer<?>> ownKernels() {
    return new CudaKernels(this, context, limits).offers();
  }

  @Override
  protected void release() {
    context.close();
  }
}
