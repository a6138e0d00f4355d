package io.rowwise.trainer;

import io.rowwise.model.SoftmaxModel;

/**
 * A model that was trained, and how it went.
 *
 * @param model takes rows as they were given, before any preparation
 * @param solution what the solver came to; its objective is that of the prepared rows
 * @param penalty of the weights, as it was used
 * @param seconds from matrices in memory to the last step, all of the solver included
 */
public record Fit(SoftmaxModel model, Solution solution, double penalty, double seconds) {}
