/**
 * The same work done by Rowwise and by what people would use instead, each in the best form that
 * its users could write. {@link io.rowwise.benchmarks.jmh} times it.
 *
 * <p>Not among them, since what they do is not the same work: Tribuo, whose {@code
 * LinearSGDTrainer} arrives at other parameters from the same mini-batches (4.3.2, the order kept),
 * and Smile, whose logistic regression is fitted by L-BFGS on all rows at once.
 */
package io.rowwise.benchmarks.contender;
