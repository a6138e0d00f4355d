/** Answers for services: a trained classifier that many threads ask at once. */
package io.rowwise.predictor;
