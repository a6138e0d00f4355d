package io.rowwise.benchmarks.contender;

import io.rowwise.backend.ElementType;
import java.util.function.Supplier;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.transforms.custom.LogSoftMax;
import org.nd4j.linalg.api.ops.impl.transforms.custom.SoftMax;
import org.nd4j.linalg.api.ops.impl.transforms.strict.Exp;
import org.nd4j.linalg.api.ops.impl.transforms.strict.Log;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.ops.transforms.Transforms;

/**
 * ND4J, written the obvious way: expressions over {@code INDArray}s, whose memory the garbage
 * collector gives back. Its single operations are given a result where they take one.
 */
final class Nd4jContender implements Contender {
  /** Holds what was computed last. */
  private static Work computing(Supplier<INDArray> compute) {
    INDArray[] last = new INDArray[1];
    return new HeapWork(() -> last[0] = compute.get(), () -> doubles(last[0]));
  }

  private static Work into(INDArray out, Runnable run) {
    return new HeapWork(run, () -> doubles(out));
  }

  private static double[] doubles(INDArray array) {
    return array.castTo(DataType.DOUBLE).dup('c').data().asDouble();
  }

  private static DataType dataType(ElementType type) {
    return type == ElementType.FLOAT64 ? DataType.DOUBLE : DataType.FLOAT;
  }

  private static INDArray matrix(ElementType type, int rows, int columns, double[] values) {
    return Nd4j.createFromArray(values).reshape('c', rows, columns).castTo(dataType(type));
  }

  /** The parameters, trained in place. */
  private static final class Layer {
    final INDArray weights;
    final INDArray bias;

    Layer(ElementType type, TrainingProblem problem) {
      weights = matrix(type, problem.features(), problem.classes(), problem.weights()).dup();
      bias = matrix(type, 1, problem.classes(), problem.bias()).dup();
    }

    INDArray probabilities(INDArray x) {
      return Transforms.softmax(x.mmul(weights).addiRowVector(bias));
    }
  }

  @Override
  public Work training(ElementType type, TrainingProblem problem) {
    int classes = problem.classes();
    INDArray x = matrix(type, problem.rows(), problem.features(), problem.x());
    INDArray y = matrix(type, problem.rows(), classes, problem.oneHot());
    boolean validated = problem.validationRows() > 0;
    INDArray validX =
        validated
            ? matrix(type, problem.validationRows(), problem.features(), problem.validationX())
            : null;
    INDArray validY =
        validated
            ? matrix(type, problem.validationRows(), classes, problem.validationOneHot())
            : null;
    Layer layer = new Layer(type, problem);
    Runnable run =
        () -> {
          for (int epoch = 0; epoch < problem.epochs(); epoch++) {
            for (int from = 0; from < problem.rows(); from += problem.batchRows()) {
              int to = Math.min(problem.rows(), from + problem.batchRows());
              step(layer, rows(x, from, to), rows(y, from, to), problem.learningRate());
            }
            if (validated) {
              INDArray p = layer.probabilities(validX);
              crossEntropy(p, validY);
              p.argMax(1).eq(validY.argMax(1)).castTo(DataType.DOUBLE).meanNumber();
            }
          }
        };
    return new HeapWork(
        run, () -> TrainingProblem.joined(doubles(layer.weights), doubles(layer.bias)));
  }

  private static INDArray rows(INDArray of, int from, int to) {
    return of.get(NDArrayIndex.interval(from, to), NDArrayIndex.all());
  }

  private static double crossEntropy(INDArray p, INDArray y) {
    return -Transforms.log(p).muli(y).sumNumber().doubleValue() / p.rows();
  }

  private static void step(Layer layer, INDArray x, INDArray y, double learningRate) {
    INDArray p = layer.probabilities(x);
    crossEntropy(p, y);
    INDArray gradient = p.sub(y).muli(learningRate / x.rows());
    layer.weights.subi(x.transpose().mmul(gradient));
    layer.bias.subi(gradient.sum(true, 0));
  }

  @Override
  public Work prediction(ElementType type, TrainingProblem problem) {
    INDArray x = matrix(type, problem.rows(), problem.features(), problem.x());
    Layer layer = new Layer(type, problem);
    return computing(() -> layer.probabilities(x));
  }

