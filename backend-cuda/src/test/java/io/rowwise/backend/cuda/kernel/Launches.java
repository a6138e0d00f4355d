package io.rowwise.backend.cuda.kernel;

import io.rowwise.backend.ElementType;
import java.util.ArrayList;
import java.util.List;

/** Launches of every kind: of each plan, for shapes that make it choose each of its kernels. */
final class Launches {
  /** An H100's. */
  static final DeviceLimits LIMITS = new DeviceLimits(132, 232_448, 90);

  private static final long X = 1L << 32;
  private static final long Y = 2L << 32;
  private static final long OUT = 3L << 32;
  private static final long BIAS = 4L << 32;
  private static final long SCRATCH = 5L << 32;
  private static final long SHARES = 6L << 32;

  /** Of each algorithm rows that are whole packs and rows that are not. */
  private static final List<Integer> COLUMNS =
      List.of(1, 3, 4, 201, 256, 2001, 4096, 10_001, 10_002, 20_000, 40_000, 120_000, 120_001);

  private Launches() {}

  /** Argument i, where that is a 32-bit integer. */
  static int int32(Launch launch, int i) {
    return launch.arguments().bytes().getInt(launch.arguments().offsets()[i]);
  }

  /** Argument i, where that is an address or a 64-bit integer. */
  static long int64(Launch launch, int i) {
    return launch.arguments().bytes().getLong(launch.arguments().offsets()[i]);
  }

  /** Argument i, where that is a {@code double}. */
  static double float64(Launch launch, int i) {
    return launch.arguments().bytes().getDouble(launch.arguments().offsets()[i]);
  }

  static List<Launch> all() {
    List<Launch> all = new ArrayList<>();
    for (ElementType type : ElementType.arithmetic()) {
      for (int columns : COLUMNS) {
        DeviceMatrix x = DeviceMatrix.contiguous(type, X, 5, columns);
        DeviceMatrix y = DeviceMatrix.contiguous(type, Y, 5, columns);
        DeviceMatrix out = DeviceMatrix.contiguous(type, OUT, 5, columns);
        addElementwise(x, y, out, all);
        addReductions(x, all);
        addRows(x, y, out, all);
      }
      addTraining(type, all);
    }
    for (ElementType type : List.of(ElementType.BFLOAT16, ElementType.FLOAT16)) {
      COLUMNS.forEach(columns -> addHalves(type, columns, all));
    }
    for (ElementType from : ElementType.values()) {
      for (ElementType to : ElementType.values()) {
        if (from != to || from.isHalf()) {
          DeviceMatrix x = DeviceMatrix.contiguous(from, X, 5, 7);
          all.addAll(ElementwisePlan.convert(x, DeviceMatrix.contiguous(to, OUT, 5, 7)));
        }
      }
    }
    return all;
  }

  private static void addElementwise(
      DeviceMatrix x, DeviceMatrix y, DeviceMatrix out, List<Launch> all) {
    for (ElementwisePlan.Function function : ElementwisePlan.Function.values()) {
      all.addAll(ElementwisePlan.apply(function, x, out));
    }
    for (ElementwisePlan.Operator operator : ElementwisePlan.Operator.values()) {
      all.addAll(ElementwisePlan.apply(operator, x, y, out));
      all.addAll(ElementwisePlan.apply(operator, x, 0.5, out));
    }
    all.addAll(ElementwisePlan.addScaled(0.5, x, out));
    all.addAll(ElementwisePlan.fill(0.5, out));
  }

  private static void addReductions(DeviceMatrix x, List<Launch> all) {
    DeviceMatrix column = DeviceMatrix.contiguous(x.type(), OUT, x.rows(), 1);
    DeviceMatrix row = DeviceMatrix.contiguous(x.type(), OUT, 1, x.columns());
    for (RowReductionPlan.Reduction reduction : RowReductionPlan.Reduction.values()) {
      all.addAll(RowReductionPlan.apply(reduction, x, column));
    }
    ColumnSumPlan columnSum = new ColumnSumPlan(LIMITS);
    all.addAll(columnSum.apply(x, 5, row, SCRATCH));
    all.addAll(columnSum.addScaled(X, x, row, SCRATCH));
  }

