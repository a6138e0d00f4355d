package io.rowwise.backend.cpu.kernels;

import io.rowwise.backend.Matrix;
import io.rowwise.backend.cpu.loops.Loops;
import io.rowwise.backend.cpu.memory.CpuStorage;
import io.rowwise.backend.cpu.rows.Rows;
import io.rowwise.kernel.Targets;
import java.util.Arrays;

/** The targets of the rows at hand, for blocks of rows; shared by workers once it has begun. */
final class RowTargets {
  private static final int NO_CLASS = -1;

  private Matrix probabilities;
  private int first;
  private boolean areLabels;
  private boolean haveWeights;
  private double totalWeight;
  private int[] labels = new int[0];
  private double[] weights = new double[0];
  private double[] numbers = new double[0];

  /** Takes the targets of rows {@code first} to {@code first + rows - 1} of some classes. */
  void begin(Targets targets, int newFirst, int rows, int classes) {
    first = newFirst;
    areLabels = targets.areClasses();
    haveWeights = !targets.countEachRowOnce();
    probabilities = areLabels ? null : targets.values();
    totalWeight = rows;
    if (haveWeights) {
      takeWeights(targets, rows);
    }
    if (areLabels) {
      takeLabels(targets, rows, classes);
    }
    if (haveWeights) {
      totalWeight = Loops.float64().sum(weights, 0, rows);
    }
  }

  private void takeWeights(Targets targets, int rows) {
    if (weights.length < rows) {
      weights = new double[rows];
    }
    if (targets.hasWeights()) {
      CpuStorage.loadRows(targets.weights(), first, rows, weights);
    } else {
      Arrays.fill(weights, 0, rows, 1);
    }
  }

  private void takeLabels(Targets targets, int rows, int classes) {
    if (labels.length < rows) {
      labels = new int[rows];
      numbers = new double[rows];
    }
    CpuStorage.loadRows(targets.values(), first, rows, numbers);
    double ignored = targets.ignored();
    for (int row = 0; row < rows; row++) {
      double number = numbers[row];
      int label = (int) number;
      labels[row] = label == number && label >= 0 && label < classes ? label : NO_CLASS;
      if (number == ignored) {
        labels[row] = 0;
        weights[row] = 0;
      }
    }
  }

  /** Gives a block the targets of its rows, of which {@code row} is the first in x. */
  void load(Rows block, int row) {
    if (areLabels) {
      block.loadLabels(labels, row - first);
    } else {
      block.loadTargets(probabilities, row);
    }
    if (haveWeights) {
      block.weighTargets(weights, row - first);
    }
  }

  /** What the sum over all rows is divided by to be their mean. */
  double totalWeight() {
    return totalWeight;
  }

  /** The weight of those rows of a block that are predicted right; after its cross-entropy. */
  double correct(Rows block, int row) {
    if (!haveWeights) {
      return block.correct();
    }
    double correct = 0;
    for (int i = 0; i < block.rows(); i++) {
      correct += block.isCorrect(i) ? weights[row - first + i] : 0;
    }
    return correct;
  }

  /** Forgets the matrix. */
  void end() {
    probabilities = null;
  }
}