  @Override
  public Work rows(ElementType type, RowOperation operation, RowProblem problem) {
    int rows = problem.rows();
    int columns = problem.columns();
    INDArray z = matrix(type, rows, columns, problem.values());
    INDArray out = Nd4j.createUninitialized(dataType(type), rows, columns);
    return switch (operation) {
      case SOFTMAX -> into(out, () -> softmax(z, out));
      case LOG_SOFTMAX -> into(out, () -> Nd4j.exec(new LogSoftMax(z, out)));
      case CROSS_ENTROPY -> {
        INDArray y = matrix(type, rows, columns, problem.oneHot());
        double[] loss = new double[1];
        yield new HeapWork(
            () -> {
              softmax(z, out);
              loss[0] = crossEntropy(out, y);
            },
            loss::clone);
      }
      case GRADIENT -> {
        INDArray y = matrix(type, rows, columns, problem.oneHot());
        yield into(
            out,
            () -> {
              softmax(z, out);
              out.subi(y).divi(rows);
            });
      }
      case COPY -> into(out, () -> out.assign(z));
    };
  }

  private static void softmax(INDArray z, INDArray out) {
    Nd4j.exec(new SoftMax(z, out, 1));
  }

  @Override
  public Work primitive(ElementType type, Primitive primitive, RowProblem problem) {
    int rows = problem.rows();
    int columns = problem.columns();
    INDArray a = matrix(type, rows, columns, problem.values());
    INDArray b = matrix(type, rows, columns, problem.positive());
    INDArray out = Nd4j.createUninitialized(dataType(type), rows, columns);
    return switch (primitive) {
      case MATMUL -> {
        INDArray tall = matrix(type, columns, rows, problem.values());
        INDArray product = Nd4j.createUninitialized(dataType(type), rows, rows);
        yield into(product, () -> a.mmuli(tall, product));
      }
      case MATMUL_TRANSPOSED_A -> {
        INDArray tall = matrix(type, columns, rows, problem.values());
        INDArray product = Nd4j.createUninitialized(dataType(type), rows, rows);
        yield into(product, () -> Nd4j.matmul(tall, tall, product, true, false, false));
      }
      case MATMUL_TRANSPOSED_B -> {
        INDArray product = Nd4j.createUninitialized(dataType(type), rows, rows);
        yield into(product, () -> Nd4j.matmul(a, a, product, false, true, false));
      }
      case ROW_MAX -> computing(() -> a.max(1));
      case ROW_SUM -> computing(() -> a.sum(1));
      case ROW_ARG_MAX -> computing(() -> a.argMax(1));
      case COLUMN_SUM -> computing(() -> a.sum(0));
      case EXP -> into(out, () -> Nd4j.exec(new Exp(a, out)));
      case LOG -> into(out, () -> Nd4j.exec(new Log(b, out)));
      case ADD -> into(out, () -> a.addi(b, out));
      case ADD_ROW -> {
        INDArray row = b.getRow(0, true).dup();
        yield computing(() -> a.addRowVector(row));
      }
      case ADD_COLUMN -> {
        INDArray column = b.max(true, 1);
        yield computing(() -> a.addColumnVector(column));
      }
      case ADD_NUMBER -> into(out, () -> a.addi(0.5, out));
      case SUBTRACT -> into(out, () -> a.subi(b, out));
      case SUBTRACT_NUMBER -> into(out, () -> a.subi(0.5, out));
      case MULTIPLY -> into(out, () -> a.muli(b, out));
      case MULTIPLY_NUMBER -> into(out, () -> a.muli(0.5, out));
      case DIVIDE -> into(out, () -> a.divi(b, out));
      case DIVIDE_NUMBER -> into(out, () -> a.divi(0.5, out));
      case EQUAL -> computing(() -> a.eq(b));
      case EQUAL_NUMBER -> computing(() -> a.eq(0.5));
      case ADD_SCALED -> into(b, () -> Nd4j.getBlasWrapper().axpy((Number) 1e-30, a, b));
      case FILL -> into(out, () -> out.assign(0.5));
      case COPY -> into(out, () -> out.assign(a));
    };
  }

  @Override
  public void close() {
    // ND4J is the process's.
  }
}
