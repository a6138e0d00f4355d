package io.rowwise.benchmarks.contender;

import io.rowwise.backend.ElementType;

/**
 * Loops over arrays as a Java programmer writes them, in {@code double} or {@code float}, with
 * {@link Math#exp}. In {@code float64} it is what the others are checked against.
 */
final class JavaContender implements Contender {
  @Override
  public Work training(ElementType type, TrainingProblem problem) {
    if (type == ElementType.FLOAT32) {
      FloatLoops.Training training = new FloatLoops.Training(problem);
      return new HeapWork(training::run, training::parameters);
    }
    DoubleLoops.Training training = new DoubleLoops.Training(problem);
    return new HeapWork(training::run, training::parameters);
  }

  @Override
  public Work prediction(ElementType type, TrainingProblem problem) {
    if (type == ElementType.FLOAT32) {
      FloatLoops.Training training = new FloatLoops.Training(problem);
      float[] out = new float[problem.rows() * problem.classes()];
      return new HeapWork(() -> training.predict(out), () -> FloatLoops.toDoubles(out));
    }
    DoubleLoops.Training training = new DoubleLoops.Training(problem);
    double[] out = new double[problem.rows() * problem.classes()];
    return new HeapWork(() -> training.predict(out), out::clone);
  }

  @Override
  public Work rows(ElementType type, RowOperation operation, RowProblem problem) {
    boolean isLoss = operation == RowOperation.CROSS_ENTROPY;
    int size = isLoss ? 1 : problem.values().length;
    int columns = problem.columns();
    int[] labels = problem.labels();
    if (type == ElementType.FLOAT32) {
      float[] z = FloatLoops.toFloats(problem.values());
      float[] out = new float[size];
      Runnable run =
          switch (operation) {
            case SOFTMAX -> () -> FloatLoops.softmax(z, columns, out);
            case LOG_SOFTMAX -> () -> FloatLoops.logSoftmax(z, columns, out);
            case CROSS_ENTROPY -> () -> out[0] = FloatLoops.crossEntropy(z, columns, labels);
            case GRADIENT -> () -> FloatLoops.gradient(z, columns, labels, out);
            case COPY -> () -> System.arraycopy(z, 0, out, 0, size);
          };
      return new HeapWork(run, () -> FloatLoops.toDoubles(out));
    }
    double[] z = problem.values();
    double[] out = new double[size];
    Runnable run =
        switch (operation) {
          case SOFTMAX -> () -> DoubleLoops.softmax(z, columns, out);
          case LOG_SOFTMAX -> () -> DoubleLoops.logSoftmax(z, columns, out);
          case CROSS_ENTROPY -> () -> out[0] = DoubleLoops.crossEntropy(z, columns, labels);
          case GRADIENT -> () -> DoubleLoops.gradient(z, columns, labels, out);
          case COPY -> () -> System.arraycopy(z, 0, out, 0, size);
        };
    return new HeapWork(run, out::clone);
  }

  /** In {@code float64} only: to check the others. */
  @Override
  public Work function(ElementType type, RowFunction function, RowProblem problem) {
    if (type != ElementType.FLOAT64) {
      throw new UnsupportedOperationException("plain-java: functions are in float64 only");
    }
    double[][] out = new double[1][];
    return new HeapWork(
        () -> out[0] = DoubleLoops.function(function, problem), () -> out[0].clone());
  }

  /** In {@code float64} only: to check the others. */
  @Override
  public Work primitive(ElementType type, Primitive primitive, RowProblem problem) {
    if (type != ElementType.FLOAT64) {
      throw new UnsupportedOperationException("plain-java: primitives are in float64 only");
    }
    double[][] out = new double[1][];
    return new HeapWork(
        () -> out[0] = DoubleLoops.primitive(primitive, problem), () -> out[0].clone());
  }

  @Override
  public void close() {
    // Nothing is open.
  }
}
