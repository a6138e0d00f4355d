package io.rowwise.backend.cuda.driver;

import io.rowwise.backend.ElementType;
import io.rowwise.backend.Transpose;

/**
 * Which matrices are multiplied: {@code c = alpha * op(a) * op(b) + beta * c}, all row-major.
 *
 * <p>Public for the packages beside this one; programs do not use it.
 *
 * @param factors what a and b are made of
 * @param type what c is made of, and what alpha and beta are: {@code float32} for factors of 16
 *     bits, else their type
 * @param rows of {@code op(a)} and {@code c}
 * @param columns of {@code op(b)} and {@code c}
 * @param inner the columns of {@code op(a)}, which are the rows of {@code op(b)}
 * @param a where it begins on the device
 * @param transposeA whether {@code op(a)} is its transpose
 * @param leadingDimensionA in elements, like the others
 */
public record MatrixProduct(
    ElementType factors,
    ElementType type,
    int rows,
    int columns,
    int inner,
    long a,
    Transpose transposeA,
    long leadingDimensionA,
    long b,
    Transpose transposeB,
    long leadingDimensionB,
    long c,
    long leadingDimensionC) {
  /**
   * @throws IllegalArgumentException if there is no product of such factors and such a result
   */
  public MatrixProduct {
    if (type != factors.computedIn()) {
      throw new IllegalArgumentException(
          "a product of %s with a result of %s; wanted one of %s"
              .formatted(factors, type, factors.computedIn()));
    }
  }
}
