package io.rowwise.predictor;

/**
 * How probable a class is.
 *
 * @param index its column in the probabilities
 * @param name its name
 * @param probability from 0 to 1
 */
public record ClassProbability(int index, String name, double probability) {}
