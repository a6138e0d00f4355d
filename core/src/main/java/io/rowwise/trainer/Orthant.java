package io.rowwise.trainer;

import io.rowwise.backend.Backend;
import io.rowwise.backend.Matrix;
import io.rowwise.kernel.Scratch;

/**
 * What OWL-QN knows of the signs of the weights, on the device: the gradient of {@code l1 * sum of
 * |w|} with that of a smooth function, where there is one, and the set of weights of given signs,
 * in which that sum is linear. Rows that are not penalised pass through.
 */
final class Orthant implements AutoCloseable {
  private final Backend backend;
  private final double l1;
  private final int penalisedRows;
  private final Matrix signs;
  private final Matrix first;
  private final Matrix second;
  private final Matrix isZero;
  private final Matrix sum;
  private final Scratch pairs;
  private final Scratch perRow;

  Orthant(Objective objective, double l1) {
    this.backend = objective.backend();
    this.l1 = l1;
    this.penalisedRows = objective.penalisedRows();
    this.signs = vector(objective);
    this.first = vector(objective);
    this.second = vector(objective);
    this.isZero = vector(objective);
    this.sum = backend.matrix(objective.type(), 1, 1);
    this.pairs = new Scratch(backend);
    this.perRow = new Scratch(backend);
  }

  private Matrix vector(Objective objective) {
    return backend.matrix(objective.type(), penalisedRows, objective.columns());
  }

  private Matrix penalised(Matrix vector) {
    return vector.rows(0, penalisedRows);
  }

  /** {@code l1 * sum of |w|}. */
  double penalty(Matrix parameters) {
    Matrix weights = penalised(parameters);
    // |w| = 2 * max(w, 0) - w, without rounding.
    positivePart(weights, first);
    backend.multiply(first, 2, first);
    backend.subtract(first, weights, first);
    Matrix sums = perRow.get(weights.type(), penalisedRows, 1);
    backend.rowSum(first, sums);
    backend.columnSum(sums, sum);
    return l1 * sum.toDoubles()[0];
  }

  /**
   * The derivative towards the side to which the function descends; 0 where it does to neither (G.
   * Andrew and J. Gao, 2007, equation 4).
   */
  void pseudoGradient(Matrix parameters, Matrix gradient, Matrix result) {
    Matrix weights = penalised(parameters);
    Matrix slopes = penalised(gradient);
    Matrix out = penalised(result);
    backend.copy(gradient, result);
    sign(weights, first, second);
    backend.addScaled(l1, first, out);
    backend.equal(weights, 0, isZero);
    backend.multiply(isZero, -1, first);
    backend.add(first, 1, first);
    backend.multiply(out, first, out);
    // Where a weight is 0: max(g - l1, 0) - max(-g - l1, 0).
    backend.subtract(slopes, l1, first);
    positivePart(first, first);
    backend.multiply(slopes, -1, second);
    backend.subtract(second, l1, second);
    positivePart(second, second);
    backend.subtract(first, second, first);
    backend.multiply(first, isZero, first);
    backend.add(out, first, out);
  }

  /** Leaves of a direction what goes against the pseudo-gradient. */
  void align(Matrix direction, Matrix pseudoGradient) {
    Matrix out = penalised(direction);
    backend.multiply(out, penalised(pseudoGradient), first);
    backend.multiply(first, -1, first);
    isPositive(first, first);
    backend.multiply(out, first, out);
  }

  /** Chooses the signs: those of the weights, and of those that are 0 the one of descent. */
  void choose(Matrix parameters, Matrix pseudoGradient) {
    Matrix weights = penalised(parameters);
    sign(penalised(pseudoGradient), first, second);
    backend.equal(weights, 0, isZero);
    backend.multiply(first, isZero, first);
    sign(weights, signs, second);
    backend.subtract(signs, first, signs);
  }

  /** Makes 0 of weights that do not have the chosen sign. */
  void project(Matrix parameters) {
    Matrix weights = penalised(parameters);
    backend.multiply(weights, signs, first);
    isPositive(first, first);
    backend.multiply(weights, first, weights);
  }

  /** The gradient of the sum of both functions where weights have the chosen signs. */
  void gradientInside(Matrix gradient, Matrix result) {
    backend.copy(gradient, result);
    backend.addScaled(l1, signs, penalised(result));
  }

  /** {@code max(x, 0)}; out may be x. */
  private void positivePart(Matrix x, Matrix out) {
    int elements = x.rows() * x.columns();
    Matrix both = pairs.get(x.type(), elements, 2);
    backend.copy(x.reshape(elements, 1), both.columns(0, 1));
    backend.fill(0, both.columns(1, 2));
    backend.rowMax(both, out.reshape(elements, 1));
  }

  /** 1 where x is positive, else 0; out may be x. */
  private void isPositive(Matrix x, Matrix out) {
    positivePart(x, out);
    backend.equal(out, 0, out);
    backend.multiply(out, -1, out);
    backend.add(out, 1, out);
  }

  private void sign(Matrix x, Matrix out, Matrix scratch) {
    isPositive(x, out);
    backend.multiply(x, -1, scratch);
    isPositive(scratch, scratch);
    backend.subtract(out, scratch, out);
  }

  @Override
  public void close() {
    signs.close();
    first.close();
    second.close();
    isZero.close();
    sum.close();
    pairs.close();
    perRow.close();
  }
}
