package io.rowwise.benchmarks.contender;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.core.Linear;
import io.rowwise.backend.ElementType;
import io.rowwise.benchmarks.pytorch.PyTorch;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * PyTorch through DJL, on tensors by hand, which is faster there than a module with automatic
 * differentiation. DJL has no way to give PyTorch a result's memory; all else stays where it is,
 * and what a run makes it gives back at once.
 */
final class PyTorchContender implements Contender {
  private static final int[] ROWS = {0};
  private static final int[] COLUMNS = {1};

  private final NDManager manager;

  PyTorchContender() {
    PyTorch.unavailableReason()
        .ifPresent(
            reason -> {
              throw new IllegalStateException(reason);
            });
    manager = Engine.getEngine("PyTorch").newBaseManager(Device.cpu());
  }

  private static final class PyTorchWork implements Work {
    private final NDManager owner;
    private Runnable run;
    private Supplier<NDArray> compute;
    private Supplier<double[]> result;
    private NDArray last;

    PyTorchWork(NDManager parent) {
      owner = parent.newSubManager();
    }

    /** What is computed anew each time; the last one stays until the next. */
    PyTorchWork computes(Supplier<NDArray> newCompute) {
      compute = newCompute;
      result = () -> doubles(last);
      return this;
    }

    @Override
    public void run() {
      if (compute == null) {
        run.run();
        return;
      }
      if (last != null) {
        last.close();
      }
      try (NDScope scope = new NDScope()) {
        scope.suppressNotUsedWarning();
        last = compute.get();
        NDScope.unregister(last);
      }
    }

    @Override
    public double[] result() {
      return result.get();
    }

    @Override
    public void close() {
      if (last != null) {
        last.close();
      }
      owner.close();
    }
  }

  private static DataType dataType(ElementType type) {
    return type == ElementType.FLOAT64 ? DataType.FLOAT64 : DataType.FLOAT32;
  }

  private static NDArray tensor(
      NDManager owner, ElementType type, int rows, int columns, double[] values) {
    Shape shape = new Shape(rows, columns);
    return type == ElementType.FLOAT64
        ? owner.create(DoubleBuffer.wrap(values), shape, DataType.FLOAT64)
        : owner.create(FloatBuffer.wrap(FloatLoops.toFloats(values)), shape, DataType.FLOAT32);
  }

  private static double[] doubles(NDArray array) {
    return switch (array.getDataType()) {
      case FLOAT64 -> array.toDoubleArray();
      case FLOAT32 -> FloatLoops.toDoubles(array.toFloatArray());
      default -> {
        try (NDArray converted = array.toType(DataType.FLOAT64, true)) {
          yield converted.toDoubleArray();
        }
      }
    };
  }

  private static NDArray labels(NDManager owner, int[] labels) {
    long[] wide = new long[labels.length];
    for (int i = 0; i < labels.length; i++) {
      wide[i] = labels[i];
    }
    return owner.create(wide, new Shape(labels.length, 1));
  }

  private static double number(NDArray scalar) {
    return scalar.getDataType() == DataType.FLOAT64 ? scalar.getDouble() : scalar.getFloat();
  }

  /** The parameters, as a linear layer has them: classes x features. */
  private static final class Layer {
    final NDArray weights;
    final NDArray bias;

    Layer(NDManager owner, ElementType type, TrainingProblem problem) {
      try (NDArray byFeature =
              tensor(owner, type, problem.features(), problem.classes(), problem.weights());
          NDArray turned = byFeature.transpose()) {
        weights = turned.duplicate();
      }
      bias = tensor(owner, type, 1, problem.classes(), problem.bias()).reshape(problem.classes());
    }

    NDArray logits(NDArray x) {
      return Linear.linear(x, weights, bias).singletonOrThrow();
    }

    double[] parameters() {
      try (NDArray byFeature = weights.transpose();
          NDArray copy = byFeature.duplicate()) {
        return TrainingProblem.joined(doubles(copy), doubles(bias));
      }
    }
  }

  private record Batch(NDArray x, NDArray oneHot, NDArray labels, int rows) {}

