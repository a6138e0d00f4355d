package io.rowwise.benchmarks.pytorch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.nn.core.Linear;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import ai.djl.training.initializer.Initializer;
import ai.djl.training.loss.SoftmaxCrossEntropyLoss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import java.nio.Buffer;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;

/**
 * A softmax classifier made of what PyTorch brings: a linear layer, cross-entropy from logits,
 * automatic differentiation and stochastic gradient descent. It is what {@code nn.Linear}, {@code
 * nn.CrossEntropyLoss} and {@code optim.SGD} are in Python, reached through DJL, and shares no code
 * with Rowwise.
 *
 * <p>An instance is for one thread at a time. Instances do not share state, but the training passes
 * of all of them take turns, because DJL allows one gradient collector in a process.
 */
public final class PyTorchClassifier implements AutoCloseable {
  /** Guards what exists once in a process: PyTorch's random stream and DJL's gradient collector. */
  private static final Object PROCESS = new Object();

  // From logits, and with a row's class as its index rather than as a one-hot row: DJL sums a
  // one-hot row in an operation of its own, which PyTorch in Python does not, and which would cost
  // it as much as the softmax.
  private static final SoftmaxCrossEntropyLoss CROSS_ENTROPY =
      new SoftmaxCrossEntropyLoss("cross-entropy", 1, 1, true, true);

  private final int features;
  private final int classes;
  private final DataType type;
  private final NDManager manager;
  private final ParameterStore parameters;
  private final Linear layer;
  private final NDArray weight;
  private final NDArray bias;
  // The same memory without gradients: what is computed from them records no graph on any thread.
  private final NDArray constantWeight;
  private final NDArray constantBias;
  private boolean closed;

  /** In what PyTorch computes. */
  public enum Precision {
    FLOAT32(DataType.FLOAT32),
    FLOAT64(DataType.FLOAT64);

    private final DataType type;

    Precision(DataType type) {
      this.type = type;
    }
  }

  /**
   * What one epoch came to.
   *
   * @param number 1 for the first
   * @param trainingCrossEntropy the mean over the batches, each measured before its own step
   * @param validationCrossEntropy after the last step
   * @param validationAccuracy after the last step, from 0 to 1
   */
  public record Epoch(
      int number,
      double trainingCrossEntropy,
      double validationCrossEntropy,
      double validationAccuracy) {}

