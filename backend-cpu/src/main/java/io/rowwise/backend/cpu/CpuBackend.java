package io.rowwise.backend.cpu;

import io.rowwise.backend.CheckedBackend;
import io.rowwise.backend.Device;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.backend.OutOfDeviceMemoryException;
import io.rowwise.backend.Storage;
import io.rowwise.backend.Transpose;
import io.rowwise.backend.cpu.blas.Blas;
import io.rowwise.backend.cpu.elementwise.ColumnSums;
import io.rowwise.backend.cpu.elementwise.ElementWise;
import io.rowwise.backend.cpu.elementwise.RowReductions;
import io.rowwise.backend.cpu.kernels.CpuEvaluation;
import io.rowwise.backend.cpu.kernels.CpuLinearCrossEntropy;
import io.rowwise.backend.cpu.kernels.CpuLinearSoftmax;
import io.rowwise.backend.cpu.kernels.CpuRmsNorm;
import io.rowwise.backend.cpu.kernels.CpuSparseProduct;
import io.rowwise.backend.cpu.kernels.CpuTopK;
import io.rowwise.backend.cpu.kernels.CpuTraining;
import io.rowwise.backend.cpu.kernels.MatrixProduct;
import io.rowwise.backend.cpu.kernels.RowKernel;
import io.rowwise.backend.cpu.loops.Loops;
import io.rowwise.backend.cpu.loops.VectorApi;
import io.rowwise.backend.cpu.memory.CpuMemory;
import io.rowwise.backend.cpu.memory.CpuStorage;
import io.rowwise.backend.cpu.memory.NativeMemory;
import io.rowwise.backend.cpu.memory.ScratchPool;
import io.rowwise.backend.cpu.nd4j.Nd4jStart;
import io.rowwise.backend.cpu.parallel.Tiles;
import io.rowwise.backend.cpu.parallel.Workers;
import io.rowwise.kernel.CrossEntropy;
import io.rowwise.kernel.CrossEntropyGradient;
import io.rowwise.kernel.Evaluation;
import io.rowwise.kernel.KernelOffer;
import io.rowwise.kernel.LinearCrossEntropy;
import io.rowwise.kernel.LinearSoftmax;
import io.rowwise.kernel.LogSoftmax;
import io.rowwise.kernel.LogSumExp;
import io.rowwise.kernel.MaskedSoftmax;
import io.rowwise.kernel.RmsNorm;
import io.rowwise.kernel.Softmax;
import io.rowwise.kernel.SparseProduct;
import io.rowwise.kernel.TopK;
import io.rowwise.kernel.TrainingEpoch;
import io.rowwise.kernel.TrainingStep;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The CPU. */
final class CpuBackend extends CheckedBackend {
  // So many at once find scratch memory that others have left.
  private static final int CALLERS = 2;

  private final CpuMemory memory;
  private final Workers workers;
  private final Tiles tiles;
  private final ScratchPool ofHalves;
  private final ElementWise elementWise;
  private final RowReductions rowReductions;
  private final ColumnSums columnSums;

  /**
   * @param threads how many may work at once for one caller, itself included
   */
  CpuBackend(int threads) {
    this(threads, CpuMemory.of(CpuMemory.PROPERTY));
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
    this(workers, new ScratchPool(CALLERS * workers.count()), CpuMemory.of(CpuMemory.PROPERTY));
  }

  /** With scratch memory that may have been used. */
  CpuBackend(Workers workers, ScratchPool pool, CpuMemory memory) {
    super("cpu", () -> describeDevice(workers.count(), memory.limit()));
    this.memory = memory;
    this.workers = workers;
    this.ofHalves = new ScratchPool(CALLERS * workers.count());
    this.tiles = new Tiles(workers, pool);
    this.elementWise = new ElementWise(tiles);
    this.rowReductions = new RowReductions(tiles);
    this.columnSums = new ColumnSums(tiles, workers.count(), pool);
    Blas.library().open();
  }