  @Override
  public Work training(ElementType type, TrainingProblem problem) {
    PyTorchWork work = new PyTorchWork(manager);
    NDManager owner = work.owner;
    int classes = problem.classes();
    NDArray x = tensor(owner, type, problem.rows(), problem.features(), problem.x());
    NDArray y = tensor(owner, type, problem.rows(), classes, problem.oneHot());
    NDArray labels = labels(owner, problem.labels());
    List<Batch> batches = new ArrayList<>();
    for (int from = 0; from < problem.rows(); from += problem.batchRows()) {
      int to = Math.min(problem.rows(), from + problem.batchRows());
      batches.add(
          new Batch(
              view(owner, x, from, to),
              view(owner, y, from, to),
              view(owner, labels, from, to),
              to - from));
    }
    Layer layer = new Layer(owner, type, problem);
    boolean validated = problem.validationRows() > 0;
    NDArray validX =
        validated
            ? tensor(
                owner, type, problem.validationRows(), problem.features(), problem.validationX())
            : null;
    NDArray validLabels = validated ? labels(owner, problem.validationLabels()) : null;
    work.run =
        () -> {
          for (int epoch = 0; epoch < problem.epochs(); epoch++) {
            try (NDScope scope = new NDScope()) {
              scope.suppressNotUsedWarning();
              NDArray loss = owner.zeros(new Shape(), dataType(type));
              for (Batch batch : batches) {
                step(layer, batch, problem.learningRate(), loss);
              }
              number(loss);
              if (validated) {
                validate(layer, validX, validLabels, problem.validationRows());
              }
            }
          }
        };
    work.result = layer::parameters;
    return work;
  }

  private static NDArray view(NDManager owner, NDArray array, int from, int to) {
    NDArray view = array.get("{}:{}", from, to);
    view.attach(owner);
    return view;
  }

  private static void step(Layer layer, Batch batch, double learningRate, NDArray loss) {
    try (NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      NDArray logProbabilities = layer.logits(batch.x).logSoftmax(1);
      loss.subi(logProbabilities.gather(batch.labels, 1).sum().div(batch.rows));
      NDArray gradient = logProbabilities.exp().subi(batch.oneHot);
      double rate = learningRate / batch.rows;
      layer.weights.subi(gradient.transpose().matMul(batch.x).muli(rate));
      layer.bias.subi(gradient.sum(ROWS).muli(rate));
    }
  }

  private static void validate(Layer layer, NDArray x, NDArray labels, int rows) {
    NDArray logits = layer.logits(x);
    number(logits.logSoftmax(1).gather(labels, 1).sum().div(-rows));
    logits.argMax(1).eq(labels.reshape(rows)).sum().getLong();
  }

  @Override
  public Work prediction(ElementType type, TrainingProblem problem) {
    PyTorchWork work = new PyTorchWork(manager);
    NDArray x = tensor(work.owner, type, problem.rows(), problem.features(), problem.x());
    Layer layer = new Layer(work.owner, type, problem);
    return work.computes(() -> layer.logits(x).softmax(1));
  }

  @Override
  public Work rows(ElementType type, RowOperation operation, RowProblem problem) {
    PyTorchWork work = new PyTorchWork(manager);
    int rows = problem.rows();
    NDArray z = tensor(work.owner, type, rows, problem.columns(), problem.values());
    return switch (operation) {
      case SOFTMAX -> work.computes(() -> z.softmax(1));
      case LOG_SOFTMAX -> work.computes(() -> z.logSoftmax(1));
      case CROSS_ENTROPY -> {
        NDArray labels = labels(work.owner, problem.labels());
        yield work.computes(() -> z.logSoftmax(1).gather(labels, 1).sum().div(-rows));
      }
      case GRADIENT -> {
        NDArray y = tensor(work.owner, type, rows, problem.columns(), problem.oneHot());
        yield work.computes(() -> z.softmax(1).subi(y).muli(1.0 / rows));
      }
      case COPY -> work.computes(z::duplicate);
    };
  }

