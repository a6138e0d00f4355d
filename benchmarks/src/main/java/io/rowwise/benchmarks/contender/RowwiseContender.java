package io.rowwise.benchmarks.contender;

import io.rowwise.backend.Backend;
import io.rowwise.backend.Backends;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.backend.Transpose;
import io.rowwise.classifier.SoftmaxClassifier;
import io.rowwise.classifier.TrainingOptions;
import io.rowwise.kernel.CrossEntropy;
import io.rowwise.kernel.CrossEntropyGradient;
import io.rowwise.kernel.Kernel;
import io.rowwise.kernel.LogSoftmax;
import io.rowwise.kernel.LogSumExp;
import io.rowwise.kernel.MaskedSoftmax;
import io.rowwise.kernel.RmsNorm;
import io.rowwise.kernel.Softmax;
import io.rowwise.kernel.Targets;
import io.rowwise.kernel.TopK;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Supplier;

/** Rowwise, on one of its backends. */
final class RowwiseContender implements Contender {
  private final Backend backend;

  RowwiseContender(String name) {
    backend = Backends.choose(name, false).backend();
  }

  /** Runs a thing; closes what it was made of. */
  private final class RowwiseWork implements Work {
    private final Deque<AutoCloseable> open = new ArrayDeque<>();
    private Runnable run;
    private Supplier<double[]> result;

    Matrix matrix(ElementType type, int rows, int columns) {
      return keep(backend.matrix(type, rows, columns));
    }

    Matrix matrix(ElementType type, int rows, int columns, double[] values) {
      return keep(backend.matrix(type, rows, columns, values));
    }

    <T extends AutoCloseable> T keep(T closeable) {
      open.push(closeable);
      return closeable;
    }

    RowwiseWork does(Runnable newRun, Matrix out) {
      run = newRun;
      result = out::toDoubles;
      return this;
    }

    @Override
    public void run() {
      run.run();
    }

    @Override
    public double[] result() {
      return result.get();
    }

    @Override
    public void close() {
      while (!open.isEmpty()) {
        try {
          open.pop().close();
        } catch (Exception e) {
          throw new IllegalStateException(e);
        }
      }
    }
  }

  @Override
  public Work training(ElementType type, TrainingProblem problem) {
    RowwiseWork work = new RowwiseWork();
    int classes = problem.classes();
    Matrix x = work.matrix(type, problem.rows(), problem.features(), problem.x());
    Matrix y = work.matrix(type, problem.rows(), classes, problem.oneHot());
    SoftmaxClassifier classifier = classifier(work, type, problem);
    TrainingOptions options =
        new TrainingOptions(problem.epochs(), problem.learningRate(), problem.batchRows());
    if (problem.validationRows() == 0) {
      work.run = () -> classifier.fit(x, y, options);
    } else {
      Matrix validX =
          work.matrix(type, problem.validationRows(), problem.features(), problem.validationX());
      Matrix validY =
          work.matrix(type, problem.validationRows(), classes, problem.validationOneHot());
      work.run = () -> classifier.fit(x, y, validX, validY, options);
    }
    work.result =
        () ->
            TrainingProblem.joined(classifier.weights().toDoubles(), classifier.bias().toDoubles());
    return work;
  }

  private SoftmaxClassifier classifier(
      RowwiseWork work, ElementType type, TrainingProblem problem) {
    SoftmaxClassifier classifier =
        work.keep(new SoftmaxClassifier(backend, type, problem.features(), problem.classes(), 42));
    classifier.copyParameters(problem.weights(), problem.bias());
    return classifier;
  }

  @Override
  public Work prediction(ElementType type, TrainingProblem problem) {
    RowwiseWork work = new RowwiseWork();
    Matrix x = work.matrix(type, problem.rows(), problem.features(), problem.x());
    Matrix probabilities = work.matrix(type, problem.rows(), problem.classes());
    SoftmaxClassifier classifier = classifier(work, type, problem);
    return work.does(() -> classifier.predict(x, probabilities), probabilities);
  }

  @Override
  public Work rows(ElementType type, RowOperation operation, RowProblem problem) {
    RowwiseWork work = new RowwiseWork();
    int rows = problem.rows();
    int columns = problem.columns();
    Matrix logits = work.matrix(type, rows, columns, problem.values());
    boolean isLoss = operation == RowOperation.CROSS_ENTROPY;
    Matrix out = work.matrix(type, isLoss ? 1 : rows, isLoss ? 1 : columns);
    Matrix targets =
        isLoss || operation == RowOperation.GRADIENT
            ? work.matrix(type, rows, columns, problem.oneHot())
            : null;
    return switch (operation) {
      case SOFTMAX -> {
        Softmax kernel = kernel(work, backend.kernel(Softmax.TYPE));
        yield work.does(() -> kernel.apply(logits, out), out);
      }
      case LOG_SOFTMAX -> {
        LogSoftmax kernel = kernel(work, backend.kernel(LogSoftmax.TYPE));
        yield work.does(() -> kernel.apply(logits, out), out);
      }
      case CROSS_ENTROPY -> {
        CrossEntropy kernel = kernel(work, backend.kernel(CrossEntropy.TYPE));
        yield work.does(() -> kernel.apply(logits, Targets.ofProbabilities(targets), out), out);
      }
      case GRADIENT -> {
        CrossEntropyGradient kernel = kernel(work, backend.kernel(CrossEntropyGradient.TYPE));
        yield work.does(() -> kernel.apply(logits, Targets.ofProbabilities(targets), out), out);
      }
      case COPY -> work.does(() -> backend.copy(logits, out), out);
    };
  }

