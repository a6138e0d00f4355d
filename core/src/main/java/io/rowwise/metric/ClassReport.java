package io.rowwise.metric;

import java.util.OptionalDouble;

/**
 * How well one class is told from the others. Immutable.
 *
 * @param name the class's
 * @param precision the fraction of the rows predicted as this class that are of it; 0 if none is
 *     predicted
 * @param recall the fraction of this class's rows that are predicted as it; 0 if there is none
 * @param f1 the harmonic mean of precision and recall; 0 if both are
 * @param support the weight of this class's rows; without weights, their number
 * @param rocAuc the area under the ROC curve of this class against all others, equal probabilities
 *     counting half; empty if no row is of this class or all are, or if it was not computed (see
 *     {@link ReportAccumulator})
 */
public record ClassReport(
    String name,
    double precision,
    double recall,
    double f1,
    double support,
    OptionalDouble rocAuc) {}