  /** DJL has no log-sum-exp and no RMS norm: written out. */
  @Override
  public Work function(ElementType type, RowFunction function, RowProblem problem) {
    PyTorchWork work = new PyTorchWork(manager);
    int rows = problem.rows();
    int columns = problem.columns();
    NDArray x = tensor(work.owner, type, rows, columns, problem.values());
    return switch (function) {
      case LOG_SUM_EXP ->
          work.computes(
              () -> {
                NDArray max = x.max(COLUMNS, true);
                return x.sub(max).exp().sum(COLUMNS, true).log().addi(max);
              });
      case MASKED_SOFTMAX -> {
        NDArray numbers = tensor(work.owner, type, rows, columns, RowFunction.mask(problem));
        NDArray mask = numbers.neq(0);
        NDArray low =
            manager.full(new Shape(rows, columns), Float.NEGATIVE_INFINITY, dataType(type));
        mask.attach(work.owner);
        low.attach(work.owner);
        yield work.computes(
            () -> NDArrays.where(mask, x, low).divi(RowFunction.TEMPERATURE).softmax(1));
      }
      case RMS_NORM -> {
        NDArray gain = tensor(work.owner, type, 1, columns, RowFunction.gain(problem));
        yield work.computes(
            () -> {
              NDArray square = x.square().mean(COLUMNS, true).addi(RowFunction.EPSILON);
              return x.div(square.sqrt()).muli(gain);
            });
      }
      case TOP_K -> work.computes(() -> x.topK(RowFunction.k(problem), 1, true, true).get(0));
    };
  }

  @Override
  public Work primitive(ElementType type, Primitive primitive, RowProblem problem) {
    PyTorchWork work = new PyTorchWork(manager);
    int rows = problem.rows();
    int columns = problem.columns();
    NDArray a = tensor(work.owner, type, rows, columns, problem.values());
    NDArray b = tensor(work.owner, type, rows, columns, problem.positive());
    return switch (primitive) {
      case MATMUL -> {
        NDArray tall = tensor(work.owner, type, columns, rows, problem.values());
        yield work.computes(() -> a.matMul(tall));
      }
      case MATMUL_TRANSPOSED_A -> {
        NDArray tall = tensor(work.owner, type, columns, rows, problem.values());
        NDArray turned = tall.transpose();
        turned.attach(work.owner);
        yield work.computes(() -> turned.matMul(tall));
      }
      case MATMUL_TRANSPOSED_B -> {
        NDArray turned = a.transpose();
        turned.attach(work.owner);
        yield work.computes(() -> a.matMul(turned));
      }
      case ROW_MAX -> work.computes(() -> a.max(COLUMNS));
      case ROW_SUM -> work.computes(() -> a.sum(COLUMNS));
      case ROW_ARG_MAX -> work.computes(() -> a.argMax(1));
      case COLUMN_SUM -> work.computes(() -> a.sum(ROWS));
      case EXP -> work.computes(a::exp);
      case LOG -> work.computes(b::log);
      case ADD -> work.computes(() -> a.add(b));
      case ADD_ROW -> {
        NDArray row = view(work.owner, b, 0, 1);
        yield work.computes(() -> a.add(row));
      }
      case ADD_COLUMN -> {
        NDArray column = b.max(COLUMNS, true);
        column.attach(work.owner);
        yield work.computes(() -> a.add(column));
      }
      case ADD_NUMBER -> work.computes(() -> a.add(0.5));
      case SUBTRACT -> work.computes(() -> a.sub(b));
      case SUBTRACT_NUMBER -> work.computes(() -> a.sub(0.5));
      case MULTIPLY -> work.computes(() -> a.mul(b));
      case MULTIPLY_NUMBER -> work.computes(() -> a.mul(0.5));
      case DIVIDE -> work.computes(() -> a.div(b));
      case DIVIDE_NUMBER -> work.computes(() -> a.div(0.5));
      case EQUAL -> work.computes(() -> a.eq(b));
      case EQUAL_NUMBER -> work.computes(() -> a.eq(0.5));
      case ADD_SCALED -> {
        work.run = () -> addScaled(a, b);
        work.result = () -> doubles(b);
        yield work;
      }
      case FILL ->
          work.computes(() -> manager.full(new Shape(rows, columns), 0.5f, dataType(type)));
      case COPY -> work.computes(a::duplicate);
    };
  }

  private static void addScaled(NDArray a, NDArray out) {
    try (NDArray scaled = a.mul(1e-30)) {
      out.addi(scaled);
    }
  }

  @Override
  public void close() {
    manager.close();
  }
}
