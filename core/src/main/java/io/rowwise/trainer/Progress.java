package io.rowwise.trainer;

/**
 * Where a solver is.
 *
 * @param iteration how many are done; 0 before the first
 * @param evaluations how often the objective and its gradient were computed
 * @param objective the value at the parameters so far
 * @param gradientNorm the largest absolute component of the gradient there
 * @param validationLoss of rows kept aside; NaN if there are none
 * @param seconds since the solver started
 */
public record Progress(
    int iteration,
    int evaluations,
    double objective,
    double gradientNorm,
    double validationLoss,
    double seconds) {}
