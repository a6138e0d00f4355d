package io.rowwise.backend.cpu.kernels;

import io.rowwise.array.ArrayLength;
import io.rowwise.backend.Backend;
import io.rowwise.backend.Matrix;
import io.rowwise.backend.cpu.memory.CpuStorage;
import io.rowwise.backend.cpu.parallel.Workers;
import io.rowwise.kernel.Targets;
import io.rowwise.kernel.TrainingEpoch;
import io.rowwise.kernel.TrainingStep;

/**
 * Steps of gradient descent: two products, and one pass over the logits between them. Programs do
 * not use it.
 */
public final class CpuTraining implements TrainingStep, TrainingEpoch {
  // Those of all slabs are in one array.
  private static final int MOST_GRADIENTS = ArrayLength.LARGEST;

  private final Workers workers;
  private final LinearLogits logits;
  private final RowTargets targets = new RowTargets();
  private final LogitsGradient gradient;
  private final double[] result = new double[1];

  /**
   * @param backend whose memory it takes
   * @param workers share it
   */
  public CpuTraining(Backend backend, Workers workers) {
    this.workers = workers;
    this.logits = new LinearLogits(backend, workers);
    this.gradient = new LogitsGradient(logits, targets);
  }

  /** One batch: the rows {@code first} to {@code first + count - 1}. Returns its cross-entropy. */
  private double step(
      Matrix x, Targets wanted, int first, int count, Matrix weights, Matrix bias, double rate) {
    int classes = weights.columns();
    targets.begin(wanted, first, count, classes);
    int slabs = logits.begin(x, first, count, weights, bias, Math.max(1, MOST_GRADIENTS / classes));
    gradient.begin(slabs, classes);
    logits.compute(gradient);
    logits.multiplyBack(-rate, 1, weights);
    gradient.addBiasGradient(-rate, logits.biasValues());
    CpuStorage.storeRows(logits.biasValues(), bias, 0, 1);
    return gradient.loss() / targets.totalWeight();
  }

  private void end(double loss, Matrix into) {
    logits.end();
    targets.end();
    result[0] = loss;
    CpuStorage.storeRows(result, into, 0, 1);
  }

  @Override
  public void apply(
      Matrix x, Targets newTargets, double learningRate, Matrix weights, Matrix bias, Matrix loss) {
    end(step(x, newTargets, 0, x.rows(), weights, bias, learningRate), loss);
  }

  @Override
  public void apply(
      Matrix x,
      Targets newTargets,
      int batchRows,
      double learningRate,
      Matrix weights,
      Matrix bias,
      Matrix loss) {
    // The batches come one after the other, however short each is.
    workers.prepare(
        Slabs.nanoseconds(Math.min(batchRows, x.rows()), x.columns(), weights.columns()),
        Slabs.nanoseconds(x.rows(), x.columns(), weights.columns()));
    double sum = 0;
    int batches = 0;
    for (long from = 0; from < x.rows(); from += batchRows) {
      int count = (int) Math.min(batchRows, x.rows() - from);
      sum += step(x, newTargets, (int) from, count, weights, bias, learningRate);
      batches++;
    }
    end(sum / batches, loss);
  }

  @Override
  public void close() {
    logits.close();
  }
}
