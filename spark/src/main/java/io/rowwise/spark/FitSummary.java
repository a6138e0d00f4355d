package io.rowwise.spark;

import io.rowwise.trainer.Progress;
import io.rowwise.trainer.Solution;
import java.io.Serializable;
import java.util.Collection;
import java.util.List;

/**
 * What a fit came to, as a {@link RowwiseModel} tells it until it is saved. Immutable.
 *
 * @param objective the value at the parameters that were found
 * @param gradientNorm the largest absolute component of the gradient there
 * @param iterations how many there were
 * @param evaluations how often the objective and its gradient were computed, each in one Spark job
 * @param stopReason why it stopped: {@code tolerance}, {@code rounding} or {@code max_iterations}
 * @param objectiveHistory the objective at the start and after each iteration
 * @param rows how many there were
 * @param blockRows how many rows a block had, on which the last bits of the result depend
 * @param totalWeight the sum of the rows' weights
 * @param devices what tasks computed on, and why it was not what was asked for
 * @param seconds how long it took
 */
public record FitSummary(
    double objective,
    double gradientNorm,
    int iterations,
    int evaluations,
    String stopReason,
    List<Double> objectiveHistory,
    long rows,
    int blockRows,
    double totalWeight,
    List<String> devices,
    double seconds)
    implements Serializable {
  private static final long serialVersionUID = 1;

  /** Copies the lists. */
  public FitSummary {
    objectiveHistory = List.copyOf(objectiveHistory);
    devices = List.copyOf(devices);
  }

  static FitSummary of(
      Solution solution,
      BlockLayout layout,
      double totalWeight,
      Collection<String> devices,
      double seconds) {
    return new FitSummary(
        solution.objective(),
        solution.gradientNorm(),
        solution.iterations(),
        solution.evaluations(),
        solution.stopReason().toString(),
        solution.history().stream().map(Progress::objective).toList(),
        layout.rows(),
        layout.blockRows(),
        totalWeight,
        List.copyOf(devices),
        seconds);
  }
}
