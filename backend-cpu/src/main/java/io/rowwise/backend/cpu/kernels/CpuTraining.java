package io.rowwise.backend.cpu.kernels;

import io.rowwise.backend.Backend;
import io.rowwise.backend.Matrix;
import io.rowwise.backend.cpu.memory.CpuStorage;
import io.rowwise.backend.cpu.parallel.Workers;
import io.rowwise.backend.cpu.rows.Rows;
import io.rowwise.kernel.TrainingEpoch;
import io.rowwise.kernel.TrainingStep;

/**
 * Steps of gradient descent: two products, and one pass over the logits between them. Programs do
 * not use it.
 */
public final class CpuTraining implements TrainingStep, TrainingEpoch {
  // Those of all slabs are in one array.
  private static final int MOST_GRADIENTS = Integer.MAX_VALUE - 8;

  private final Workers workers;
  private final LinearLogits logits;
  private final LinearLogits.Work gradient = new Gradient();
  private final double[] result = new double[1];
  private double[] losses = new double[0];
  private double[] biasGradients = new double[0];
  private double[] biasValues = new double[0];

  // Of the batch at hand.
  private Matrix targets;
  private int classes;
  private int rows;

  /**
   * @param backend whose memory it takes
   * @param workers share it
   */
  public CpuTraining(Backend backend, Workers workers) {
    this.workers = workers;
    this.logits = new LinearLogits(backend, workers);
  }

  private final class Gradient implements LinearLogits.Work {
    @Override
    public void begin(Rows block, int slab) {
      block.clearColumnSums();
      losses[slab] = 0;
    }

    @Override
    public void compute(Rows block, int slab, int row) {
      block.loadTargets(targets, row);
      block.normalize();
      losses[slab] += block.crossEntropy();
      block.toGradient(rows);
      logits.replace(block, row);
      block.addToColumnSums();
    }

    @Override
    public void end(Rows block, int slab) {
      block.copyColumnSums(biasGradients, slab * classes);
    }
  }

  /** One batch: the rows {@code first} to {@code first + count - 1}. Returns its cross-entropy. */
  private double step(Matrix x, int first, int count, Matrix weights, Matrix bias, double rate) {
    classes = weights.columns();
    rows = count;
    int slabs = logits.begin(x, first, rows, weights, bias, Math.max(1, MOST_GRADIENTS / classes));
    if (losses.length < slabs || biasGradients.length < (long) slabs * classes) {
      losses = new double[slabs];
      biasGradients = new double[slabs * classes];
    }
    if (biasValues.length != classes) {
      biasValues = new double[classes];
    }
    logits.compute(gradient);
    logits.descend(rate);
    double loss = losses[0];
    for (int slab = 1; slab < slabs; slab++) {
      loss += losses[slab];
      for (int j = 0; j < classes; j++) {
        biasGradients[j] += biasGradients[slab * classes + j];
      }
    }
    for (int j = 0; j < classes; j++) {
      biasValues[j] = Math.fma(-rate, biasGradients[j], logits.biasValues()[j]);
    }
    CpuStorage.storeRows(biasValues, bias, 0, 1);
    return loss / rows;
  }

  private void end(double loss, Matrix into) {
    logits.end();
    targets = null;
    result[0] = loss;
    CpuStorage.storeRows(result, into, 0, 1);
  }

  @Override
  public void apply(
      Matrix x, Matrix newTargets, double learningRate, Matrix weights, Matrix bias, Matrix loss) {
    targets = newTargets;
    end(step(x, 0, x.rows(), weights, bias, learningRate), loss);
  }

  @Override
  public void apply(
      Matrix x,
      Matrix newTargets,
      int batchRows,
      double learningRate,
      Matrix weights,
      Matrix bias,
      Matrix loss) {
    targets = newTargets;
    // The batches come one after the other, however short each is.
    workers.prepare(
        LinearLogits.nanoseconds(Math.min(batchRows, x.rows()), x.columns(), weights.columns()),
        LinearLogits.nanoseconds(x.rows(), x.columns(), weights.columns()));
    double sum = 0;
    int batches = 0;
    for (long from = 0; from < x.rows(); from += batchRows) {
      int count = (int) Math.min(batchRows, x.rows() - from);
      sum += step(x, (int) from, count, weights, bias, learningRate);
      batches++;
    }
    end(sum / batches, loss);
  }

  @Override
  public void close() {
    logits.close();
  }
}
