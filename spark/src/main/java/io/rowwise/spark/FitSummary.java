package io.rowwise.spark;

import io.rowwise.trainer.Progress;
import io.rowwise.trainer.Solution;
import java.io.Serializable;

/** What a fit came to, as a {@link RowwiseModel} tells it until it is saved. Immutable. */
public final class FitSummary implements Serializable {
  private static final long serialVersionUID = 1;

  private final double objective;
  private final double gradientNorm;
  private final int evaluations;
  private final String stopReason;
  private final double[] objectiveHistory;
  private final long rows;
  private final int blockRows;
  private final double totalWeight;
  private final double seconds;

  private FitSummary(
      Solution solution, long rows, int blockRows, double totalWeight, double seconds) {
    this.objective = solution.objective();
    this.gradientNorm = solution.gradientNorm();
    this.evaluations = solution.evaluations();
    this.stopReason = solution.stopReason().toString();
    this.objectiveHistory = solution.history().stream().mapToDouble(Progress::objective).toArray();
    this.rows = rows;
    this.blockRows = blockRows;
    this.totalWeight = totalWeight;
    this.seconds = seconds;
  }

  static FitSummary of(Solution solution, BlockLayout layout, double totalWeight, double seconds) {
    return new FitSummary(solution, layout.rows(), layout.blockRows(), totalWeight, seconds);
  }

  /** The value at the parameters that were found. */
  public double objective() {
    return objective;
  }

  /** The largest absolute component of the gradient there. */
  public double gradientNorm() {
    return gradientNorm;
  }

  /** How many iterations there were. */
  public int iterations() {
    return objectiveHistory.length - 1;
  }

  /** How often the objective and its gradient were computed, each in one Spark job. */
  public int evaluations() {
    return evaluations;
  }

  /** Why it stopped: the name of a {@link io.rowwise.trainer.StopReason}. */
  public String stopReason() {
    return stopReason;
  }

  /** The objective at the start and after each iteration; a copy. */
  public double[] objectiveHistory() {
    return objectiveHistory.clone();
  }

  /** How many rows there were. */
  public long rows() {
    return rows;
  }

  /** How many rows a block had, on which the last bits of the result depend. */
  public int blockRows() {
    return blockRows;
  }

  /** The sum of the rows' weights. */
  public double totalWeight() {
    return totalWeight;
  }

  /** How long it took. */
  public double seconds() {
    return seconds;
  }
}
