package io.rowwise.backend.cpu;

import io.rowwise.backend.CheckedBackend;
import io.rowwise.backend.Device;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.backend.OutOfDeviceMemoryException;
import io.rowwise.backend.Storage;
import io.rowwise.backend.Transpose;
import io.rowwise.kernel.CrossEntropy;
import io.rowwise.kernel.CrossEntropyGradient;
import io.rowwise.kernel.Evaluation;
import io.rowwise.kernel.KernelOffer;
import io.rowwise.kernel.LinearSoftmax;
import io.rowwise.kernel.LogSoftmax;
import io.rowwise.kernel.Softmax;
import io.rowwise.kernel.TrainingEpoch;
import io.rowwise.kernel.TrainingStep;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The CPU. */
final class CpuBackend extends CheckedBackend {
  // So many at once find scratch memory that others have left.
  private static final int CALLERS = 2;

  private final CpuMemory memory;
  private final Workers workers;
  private final ElementWise elementWise;
  private final Reduction reduction;
  private final ColumnSums columnSums;

  /**
   * @param threads how many may work at once for one caller, itself included
   */
  CpuBackend(int threads) {
    this(threads, CpuMemory.ofProperty());
  }

  /** With a limit of its matrices' memory. */
  CpuBackend(int threads, CpuMemory memory) {
    this(
        new Workers(threads, Workers.WORTH_SHARING, Workers.WORTH_WAKING),
        new ScratchPool(CALLERS * threads),
        memory);
  }

  /** With workers that are its own from now on. */
  CpuBackend(Workers workers) {
    this(workers, new ScratchPool(CALLERS * workers.count()), CpuMemory.ofProperty());
  }

  /** With scratch memory that may have been used. */
  CpuBackend(Workers workers, ScratchPool pool) {
    this(workers, pool, CpuMemory.ofProperty());
  }

  /** With all of it. */
  CpuBackend(Workers workers, ScratchPool pool, CpuMemory memory) {
    super("cpu", () -> describeDevice(workers.count(), memory.limit()));
    this.memory = memory;
    this.workers = workers;
    Tiles tiles = new Tiles(workers, pool);
    this.elementWise = new ElementWise(tiles);
    this.reduction = new Reduction(tiles);
    this.columnSums = new ColumnSums(tiles, workers.count(), pool);
    Blas.library().open();
  }

  Workers workers() {
    return workers;
  }

  private static Device describeDevice(int threads, long memory) {
    Map<String, String> details = new LinkedHashMap<>();
    details.put("cores", String.valueOf(Runtime.getRuntime().availableProcessors()));
    details.put("threads", String.valueOf(threads));
    details.put("OpenBLAS", Blas.library().description());
    details.put("loops", loops());
    details.put("ND4J", Nd4jStart.version());
    return new Device(
        "cpu",
        System.getProperty("os.name") + " " + System.getProperty("os.arch"),
        memory,
        details);
  }

  private static String loops() {
    String vectors = WideLoops.PRESENT == null ? "" : " and the Vector API";
    return NativeLoops.PRESENT == null
        ? "over blocks copied to the heap, as Unsafe is denied or not there".concat(vectors)
        : "by Unsafe".concat(vectors);
  }

  @Override
  protected long memoryLimit(long wanted) {
    return wanted <= memory.surelyThere() ? Long.MAX_VALUE : memory.limit();
  }

  @Override
  protected Storage allocate(ElementType type, long elements) {
    CpuStorage storage = CpuStorage.allocate(type, elements);
    if (storage == null) {
      throw new OutOfDeviceMemoryException(
          "cpu", elements * type.bytes(), Math.max(0, memory.limit() - openBytes()));
    }
    return storage;
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
    int inner = transposeA == Transpose.NO ? a.columns() : a.rows();
    if (inner == 0 || alpha == 0) {
      // OpenBLAS refuses leading dimensions of 0.
      if (beta == 0) {
        set(0, out);
      } else {
        combine(BinaryOperation.MULTIPLY, out, beta, out);
      }
      return;
    }
    MatrixProduct.compute(workers, alpha, a, transposeA, b, transposeB, inner, beta, out);
  }

  @Override
  protected void reduceRows(RowReduction kind, Matrix x, Matrix out) {
    switch (kind) {
      case MAX -> reduction.max(x, out);
      case SUM -> reduction.sum(x, out);
      case ARG_MAX -> reduction.argMax(x, out);
    }
  }

  @Override
  protected void sumColumns(Matrix x, Matrix out) {
    columnSums.compute(x, out);
  }

  @Override
  protected void apply(UnaryOperation operation, Matrix x, Matrix out) {
    switch (operation) {
      case EXP -> elementWise.exp(x, out);
      case LOG -> elementWise.log(x, out);
    }
  }

  @Override
  protected void combine(BinaryOperation operation, Matrix a, Matrix b, Matrix out) {
    elementWise.combine(operation(operation), a, b, out);
  }

  @Override
  protected void combine(BinaryOperation operation, Matrix a, double b, Matrix out) {
    elementWise.combine(operation(operation), a, b, out);
  }

  private static Functions.Operation operation(BinaryOperation operation) {
    return switch (operation) {
      case ADD -> Functions::add;
      case SUBTRACT -> Functions::subtract;
      case MULTIPLY -> Functions::multiply;
      case DIVIDE -> Functions::divide;
      case EQUAL -> Functions::equal;
    };
  }

  @Override
  protected void accumulate(double alpha, Matrix x, Matrix out) {
    elementWise.accumulate(alpha, x, out);
  }

  @Override
  protected void set(double value, Matrix out) {
    elementWise.fill(value, out);
  }

  @Override
  protected void move(Matrix x, Matrix out) {
    elementWise.copy(x, out);
  }

  @Override
  protected List<KernelOffer<?>> ownKernels() {
    String fused = "fused rows";
    return List.of(
        new KernelOffer<>(Softmax.TYPE, fused, 0, () -> new CpuSoftmax(workers)),
        new KernelOffer<>(LogSoftmax.TYPE, fused, 0, () -> new CpuLogSoftmax(workers)),
        new KernelOffer<>(CrossEntropy.TYPE, fused, 0, () -> new CpuCrossEntropy(workers)),
        new KernelOffer<>(
            CrossEntropyGradient.TYPE, fused, 0, () -> new CpuCrossEntropyGradient(workers)),
        new KernelOffer<>(LinearSoftmax.TYPE, fused, 0, () -> new CpuLinearSoftmax(this)),
        new KernelOffer<>(Evaluation.TYPE, fused, 0, () -> new CpuEvaluation(this)),
        new KernelOffer<>(TrainingStep.TYPE, fused, 0, () -> new CpuTraining(this).asStep()),
        new KernelOffer<>(TrainingEpoch.TYPE, fused, 0, () -> new CpuTraining(this).asEpoch()));
  }

  @Override
  protected void release() {
    workers.close();
    Blas.library().close();
  }
}
