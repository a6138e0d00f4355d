/**
 * The same work done by Rowwise and by what people would use instead, each in the best form that
 * its users could write. {@link io.rowwise.benchmarks.jmh} times it.
 *
 * <p>Tribuo and Smile only predict here, in {@code float64}: their training is not the same work,
 * as {@code TribuoContender} and {@code SmileContender} say, and they have no operations on
 * matrices' rows.
 */
package io.rowwise.benchmarks.contender;
