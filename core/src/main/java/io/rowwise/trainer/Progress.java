package io.rowwise.trainer;

/**
 * Where a solver is.
 *
 * @param iteration how many iterations or epochs are done; 0 before the first
 * @param evaluations how often the objective and its gradient were computed; an epoch counts once
 * @param objective the value at the parameters so far; of an epoch, the mean of its batches
 * @param gradientNorm the largest absolute component of the gradient there; of an epoch, that of
 *     its last batch
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
