package io.rowwise.backend.cpu;

import io.rowwise.backend.Matrix;
import io.rowwise.kernel.TrainingEpoch;
import io.rowwise.kernel.TrainingStep;
import java.util.Arrays;

/** Steps of gradient descent: two products, and one pass over the logits between them. */
final class CpuTraining implements AutoCloseable {
  private final LinearLogits logits;
  private final double[] result = new double[1];
  private RowBlock block;
  private TargetBlock targetBlock;
  private double[] biasGradient = new double[0];
  private double[] biasValues = new double[0];

  CpuTraining(CpuBackend backend) {
    this.logits = new LinearLogits(backend);
  }

  /** One batch: the rows {@code first} to {@code first + rows - 1}. Returns its cross-entropy. */
  private double step(
      Matrix x, Matrix targets, int first, int rows, double rate, Matrix weights, Matrix bias) {
    int classes = weights.columns();
    logits.compute(x, first, rows, weights, bias);
    Arrays.fill(biasGradient, 0);
    double loss = 0;
    for (int from = 0; from < rows; from += block.capacity()) {
      int count = Math.min(block.capacity(), rows - from);
      logits.load(from, count, block);
      targetBlock.load(targets, first + from, count);
      block.normalize();
      loss += block.crossEntropy(targetBlock);
      double[] gradient = block.gradient(targetBlock, rows);
      logits.replace(from, count, gradient);
      for (int j = 0; j < classes; j++) {
        biasGradient[j] += Sums.sum(gradient, j * count, (j + 1) * count);
      }
    }
    logits.descend(x, first, rate, weights);
    CpuStorage.loadRows(bias, 0, 1, biasValues);
    for (int j = 0; j < classes; j++) {
      biasValues[j] = Math.fma(-rate, biasGradient[j], biasValues[j]);
    }
    CpuStorage.storeRows(biasValues, bias, 0, 1);
    return loss / rows;
  }

  private void prepare(int classes) {
    block = RowBlock.of(classes, block);
    targetBlock = TargetBlock.of(block, targetBlock);
    if (biasGradient.length != classes) {
      biasGradient = new double[classes];
      biasValues = new double[classes];
    }
  }

  private void report(double loss, Matrix into) {
    result[0] = loss;
    CpuStorage.storeRows(result, into, 0, 1);
  }

  TrainingStep asStep() {
    return new TrainingStep() {
      @Override
      public void apply(
          Matrix x, Matrix targets, double learningRate, Matrix weights, Matrix bias, Matrix loss) {
        prepare(weights.columns());
        report(step(x, targets, 0, x.rows(), learningRate, weights, bias), loss);
      }

      @Override
      public void close() {
        CpuTraining.this.close();
      }
    };
  }

  TrainingEpoch asEpoch() {
    return new TrainingEpoch() {
      @Override
      public void apply(
          Matrix x,
          Matrix targets,
          int batchRows,
          double learningRate,
          Matrix weights,
          Matrix bias,
          Matrix loss) {
        prepare(weights.columns());
        double sum = 0;
        int batches = 0;
        for (long from = 0; from < x.rows(); from += batchRows) {
          int first = (int) from;
          int rows = (int) Math.min(batchRows, x.rows() - from);
          sum += step(x, targets, first, rows, learningRate, weights, bias);
          batches++;
        }
        report(sum / batches, loss);
      }

      @Override
      public void close() {
        CpuTraining.this.close();
      }
    };
  }

  @Override
  public void close() {
    logits.close();
  }
}
