package io.rowwise.classifier;

/**
 * How good a classifier is on given data.
 *
 * @param crossEntropy the mean cross-entropy, in nats
 * @param accuracy the share of rows whose most probable class is the right one, from 0 to 1; a row
 *     whose probabilities are NaN has none
 */
public record Score(double crossEntropy, double accuracy) {}