  @Override
  public Work function(ElementType type, RowFunction function, RowProblem problem) {
    RowwiseWork work = new RowwiseWork();
    int rows = problem.rows();
    int columns = problem.columns();
    Matrix x = work.matrix(type, rows, columns, problem.values());
    return switch (function) {
      case LOG_SUM_EXP -> {
        LogSumExp kernel = kernel(work, backend.kernel(LogSumExp.TYPE));
        Matrix out = work.matrix(type, rows, 1);
        yield work.does(() -> kernel.apply(x, out), out);
      }
      case MASKED_SOFTMAX -> {
        MaskedSoftmax kernel = kernel(work, backend.kernel(MaskedSoftmax.TYPE));
        Matrix mask = work.matrix(type, rows, columns, RowFunction.mask(problem));
        Matrix out = work.matrix(type, rows, columns);
        yield work.does(() -> kernel.apply(x, mask, RowFunction.TEMPERATURE, out), out);
      }
      case RMS_NORM -> {
        RmsNorm kernel = kernel(work, backend.kernel(RmsNorm.TYPE));
        Matrix gain = work.matrix(type, 1, columns, RowFunction.gain(problem));
        Matrix out = work.matrix(type, rows, columns);
        yield work.does(() -> kernel.apply(x, gain, RowFunction.EPSILON, out), out);
      }
      case TOP_K -> {
        TopK kernel = kernel(work, backend.kernel(TopK.TYPE));
        Matrix values = work.matrix(type, rows, RowFunction.k(problem));
        Matrix places = work.matrix(type, rows, RowFunction.k(problem));
        yield work.does(() -> kernel.apply(x, values, places), values);
      }
    };
  }

  private static <K extends Kernel> K kernel(RowwiseWork work, K kernel) {
    return work.keep(kernel);
  }

  @Override
  public Work primitive(ElementType type, Primitive primitive, RowProblem problem) {
    RowwiseWork work = new RowwiseWork();
    int rows = problem.rows();
    int columns = problem.columns();
    Matrix a = work.matrix(type, rows, columns, problem.values());
    Matrix b = work.matrix(type, rows, columns, problem.positive());
    Matrix out = work.matrix(type, rows, columns);
    Matrix column = work.matrix(type, rows, 1);
    Matrix row = work.matrix(type, 1, columns);
    // Another matrix than the first one turned: the same numbers, columns x rows.
    Matrix tall = work.matrix(type, columns, rows, problem.values());
    return switch (primitive) {
      case MATMUL -> {
        Matrix product = work.matrix(type, rows, rows);
        yield work.does(() -> backend.matmul(a, tall, product), product);
      }
      case MATMUL_TRANSPOSED_A -> {
        Matrix product = work.matrix(type, rows, rows);
        yield work.does(
            () -> backend.matmul(1, tall, Transpose.YES, tall, Transpose.NO, 0, product), product);
      }
      case MATMUL_TRANSPOSED_B -> {
        Matrix product = work.matrix(type, rows, rows);
        yield work.does(
            () -> backend.matmul(1, a, Transpose.NO, a, Transpose.YES, 0, product), product);
      }
      case ROW_MAX -> work.does(() -> backend.rowMax(a, column), column);
      case ROW_SUM -> work.does(() -> backend.rowSum(a, column), column);
      case ROW_ARG_MAX -> work.does(() -> backend.rowArgMax(a, column), column);
      case COLUMN_SUM -> work.does(() -> backend.columnSum(a, row), row);
      case EXP -> work.does(() -> backend.exp(a, out), out);
      case LOG -> work.does(() -> backend.log(b, out), out);
      case ADD -> work.does(() -> backend.add(a, b, out), out);
      case ADD_ROW -> {
        backend.copy(b.rows(0, 1), row);
        yield work.does(() -> backend.add(a, row, out), out);
      }
      case ADD_COLUMN -> {
        backend.rowMax(b, column);
        yield work.does(() -> backend.add(a, column, out), out);
      }
      case ADD_NUMBER -> work.does(() -> backend.add(a, 0.5, out), out);
      case SUBTRACT -> work.does(() -> backend.subtract(a, b, out), out);
      case SUBTRACT_NUMBER -> work.does(() -> backend.subtract(a, 0.5, out), out);
      case MULTIPLY -> work.does(() -> backend.multiply(a, b, out), out);
      case MULTIPLY_NUMBER -> work.does(() -> backend.multiply(a, 0.5, out), out);
      case DIVIDE -> work.does(() -> backend.divide(a, b, out), out);
      case DIVIDE_NUMBER -> work.does(() -> backend.divide(a, 0.5, out), out);
      case EQUAL -> work.does(() -> backend.equal(a, b, out), out);
      case EQUAL_NUMBER -> work.does(() -> backend.equal(a, 0.5, out), out);
      // Next to nothing, which leaves the result as it is, run after run.
      case ADD_SCALED -> {
        backend.copy(b, out);
        yield work.does(() -> backend.addScaled(1e-30, a, out), out);
      }
      case FILL -> work.does(() -> backend.fill(0.5, out), out);
      case COPY -> work.does(() -> backend.copy(a, out), out);
    };
  }

  @Override
  public void close() {
    backend.close();
  }
}
