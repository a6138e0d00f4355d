package io.rowwise.backend.cpu.kernels;

import io.rowwise.backend.Backend;
import io.rowwise.backend.Matrix;
import io.rowwise.backend.cpu.parallel.Parts;
import io.rowwise.backend.cpu.parallel.Workers;
import io.rowwise.backend.cpu.rows.Rows;
import io.rowwise.kernel.LinearSoftmax;

/**
 * Prediction: a product for a slab of rows, then their softmax while they are in the cache.
 * Programs do not use it.
 */
public final class CpuLinearSoftmax implements LinearSoftmax {
  private final Workers workers;
  private final LinearLogits logits;
  private final Rows[] blocks;
  private final WeightsByClass weightsByClass;
  private final Workers.Work slabs = this::predict;
  private int slabRows;
  private Matrix x;
  private Matrix weights;
  private Matrix probabilities;

  /**
   * @param backend whose memory it takes
   * @param workers share it
   */
  public CpuLinearSoftmax(Backend backend, Workers workers) {
    this.workers = workers;
    this.logits = new LinearLogits(backend, workers.count());
    this.blocks = new Rows[workers.count()];
    this.weightsByClass = new WeightsByClass(backend);
  }

  @Override
  public void apply(Matrix newX, Matrix newWeights, Matrix bias, Matrix newProbabilities) {
    x = newX;
    weights = newWeights;
    probabilities = newProbabilities;
    int classes = weights.columns();
    slabRows = LinearLogits.slabRows(x.rows(), x.columns(), classes);
    logits.prepare(x, weights, bias, (long) workers.count() * slabRows * classes);
    workers.share(
        Parts.count(x.rows(), slabRows),
        LinearLogits.nanoseconds(x.rows(), x.columns(), classes),
        slabs);
    x = null;
    weights = null;
    probabilities = null;
  }

  private void predict(int slab, int worker) {
    int classes = weights.columns();
    int first = slab * slabRows;
    int rows = Math.min(slabRows, x.rows() - first);
    long position = (long) worker * slabRows * classes;
    long leadingDimension = logits.byClass() ? rows : classes;
    if (!logits.byClass() && x.rows() == 1 && WeightsByClass.areFaster(weights)) {
      logits.computeOne(x, first, weightsByClass.of(weights), position, worker);
    } else {
      logits.compute(x, first, rows, weights, position, leadingDimension, worker);
    }
    Rows block = Rows.of(x.type(), classes, blocks[worker]);
    blocks[worker] = block;
    block.takeBias(logits.biasValues());
    for (int from = 0; from < rows; from += block.capacity()) {
      int count = Math.min(block.capacity(), rows - from);
      logits.load(block, position, leadingDimension, from, count);
      block.normalize();
      block.toProbabilities();
      block.store(probabilities, first + from);
    }
  }

  @Override
  public void close() {
    logits.close();
    weightsByClass.close();
  }
}
