package io.rowwise.backend.cpu;

import io.rowwise.backend.Matrix;
import io.rowwise.kernel.LinearSoftmax;

/** Prediction: a product for a slab of rows, then their softmax while they are in the cache. */
final class CpuLinearSoftmax implements LinearSoftmax {
  private final Workers workers;
  private final LinearLogits logits;
  private final RowSoftmax[] softmaxes;
  private final RowBlock[] blocks;
  private final WeightsByClass weightsByClass;
  private final Workers.Work slabs = this::predict;
  private int slabRows;
  private Matrix x;
  private Matrix weights;
  private Matrix probabilities;

  CpuLinearSoftmax(CpuBackend backend) {
    this.workers = backend.workers();
    this.logits = new LinearLogits(backend);
    this.softmaxes = new RowSoftmax[workers.count()];
    this.blocks = new RowBlock[workers.count()];
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
        Workers.parts(x.rows(), slabRows),
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
    if (logits.byClass()) {
      logits.compute(x, first, rows, weights, position, rows, worker);
      RowBlock block = RowBlock.of(x.type(), classes, blocks[worker]);
      blocks[worker] = block;
      block.takeBias(logits.biasValues());
      for (int from = 0; from < rows; from += block.capacity()) {
        logits.load(block, position, rows, from, Math.min(block.capacity(), rows - from));
        block.normalize();
        block.toProbabilities();
        block.store(probabilities, first + from);
      }
    } else {
      if (x.rows() == 1 && WeightsByClass.areFaster(weights)) {
        logits.computeOne(x, first, weightsByClass.of(weights), position, worker);
      } else {
        logits.compute(x, first, rows, weights, position, classes, worker);
      }
      RowSoftmax softmax = RowSoftmax.of(x.type(), classes, softmaxes[worker]);
      softmaxes[worker] = softmax;
      softmax.applyToAll(
          logits.storage(),
          position,
          classes,
          rows,
          logits.biasValues(),
          CpuStorage.of(probabilities),
          CpuStorage.position(probabilities, first),
          probabilities.leadingDimension());
    }
  }

  @Override
  public void close() {
    logits.close();
    weightsByClass.close();
  }
}