  /**
   * The classifier that {@code torch.manual_seed(seed); nn.Linear(features, classes)} gives, bit
   * for bit, when Python's default type is float64. In float32 it starts from the same numbers,
   * rounded.
   *
   * @param features columns of x, at least 1
   * @param classes at least 1
   * @param seed of PyTorch's own generator
   * @throws IllegalStateException where PyTorch is unavailable
   */
  public PyTorchClassifier(Precision precision, int features, int classes, int seed) {
    if (features < 1 || classes < 1) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "PyTorchClassifier: features and classes are at least 1, here they are %d and %d",
              features,
              classes));
    }
    this.features = features;
    this.classes = classes;
    type = precision.type;
    manager = PyTorch.newManager();
    parameters = new ParameterStore(manager, false);
    layer = Linear.builder().setUnits(classes).build();
    // The two bounds are one number, but PyTorch computes them differently and the last bit shows:
    // kaiming_uniform_(weight, a=sqrt(5)) and uniform_(bias, -1/sqrt(n), 1/sqrt(n)) in
    // torch/nn/modules/linear.py.
    double slope = Math.sqrt(5);
    double gain = Math.sqrt(2 / (1 + slope * slope));
    double weightBound = Math.sqrt(3.0) * (gain / Math.sqrt(features));
    double biasBound = 1 / Math.sqrt(features);
    layer.setInitializer(uniform(weightBound), Parameter.Type.WEIGHT);
    layer.setInitializer(uniform(biasBound), Parameter.Type.BIAS);
    synchronized (PROCESS) {
      PyTorch.engine().setRandomSeed(seed);
      layer.initialize(manager, type, new Shape(1, features));
    }
    weight = layer.getParameters().get("weight").getArray();
    bias = layer.getParameters().get("bias").getArray();
    constantWeight = weight.stopGradient();
    constantBias = bias.stopGradient();
  }

  /**
   * What {@code Tensor.uniform_(-bound, bound)} draws in float64. DJL's own bounds are floats, so
   * only the draw from the unit interval is PyTorch's; the scaling here is the fused multiply-add
   * that PyTorch's is compiled to.
   */
  private static Initializer uniform(double bound) {
    return (manager, shape, type) -> {
      double[] values;
      try (NDArray unit = manager.randomUniform(0, 1, shape, DataType.FLOAT64)) {
        values = unit.toDoubleArray();
      }
      for (int i = 0; i < values.length; i++) {
        values[i] = Math.fma(values[i], bound + bound, -bound);
      }
      return tensor(manager, values, shape, type);
    };
  }

  private static NDArray tensor(NDManager manager, double[] values, Shape shape, DataType type) {
    Buffer buffer =
        type == DataType.FLOAT64 ? DoubleBuffer.wrap(values) : FloatBuffer.wrap(floats(values));
    return manager.create(buffer, shape, type);
  }

  private static float[] floats(double[] values) {
    float[] floats = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      floats[i] = (float) values[i];
    }
    return floats;
  }

  private static double[] doubles(NDArray array) {
    if (array.getDataType() == DataType.FLOAT64) {
      return array.toDoubleArray();
    }
    float[] floats = array.toFloatArray();
    double[] doubles = new double[floats.length];
    for (int i = 0; i < floats.length; i++) {
      doubles[i] = floats[i];
    }
    return doubles;
  }

  /** The weights, features x classes, row-major. */
  public double[] weights() {
    requireOpen("weights");
    double[] transposed = doubles(constantWeight);
    double[] weights = new double[transposed.length];
    for (int i = 0; i < features; i++) {
      for (int j = 0; j < classes; j++) {
        weights[i * classes + j] = transposed[j * features + i];
      }
    }
    return weights;
  }

  /** The bias, one number for each class. */
  public double[] bias() {
    requireOpen("bias");
    return doubles(constantBias);
  }

  /**
   * Rows that PyTorch holds, with their classes, so that a fit or an evaluation copies nothing. The
   * caller closes it; at the latest, the classifier that made it does.
   */
  public final class Samples implements AutoCloseable {
    private final NDManager owner = manager.newSubManager();
    private final int rows;
    private final NDArray x;
    private final NDArray labels;

    private Samples(double[] x, double[] oneHot) {
      rows = rows("samples", x);
      if (oneHot.length != (long) rows * classes) {
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT,
                "samples: oneHot has %d numbers, %d rows of %d classes have %d",
                oneHot.length,
                rows,
                classes,
                (long) rows * classes));
      }
      labels = owner.create(labels(oneHot, rows));
      this.x = tensor(owner, x, new Shape(rows, features), type);
    }

    private long[] labels(double[] oneHot, int rows) {
      long[] labels = new long[rows];
      for (int i = 0; i < rows; i++) {
        int ones = 0;
        int zeros = 0;
        for (int j = 0; j < classes; j++) {
          double value = oneHot[i * classes + j];
          if (value == 1) {
            ones++;
            labels[i] = j;
          } else if (value == 0) {
            zeros++;
          }
        }
        if (ones != 1 || zeros != classes - 1) {
          throw new IllegalArgumentException(
              String.format(
                  Locale.ROOT,
                  "samples: row %d of oneHot is not one 1 and %d zeros",
                  i,
                  classes - 1));
        }
      }
      return labels;
    }

    /** Frees PyTorch's copy. Closing twice is harmless. */
    @Override
    public void close() {
      owner.close();
    }
  }

  /**
   * Copies rows and their classes into PyTorch.
   *
   * @param x rows x features, row-major
   * @param oneHot rows x classes, row-major: 1 for the class of the row, otherwise 0
   */
  public Samples samples(double[] x, double[] oneHot) {
    requireOpen("samples");
    return new Samples(x, oneHot);
  }

  /**
   * The probability of each class for each row.
   *
   * @param x rows x features, row-major
   * @return rows x classes, row-major
   */
  public double[] predict(double[] x) {
    requireOpen("predict");
    int rows = rows("predict", x);
    try (NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      return doubles(logits(tensor(manager, x, new Shape(rows, features), type)).softmax(1));
    }
  }

  /** The mean over the rows of the cross-entropy between predicted and given classes. */
  public double crossEntropy(Samples samples) {
    requireOpen("crossEntropy");
    try (NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      return number(crossEntropy(samples.labels, logits(samples.x)));
    }
  }

  /**
   * Trains with stochastic gradient descent: the batches in order, each with one forward pass, one
   * backward pass and one step; then the validation.
   *
   * @param batchSize rows of a batch; the last has what is left
   * @param afterEpoch told of each epoch as it ends
   * @return the epochs, in order
   */
  public List<Epoch> fit(
      Samples training,
      Samples validation,
      int epochs,
      double learningRate,
      int batchSize,
      Consumer<Epoch> afterEpoch) {
    requireOpen("fit");
    if (epochs < 0 || batchSize < 1) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "fit: epochs is at least 0 and batchSize at least 1, here they are %d and %d",
              epochs,
              batchSize));
    }
    if (!(learningRate >= Float.MIN_NORMAL && learningRate <= Float.MAX_VALUE)) {
      throw new IllegalArgumentException(
          "fit: learningRate is %s, it has to be positive and in the range of a float"
              .formatted(learningRate));
    }
    List<Epoch> history = new ArrayList<>(epochs);
    try (NDManager views = manager.newSubManager()) {
      List<Batch> batches = new ArrayList<>();
      for (int from = 0; from < training.rows; from += batchSize) {
        int to = Math.min(training.rows, from + batchSize);
        batches.add(
            new Batch(rows(views, training.x, from, to), rows(views, training.labels, from, to)));
      }
      GradientDescent descent = new GradientDescent(views, learningRate);
      for (int i = 1; i <= epochs; i++) {
        Epoch epoch = evaluated(i, descent.pass(batches), validation);
        history.add(epoch);
        afterEpoch.accept(epoch);
      }
    }
    return history;
  }

  private static NDArray rows(NDManager manager, NDArray array, int from, int to) {
    NDArray view = array.get("{}:{}", from, to);
    view.attach(manager);
    return view;
  }

  private record Batch(NDArray x, NDArray labels) {}

  private Epoch evaluated(int number, double trainingCrossEntropy, Samples validation) {
    try (NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      NDArray logits = logits(validation.x);
      double crossEntropy = number(crossEntropy(validation.labels, logits));
      // The largest logit has the largest probability.
      long correct = logits.argMax(1).eq(validation.labels).sum().getLong();
      return new Epoch(
          number, trainingCrossEntropy, crossEntropy, (double) correct / validation.rows);
    }
  }

  /** The prebuilt optimizer, with the learning rate that was asked for. */
  private final class GradientDescent {
    private final Optimizer optimizer;
    private final NDArray gradientOfLoss;

    GradientDescent(NDManager manager, double learningRate) {
      float rounded = (float) learningRate;
      optimizer = Optimizer.sgd().setLearningRateTracker(Tracker.fixed(rounded)).build();
      // DJL's learning rate is a float. In float64 what the rounding took is given back as the
      // gradient that the backward pass starts from; in float32 Python rounds as well.
      double start = type == DataType.FLOAT64 ? learningRate / rounded : 1;
      gradientOfLoss = tensor(manager, new double[] {start}, new Shape(), type);
    }

    /** One step for each batch. Returns the mean of their cross-entropies. */
    @SuppressWarnings("try") // An open collector is what makes PyTorch record; nobody calls it.
    double pass(List<Batch> batches) {
      double sum = 0;
      synchronized (PROCESS) {
        try (GradientCollector collector = PyTorch.engine().newGradientCollector()) {
          for (Batch batch : batches) {
            sum += step(batch);
          }
        }
      }
      return sum / batches.size();
    }

    private double step(Batch batch) {
      try (NDScope scope = new NDScope()) {
        scope.suppressNotUsedWarning();
        NDArray logits = layer.forward(parameters, new NDList(batch.x), true).singletonOrThrow();
        NDArray loss = crossEntropy(batch.labels, logits);
        // Tensor.backward(gradient), which GradientCollector has without its argument.
        JniUtils.backward((PtNDArray) loss, (PtNDArray) gradientOfLoss, false, false);
        optimizer.update("weight", weight, weight.getGradient());
        optimizer.update("bias", bias, bias.getGradient());
        return number(loss);
      }
    }
  }

  private NDArray logits(NDArray x) {
    return Linear.linear(x, constantWeight, constantBias).singletonOrThrow();
  }

  private static NDArray crossEntropy(NDArray labels, NDArray logits) {
    return CROSS_ENTROPY.evaluate(new NDList(labels), new NDList(logits));
  }

  private static double number(NDArray scalar) {
    return scalar.getDataType() == DataType.FLOAT64 ? scalar.getDouble() : scalar.getFloat();
  }

  private int rows(String operation, double[] x) {
    if (x.length == 0 || x.length % features != 0) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%s: x has %d numbers, this classifier wants whole rows of %d features, at least one",
              operation,
              x.length,
              features));
    }
    return x.length / features;
  }

  private void requireOpen(String operation) {
    if (closed) {
      throw new IllegalStateException(operation + ": this classifier is closed");
    }
  }

  /** Frees everything PyTorch holds for it. Closing twice is harmless. */
  @Override
  public void close() {
    closed = true;
    manager.close();
  }
}
