package io.rowwise.trainer;

import java.util.List;

/**
 * What a solver came to.
 *
 * @param objective the value at the parameters that were found
 * @param gradientNorm the largest absolute component of the gradient there
 * @param iterations how many there were
 * @param evaluations how often the objective and its gradient were computed
 * @param stopReason why it stopped
 * @param history the start and each iteration, or each epoch
 */
public record Solution(
    double objective,
    double gradientNorm,
    int iterations,
    int evaluations,
    StopReason stopReason,
    List<Progress> history) {
  /** Copies the history. */
  public Solution {
    history = List.copyOf(history);
  }
}