  private static void addRows(DeviceMatrix x, DeviceMatrix y, DeviceMatrix out, List<Launch> all) {
    DeviceMatrix one = DeviceMatrix.contiguous(x.type(), OUT, 1, 1);
    DeviceMatrix two = DeviceMatrix.contiguous(x.type(), OUT, 1, 2);
    SoftmaxPlan softmax = new SoftmaxPlan(LIMITS);
    all.addAll(softmax.softmax(x, BIAS, out));
    all.addAll(softmax.logSoftmax(x, out));
    all.addAll(RowFunctionPlan.maskedSoftmax(x, y, 0.5, out));
    all.addAll(RowFunctionPlan.logSumExp(x, one));
    all.addAll(RowFunctionPlan.rmsNorm(x, BIAS, 0.5, out));
    all.addAll(RowFunctionPlan.topK(x, one, one));
    CrossEntropyPlan crossEntropy = new CrossEntropyPlan(LIMITS);
    DeviceMatrix numbers = DeviceMatrix.contiguous(x.type(), Y, x.rows(), 1);
    for (DeviceTargets targets :
        List.of(DeviceTargets.ofProbabilities(y), DeviceTargets.ofClasses(numbers, -1))) {
      all.addAll(crossEntropy.loss(x, 0, targets, one, SCRATCH));
      all.addAll(crossEntropy.gradient(x, 0, targets.counting(SHARES), out));
      all.addAll(crossEntropy.lossAndGradient(x, BIAS, targets, one, x, SCRATCH));
      all.addAll(new EvaluationPlan(LIMITS).apply(x, BIAS, targets, two, SCRATCH));
    }
  }

  private static void addHalves(ElementType type, int columns, List<Launch> all) {
    DeviceMatrix x = DeviceMatrix.contiguous(type, X, 5, columns);
    DeviceMatrix out = DeviceMatrix.contiguous(type, OUT, 5, columns);
    DeviceMatrix y = DeviceMatrix.contiguous(type, Y, 5, columns);
    DeviceMatrix numbers = DeviceMatrix.contiguous(ElementType.FLOAT32, Y, 5, 1);
    DeviceMatrix loss = DeviceMatrix.contiguous(ElementType.FLOAT32, OUT, 1, 1);
    SoftmaxPlan softmax = new SoftmaxPlan(LIMITS);
    all.addAll(softmax.softmax(x, 0, out));
    all.addAll(softmax.logSoftmax(x, out));
    CrossEntropyPlan crossEntropy = new CrossEntropyPlan(LIMITS);
    for (DeviceTargets targets :
        List.of(DeviceTargets.ofProbabilities(y), DeviceTargets.ofClasses(numbers, -1))) {
      all.addAll(crossEntropy.loss(x, 0, targets, loss, SCRATCH));
      all.addAll(crossEntropy.gradient(x, 0, targets.counting(SHARES), out));
    }
  }

  private static void addTraining(ElementType type, List<Launch> all) {
    DeviceMatrix x = DeviceMatrix.contiguous(type, X, 100, 5);
    DeviceTargets y = DeviceTargets.ofProbabilities(DeviceMatrix.contiguous(type, Y, 100, 3));
    DeviceMatrix logits = DeviceMatrix.contiguous(type, OUT, 100, 3);
    DeviceMatrix weights = DeviceMatrix.contiguous(type, OUT, 5, 3);
    DeviceMatrix bias = DeviceMatrix.contiguous(type, BIAS, 1, 3);
    DeviceMatrix loss = DeviceMatrix.contiguous(type, SCRATCH, 1, 1);
    all.addAll(new CrossEntropyPlan(LIMITS).descend(logits, bias, y, X, loss, SCRATCH));
    all.addAll(new TrainingEpochPlan(LIMITS).apply(x, y, 10, 0.1, weights, bias, loss));
    DeviceSparseRows sparse = new DeviceSparseRows(type, 100, SCRATCH, SHARES, X);
    all.addAll(SparseProductPlan.apply(sparse, weights, logits));
    all.addAll(SparseProductPlan.applyToUneven(sparse, weights, logits));
    DeviceMatrix wide = DeviceMatrix.contiguous(type, X, 100, 784);
    DeviceMatrix wideWeights = DeviceMatrix.contiguous(type, OUT, 784, 3);
    TrainingGridPlan grid = new TrainingGridPlan(LIMITS);
    all.addAll(grid.apply(wide, y, 40, 0.1, wideWeights, bias, loss, SCRATCH));
    all.addAll(TrainingSharesPlan.apply(y, DeviceMatrix.contiguous(type, X, 100, 1), 10, SHARES));
  }
}
