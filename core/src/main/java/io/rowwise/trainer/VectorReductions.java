package io.rowwise.trainer;

import io.rowwise.backend.Backend;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.kernel.Scratch;

/** Numbers of vectors that lie on a device as matrices. */
final class VectorReductions implements AutoCloseable {
  private final Backend backend;
  private final Scratch terms;
  private final Scratch perRow;
  private final Matrix result;
  private final double[] one = new double[1];

  VectorReductions(Backend backend, ElementType type) {
    this.backend = backend;
    this.terms = new Scratch(backend);
    this.perRow = new Scratch(backend);
    this.result = backend.matrix(type, 1, 1);
  }

  /** The sum of the products of all elements. */
  double dot(Matrix a, Matrix b) {
    dot(a, b, result);
    return read();
  }

  /** The same, which stays on the device: sum is 1 x 1. */
  void dot(Matrix a, Matrix b, Matrix sum) {
    Matrix products = terms.get(a.type(), a.rows(), a.columns());
    Matrix sums = perRow.get(a.type(), a.rows(), 1);
    backend.multiply(a, b, products);
    backend.rowSum(products, sums);
    backend.columnSum(sums, sum);
  }

  /** The largest absolute value; NaN if an element is. */
  double largestAbsolute(Matrix a) {
    double largest = max(a);
    Matrix negative = terms.get(a.type(), a.rows(), a.columns());
    backend.multiply(a, -1, negative);
    return Math.max(largest, max(negative));
  }

  private double max(Matrix a) {
    Matrix largest = perRow.get(a.type(), a.rows(), 1);
    backend.rowMax(a, largest);
    backend.rowMax(largest.reshape(1, a.rows()), result);
    return read();
  }

  private double read() {
    result.read(one);
    return one[0];
  }

  @Override
  public void close() {
    terms.close();
    perRow.close();
    result.close();
  }
}
