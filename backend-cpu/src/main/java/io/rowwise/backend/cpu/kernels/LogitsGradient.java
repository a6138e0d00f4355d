package io.rowwise.backend.cpu.kernels;

import io.rowwise.backend.cpu.rows.Rows;

/**
 * Replaces logits by the gradient of the mean cross-entropy, and adds up what the loss and the
 * bias's gradient are made of, for each slab by itself.
 */
final class LogitsGradient implements LinearLogits.Work {
  private final LinearLogits logits;
  private final RowTargets targets;
  private double[] losses = new double[0];
  private double[] columnSums = new double[0];
  private int slabs;
  private int classes;

  LogitsGradient(LinearLogits logits, RowTargets targets) {
    this.logits = logits;
    this.targets = targets;
  }

  /** Makes room for so many slabs. */
  void begin(int newSlabs, int newClasses) {
    slabs = newSlabs;
    classes = newClasses;
    if (losses.length < slabs || columnSums.length < (long) slabs * classes) {
      losses = new double[slabs];
      columnSums = new double[slabs * classes];
    }
  }

  @Override
  public void begin(Rows block, int slab) {
    block.clearColumnSums();
    losses[slab] = 0;
  }

  @Override
  public void compute(Rows block, int slab, int row) {
    targets.load(block, row);
    block.normalize();
    losses[slab] += block.crossEntropy();
    block.toGradient(targets.totalWeight());
    logits.replace(block, row);
    block.addToColumnSums();
  }

  @Override
  public void end(Rows block, int slab) {
    block.copyColumnSums(columnSums, slab * classes);
  }

  /** The sum of all rows' cross-entropies. */
  double loss() {
    double loss = 0;
    for (int slab = 0; slab < slabs; slab++) {
      loss += losses[slab];
    }
    return loss;
  }

  /** Adds {@code factor} times the gradient of each class's bias. */
  void addBiasGradient(double factor, double[] to) {
    for (int slab = 1; slab < slabs; slab++) {
      for (int j = 0; j < classes; j++) {
        columnSums[j] += columnSums[slab * classes + j];
      }
    }
    for (int j = 0; j < classes; j++) {
      to[j] = Math.fma(factor, columnSums[j], to[j]);
    }
  }
}