  private static Device describeDevice(int threads, long memory) {
    Map<String, String> details = new LinkedHashMap<>();
    details.put("cores", String.valueOf(Runtime.getRuntime().availableProcessors()));
    details.put("threads", String.valueOf(threads));
    details.put("OpenBLAS", Blas.library().description());
    String vectors = VectorApi.isPresent() ? " and the Vector API" : "";
    details.put("loops", NativeMemory.OF_THIS_JVM.description() + vectors);
    details.put("ND4J", Nd4jStart.version());
    return new Device(
        "cpu",
        System.getProperty("os.name") + " " + System.getProperty("os.arch"),
        memory,
        details);
  }

  @Override
  protected long memoryLimit(long wanted) {
    return wanted <= memory.surelyThere() ? Long.MAX_VALUE : memory.limit();
  }

  @Override
  protected Storage allocate(ElementType type, long elements) {
    CpuStorage storage = CpuStorage.allocate(type, elements, ofHalves);
    if (storage == null) {
      throw new OutOfDeviceMemoryException(
          "cpu", elements * type.bytes(), Math.max(0, memory.limit() - openBytes()));
    }
    return storage;
  }

  @Override
  protected Storage storageOver(ElementType type, ByteBuffer memory) {
    return CpuStorage.over(type, memory, ofHalves);
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
      case MAX -> rowReductions.max(x, out);
      case SUM -> rowReductions.sum(x, out);
      case ARG_MAX -> rowReductions.argMax(x, out);
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
    elementWise.combine(function(operation), a, b, out);
  }

  @Override
  protected void combine(BinaryOperation operation, Matrix a, double b, Matrix out) {
    elementWise.combine(function(operation), a, b, out);
  }

  private static ElementWise.Function function(BinaryOperation operation) {
    return switch (operation) {
      case ADD -> Loops::add;
      case SUBTRACT -> Loops::subtract;
      case MULTIPLY -> Loops::multiply;
      case DIVIDE -> Loops::divide;
      case EQUAL -> Loops::equal;
    };
  }

  @Override
  protected void accumulate(double alpha, Matrix x, Matrix out) {
    elementWise.addScaled(alpha, x, out);
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
        new KernelOffer<>(Softmax.TYPE, fused, 0, () -> RowKernel.softmax(workers), true),
        new KernelOffer<>(LogSoftmax.TYPE, fused, 0, () -> RowKernel.logSoftmax(workers), true),
        new KernelOffer<>(MaskedSoftmax.TYPE, fused, 0, () -> RowKernel.maskedSoftmax(workers)),
        new KernelOffer<>(LogSumExp.TYPE, fused, 0, () -> RowKernel.logSumExp(workers)),
        new KernelOffer<>(RmsNorm.TYPE, fused, 0, () -> new CpuRmsNorm(tiles)),
        new KernelOffer<>(TopK.TYPE, fused, 0, () -> new CpuTopK(tiles)),
        new KernelOffer<>(
            LinearCrossEntropy.TYPE, fused, 0, () -> new CpuLinearCrossEntropy(this, workers)),
        new KernelOffer<>(CrossEntropy.TYPE, fused, 0, () -> RowKernel.crossEntropy(workers), true),
        new KernelOffer<>(
            CrossEntropyGradient.TYPE,
            fused,
            0,
            () -> RowKernel.crossEntropyGradient(workers),
            true),
        new KernelOffer<>(
            LinearSoftmax.TYPE, fused, 0, () -> new CpuLinearSoftmax(this, workers), true),
        new KernelOffer<>(Evaluation.TYPE, fused, 0, () -> new CpuEvaluation(this, workers)),
        new KernelOffer<>(
            SparseProduct.TYPE, "rows shared", 0, () -> new CpuSparseProduct(workers)),
        new KernelOffer<>(TrainingStep.TYPE, fused, 0, () -> new CpuTraining(this, workers)),
        new KernelOffer<>(TrainingEpoch.TYPE, fused, 0, () -> new CpuTraining(this, workers)));
  }

  @Override
  protected void release() {
    workers.close();
    Blas.library().close();
  }
}
