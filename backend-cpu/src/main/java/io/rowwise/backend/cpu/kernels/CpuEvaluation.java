package io.rowwise.backend.cpu.kernels;

import io.rowwise.backend.Backend;
import io.rowwise.backend.Matrix;
import io.rowwise.backend.cpu.memory.CpuStorage;
import io.rowwise.backend.cpu.parallel.Workers;
import io.rowwise.backend.cpu.rows.Rows;
import io.rowwise.kernel.Evaluation;
import io.rowwise.kernel.Targets;
import java.util.Arrays;

/**
 * Loss and accuracy: a product for a slab of rows, then both in one pass over their logits.
 * Programs do not use it.
 */
public final class CpuEvaluation implements Evaluation {
  private final LinearLogits logits;
  private final LinearLogits.Work work = this::evaluate;
  private final double[] values = new double[2];
  private double[] losses = new double[0];
  private double[] correct = new double[0];
  private final RowTargets targets = new RowTargets();

  /**
   * @param backend whose memory it takes
   * @param workers share it
   */
  public CpuEvaluation(Backend backend, Workers workers) {
    this.logits = new LinearLogits(backend, workers);
  }

  @Override
  public void apply(Matrix x, Targets newTargets, Matrix weights, Matrix bias, Matrix result) {
    targets.begin(newTargets, 0, x.rows(), weights.columns());
    int slabs = logits.begin(x, weights, bias);
    if (losses.length < slabs) {
      losses = new double[slabs];
      correct = new double[slabs];
    }
    Arrays.fill(losses, 0, slabs, 0);
    Arrays.fill(correct, 0, slabs, 0);
    logits.compute(work);
    double loss = 0;
    double allCorrect = 0;
    for (int slab = 0; slab < slabs; slab++) {
      loss += losses[slab];
      allCorrect += correct[slab];
    }
    values[0] = loss / targets.totalWeight();
    values[1] = allCorrect / targets.totalWeight();
    CpuStorage.storeRows(values, result, 0, 1);
    logits.end();
    targets.end();
  }

  private void evaluate(Rows block, int slab, int row) {
    targets.load(block, row);
    block.normalize();
    losses[slab] += block.crossEntropy();
    correct[slab] += targets.correct(block, row);
  }

  @Override
  public void close() {
    logits.close();
  }
}
