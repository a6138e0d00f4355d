package io.rowwise.trainer;

import io.rowwise.backend.Backend;
import io.rowwise.backend.Matrix;
import io.rowwise.random.NumpyRandom;
import java.util.Locale;

/** One run of a stochastic solver over the batches of some epochs. */
final class EpochRun implements AutoCloseable {
  private final String name;
  private final MiniBatches batches;
  private final RowObjective objective;
  private final Backend backend;
  private final UpdateRule rule;
  private final Matrix parameters;
  private final Matrix gradient;
  private final Matrix batchValue;
  private final Matrix sum;
  private final VectorReductions reductions;
  private final History history;
  private int epoch;

  /** Takes over the rule, and closes it. */
  EpochRun(
      String name,
      MiniBatches batches,
      RowObjective objective,
      UpdateRule rule,
      Matrix parameters,
      ProgressListener listener) {
    this.name = name;
    this.batches = batches;
    this.objective = objective;
    this.backend = objective.backend();
    this.rule = rule;
    this.parameters = parameters;
    this.history = new History(listener);
    this.gradient = backend.matrix(objective.type(), objective.rows(), objective.columns());
    this.batchValue = backend.matrix(objective.type(), 1, 1);
    this.sum = backend.matrix(objective.type(), 1, 1);
    this.reductions = new VectorReductions(backend, objective.type());
  }

  Solution minimize() {
    int samples = objective.samples();
    int count = (int) Math.ceil((double) samples / batches.batchRows());
    NumpyRandom random = new NumpyRandom(batches.seed());
    while (epoch < batches.epochs()) {
      double rate = batches.schedule().rate(batches.learningRate(), epoch, batches.epochs());
      backend.fill(0, sum);
      for (int batch : random.permutation(count)) {
        int from = batch * batches.batchRows();
        int to = (int) Math.min(samples, (long) from + batches.batchRows());
        objective.evaluate(from, to, parameters, gradient, batchValue);
        // Added up on the device: reading it would wait for it.
        backend.addScaled((to - from) / (double) samples, batchValue, sum);
        rule.update(parameters, gradient, rate);
      }
      epoch++;
      double value = requireFinite(sum.toDoubles()[0]);
      history.add(epoch, epoch, value, reductions.largestAbsolute(gradient), parameters);
      if (history.isEnough()) {
        return solution(StopReason.EARLY_STOPPING);
      }
    }
    return solution(StopReason.EPOCHS);
  }

  private double requireFinite(double value) {
    if (!Double.isFinite(value)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%s: the objective is %s in epoch %d; wanted a smaller learning rate than %s,"
                  + " standardised features, or finite features and targets that are classes",
              name,
              value,
              epoch,
              batches.learningRate()));
    }
    return value;
  }

  /** With the objective of all rows, as the batches of an epoch saw many parameters. */
  private Solution solution(StopReason reason) {
    double value = requireFinite(objective.evaluate(parameters, gradient));
    double norm = reductions.largestAbsolute(gradient);
    return new Solution(value, norm, epoch, epoch + 1, reason, history.steps());
  }

  @Override
  public void close() {
    rule.close();
    gradient.close();
    batchValue.close();
    sum.close();
    reductions.close();
  }
}
