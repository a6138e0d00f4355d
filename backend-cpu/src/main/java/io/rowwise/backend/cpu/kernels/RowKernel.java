package io.rowwise.backend.cpu.kernels;

import io.rowwise.backend.Matrix;
import io.rowwise.backend.cpu.memory.CpuStorage;
import io.rowwise.backend.cpu.parallel.Parts;
import io.rowwise.backend.cpu.parallel.Workers;
import io.rowwise.backend.cpu.rows.Rows;
import io.rowwise.kernel.CrossEntropy;
import io.rowwise.kernel.CrossEntropyGradient;
import io.rowwise.kernel.LogSoftmax;
import io.rowwise.kernel.LogSumExp;
import io.rowwise.kernel.MaskedSoftmax;
import io.rowwise.kernel.Softmax;
import io.rowwise.kernel.Targets;
import java.util.Arrays;

/**
 * A function of each row of logits by itself, with the rows shared among the workers. Programs do
 * not use it.
 */
public abstract class RowKernel {
  // Ten microseconds or so.
  private static final int ELEMENTS_OF_A_PART = 8192;
  // In one thread, roughly.
  private static final double NANOSECONDS_OF_A_POWER = 1;
  private static final double NANOSECONDS_WITH_A_LOGARITHM_OR_TARGET = 2;

  private final Workers workers;
  private final double nanosecondsOfAnElement;
  private final Workers.Work parts = this::computePart;
  private final Rows[] ofWorkers;
  private Matrix logits;
  private final RowTargets targets = new RowTargets();
  private boolean hasTargets;
  private int partRows;

  private RowKernel(Workers workers, double nanosecondsOfAnElement) {
    this.workers = workers;
    this.nanosecondsOfAnElement = nanosecondsOfAnElement;
    this.ofWorkers = new Rows[workers.count()];
  }

  /** The softmax. */
  public static Softmax softmax(Workers workers) {
    return new Stored(workers, NANOSECONDS_OF_A_POWER, (rows, weight) -> rows.toProbabilities())
        ::apply;
  }

  /** The log-softmax. */
  public static LogSoftmax logSoftmax(Workers workers) {
    return new Stored(
            workers,
            NANOSECONDS_WITH_A_LOGARITHM_OR_TARGET,
            (rows, weight) -> rows.toLogProbabilities())
        ::apply;
  }

  /** The softmax of what a mask keeps. */
  public static MaskedSoftmax maskedSoftmax(Workers workers) {
    return new Masked(workers)::apply;
  }

  /** The logarithm of the sum of powers. */
  public static LogSumExp logSumExp(Workers workers) {
    return new LogOfSum(workers)::apply;
  }

  /** The cross-entropy. */
  public static CrossEntropy crossEntropy(Workers workers) {
    return new Loss(workers)::apply;
  }

  /** The gradient of the cross-entropy. */
  public static CrossEntropyGradient crossEntropyGradient(Workers workers) {
    return new Stored(workers, NANOSECONDS_WITH_A_LOGARITHM_OR_TARGET, Rows::toGradient)::apply;
  }

  /** What makes a result that has as many columns as the logits. */
  private interface Function {
    void apply(Rows rows, double totalWeight);
  }

  private static class Stored extends RowKernel {
    private final Function function;
    private Matrix out;

    Stored(Workers workers, double nanosecondsOfAnElement, Function function) {
      super(workers, nanosecondsOfAnElement);
      this.function = function;
    }

    void apply(Matrix logits, Matrix newOut) {
      apply(logits, null, newOut);
    }

    final void apply(Matrix logits, Targets targets, Matrix newOut) {
      out = newOut;
      begin(logits, targets);
      computeAndEnd();
      out = null;
    }

    @Override
    final void compute(int part, Rows rows, int first) {
      function.apply(rows, totalWeight());
      rows.store(out, first);
    }
  }

  private static final class Masked extends Stored {
    private Matrix mask;
    private double temperature;

    Masked(Workers workers) {
      super(workers, NANOSECONDS_OF_A_POWER, (rows, weight) -> rows.toProbabilities());
    }

    void apply(Matrix logits, Matrix newMask, double newTemperature, Matrix probabilities) {
      mask = newMask;
      temperature = newTemperature;
      apply(logits, probabilities);
      mask = null;
    }

    @Override
    void prepare(Rows rows, int first) {
      rows.keep(mask, first, temperature);
    }
  }

  private static final class LogOfSum extends RowKernel {
    private Matrix result;

    LogOfSum(Workers workers) {
      super(workers, NANOSECONDS_OF_A_POWER);
    }

    void apply(Matrix logits, Matrix newResult) {
      result = newResult;
      begin(logits, null);
      computeAndEnd();
      result = null;
    }

    @Override
    void compute(int part, Rows rows, int first) {
      CpuStorage.storeRows(rows.logSumExp(), result, first, rows.rows());
    }
  }

  private static final class Loss extends RowKernel {
    private final double[] mean = new double[1];
    private double[] losses = new double[0];

    Loss(Workers workers) {
      super(workers, NANOSECONDS_WITH_A_LOGARITHM_OR_TARGET);
    }

    void apply(Matrix logits, Targets targets, Matrix loss) {
      int parts = begin(logits, targets);
      if (losses.length < parts) {
        losses = new double[parts];
      }
      Arrays.fill(losses, 0, parts, 0);
      computeAndEnd();
      double sum = 0;
      for (int part = 0; part < parts; part++) {
        sum += losses[part];
      }
      mean[0] = sum / totalWeight();
      CpuStorage.storeRows(mean, loss, 0, 1);
    }

    @Override
    void compute(int part, Rows rows, int first) {
      losses[part] += rows.crossEntropy();
    }
  }

  /** Takes the logits, and targets or null; tells how many parts there will be. */
  final int begin(Matrix newLogits, Targets newTargets) {
    logits = newLogits;
    hasTargets = newTargets != null;
    if (hasTargets) {
      targets.begin(newTargets, 0, logits.rows(), logits.columns());
    }
    partRows = Math.max(1, ELEMENTS_OF_A_PART / logits.columns());
    return Parts.count(logits.rows(), partRows);
  }

  /** Computes all parts of what was begun. */
  final void computeAndEnd() {
    int rows = logits.rows();
    double nanoseconds = (double) rows * logits.columns() * nanosecondsOfAnElement;
    workers.share(Parts.count(rows, partRows), nanoseconds, parts);
    logits = null;
    targets.end();
  }

  /** What a mean divides by. */
  final double totalWeight() {
    return targets.totalWeight();
  }

  private void computePart(int part, int worker) {
    Rows rows = Rows.of(logits.type(), logits.columns(), ofWorkers[worker]);
    ofWorkers[worker] = rows;
    int end = (int) Math.min(logits.rows(), (part + 1L) * partRows);
    for (int first = part * partRows; first < end; first += rows.capacity()) {
      rows.load(logits, first, Math.min(rows.capacity(), end - first));
      prepare(rows, first);
      if (hasTargets) {
        targets.load(rows, first);
      }
      rows.normalize();
      compute(part, rows, first);
    }
  }

  /** Changes rows that were loaded, before they are normalised, in any worker. */
  void prepare(Rows rows, int first) {}

  /** Uses rows that are normalised, in any worker. */
  abstract void compute(int part, Rows rows, int first);
}
