package io.rowwise.backend.cuda.driver;

import io.rowwise.backend.ElementType;
import io.rowwise.backend.Transpose;

/**
 * Which matrices are multiplied: {@code c = alpha * op(a) * op(b) + beta * c}, all row-major.
 *
 * <p>Public for the packages beside this one; programs do not use it.
 *
 * @param rows of {@code op(a)} and {@code c}
 * @param columns of {@code op(b)} and {@code c}
 * @param inner the columns of {@code op(a)}, which are the rows of {@code op(b)}
 * @param a where it begins on the device
 * @param transposeA whether {@code op(a)} is its transpose
 * @param leadingDimensionA in elements, like the others
 */
public record MatrixProduct(
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
    long leadingDimensionC) {}
