package io.rowwise.backend.cpu.kernels;

import io.rowwise.backend.Backend;
import io.rowwise.backend.Matrix;
import io.rowwise.backend.cpu.memory.CpuStorage;
import io.rowwise.backend.cpu.parallel.Parts;
import io.rowwise.backend.cpu.parallel.Workers;
import io.rowwise.backend.cpu.rows.Rows;
import io.rowwise.kernel.Evaluation;

/**
 * Loss and accuracy: a product for a slab of rows, then both in one pass over their logits.
 * Programs do not use it.
 */
public final class CpuEvaluation implements Evaluation {
  private final Workers workers;
  private final LinearLogits logits;
  private final Rows[] blocks;
  private final Workers.Work slabs = this::evaluate;
  private final double[] values = new double[2];
  private double[] losses = new double[0];
  private int[] correct = new int[0];
  private int slabRows;
  private Matrix x;
  private Matrix targets;
  private Matrix weights;

  /**
   * @param backend whose memory it takes
   * @param workers share it
   */
  public CpuEvaluation(Backend backend, Workers workers) {
    this.workers = workers;
    this.logits = new LinearLogits(backend, workers.count());
    this.blocks = new Rows[workers.count()];
  }

  @Override
  public void apply(Matrix newX, Matrix newTargets, Matrix newWeights, Matrix bias, Matrix result) {
    x = newX;
    targets = newTargets;
    weights = newWeights;
    int classes = weights.columns();
    slabRows = LinearLogits.slabRows(x.rows(), x.columns(), classes);
    int slabCount = Parts.count(x.rows(), slabRows);
    if (losses.length < slabCount) {
      losses = new double[slabCount];
      correct = new int[slabCount];
    }
    logits.prepare(x, weights, bias, (long) workers.count() * slabRows * classes);
    workers.share(slabCount, LinearLogits.nanoseconds(x.rows(), x.columns(), classes), slabs);
    double loss = 0;
    long allCorrect = 0;
    for (int slab = 0; slab < slabCount; slab++) {
      loss += losses[slab];
      allCorrect += correct[slab];
    }
    values[0] = loss / x.rows();
    values[1] = (double) allCorrect / x.rows();
    CpuStorage.storeRows(values, result, 0, 1);
    x = null;
    targets = null;
    weights = null;
  }

  private void evaluate(int slab, int worker) {
    int classes = weights.columns();
    Rows block = Rows.of(x.type(), classes, blocks[worker]);
    blocks[worker] = block;
    block.takeBias(logits.biasValues());
    int first = slab * slabRows;
    int rows = Math.min(slabRows, x.rows() - first);
    long position = (long) worker * slabRows * classes;
    long leadingDimension = logits.byClass() ? rows : classes;
    logits.compute(x, first, rows, weights, position, leadingDimension, worker);
    double loss = 0;
    int right = 0;
    for (int from = 0; from < rows; from += block.capacity()) {
      int count = Math.min(block.capacity(), rows - from);
      logits.load(block, position, leadingDimension, from, count);
      block.loadTargets(targets, first + from);
      block.normalize();
      loss += block.crossEntropy();
      right += block.correct();
    }
    losses[slab] = loss;
    correct[slab] = right;
  }

  @Override
  public void close() {
    logits.close();
  }
}
