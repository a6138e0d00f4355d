package io.rowwise.backend;

import io.rowwise.kernel.Kernel;
import io.rowwise.kernel.KernelType;
import java.nio.ByteBuffer;

/**
 * A device that computes on matrices: the primitives from which every operation can be composed,
 * and the kernels that do more at once.
 *
 * <p><b>Results.</b> Every operation writes into a matrix that the caller gives, so that nothing is
 * allocated on a hot path. Below, R and C are the rows and columns of {@code out} unless said
 * otherwise.
 *
 * <p><b>Arguments</b> are checked before anything is computed. All matrices of a call belong to
 * this backend, are open and have one element type, {@code float32} or {@code float64}; shapes fit
 * as each method says. Otherwise an {@link IllegalArgumentException} names the operation, what came
 * and what was wanted; for a closed matrix or backend it is an {@link IllegalStateException}.
 * Matrices without rows or columns are allowed except where a method says otherwise.
 *
 * <p><b>Types of 16 bits.</b> Matrices of {@code bfloat16} and {@code float16} are made, viewed,
 * read and written like others where the backend {@linkplain #has has} them; {@link #copy} takes
 * them, and converts from any type to any, and so do the kernels {@link io.rowwise.kernel.Softmax},
 * {@link io.rowwise.kernel.LogSoftmax}, {@link io.rowwise.kernel.CrossEntropy}, {@link
 * io.rowwise.kernel.CrossEntropyGradient} and {@link io.rowwise.kernel.LinearSoftmax}. These
 * compute in {@code float32} and round a result once: it is as far from the true value as one of
 * {@code float32} may be, and half an ulp of its own type. No other operation takes them.
 *
 * <p><b>Overlap.</b> Element-wise operations and {@link #copy} may write onto an input of the same
 * shape that lies at the very same place. Any other overlap of {@code out} with an input is an
 * error.
 *
 * <p><b>Special values</b> follow IEEE 754 and PyTorch: a NaN in a row is its maximum, the first of
 * equals wins in {@link #rowArgMax}.
 *
 * <p><b>Threads.</b> A backend may be used by many threads at once, a matrix by one writer at a
 * time. What one thread asks for happens in that order. A device may still be at work when a method
 * returns; reading a matrix waits for it.
 *
 * <p><b>Closing.</b> Whoever opens a backend closes it, after its matrices and kernels. Matrices
 * that are still open then are freed and reported as leaks.
 */
public interface Backend extends AutoCloseable {
  /** The provider's name: {@code cpu}, {@code cuda}. */
  String name();

  /** What this backend computes on. */
  Device device();

  /**
   * A new matrix of zeros. The caller owns and closes it.
   *
   * @throws IllegalArgumentException if {@code rows} or {@code columns} is negative
   * @throws OutOfDeviceMemoryException if this backend's matrices would take more than {@link
   *     Device#memoryBytes}, or there is not so much; matrices that nobody holds any more have been
   *     looked for and freed by then
   */
  Matrix matrix(ElementType type, int rows, int columns);

  /**
   * A new matrix with the given values, rounded to {@code type}. The caller owns and closes it.
   *
   * @param values row-major, {@code rows * columns} of them; copied
   */
  default Matrix matrix(ElementType type, int rows, int columns, double[] values) {
    Matrix matrix = matrix(type, rows, columns);
    boolean written = false;
    try {
      matrix.write(values);
      written = true;
    } finally {
      if (!written) {
        matrix.close();
      }
    }
    return matrix;
  }

  /**
   * A new {@code float64} matrix with the given values. The caller owns and closes it.
   *
   * @param values row-major, {@code rows * columns} of them; copied
   */
  default Matrix matrix(int rows, int columns, double... values) {
    return matrix(ElementType.FLOAT64, rows, columns, values);
  }

  /**
   * A new matrix with the given values, rounded to {@code type}. The caller owns and closes it.
   *
   * @param values row-major, {@code rows * columns} of them; copied
   */
  default Matrix matrix(ElementType type, int rows, int columns, float[] values) {
    Matrix matrix = matrix(type, rows, columns);
    try {
      matrix.write(values);
    } catch (RuntimeException e) {
      matrix.close();
      throw e;
    }
    return matrix;
  }

  /**
   * A new {@code float32} matrix with the given values. The caller owns and closes it.
   *
   * @param values row-major, {@code rows * columns} of them; copied
   */
  default Matrix matrix(int rows, int columns, float[] values) {
    return matrix(ElementType.FLOAT32, rows, columns, values);
  }

  /**
   * A matrix of the numbers that lie in a buffer, such as a mapped file. On the CPU it is that
   * memory, and nothing is copied; elsewhere it is a copy on the device. The caller owns and closes
   * it. The buffer must not change while it is open, and stays reachable as long; closing it leaves
   * the buffer as it is. Its memory does not count in {@link #openBytes} where it is the buffer's.
   *
   * <p>The matrix is there to be read: whether what is written to it is in the buffer, too, depends
   * on the backend.
   *
   * @param memory from its position to its limit {@code rows * columns} numbers, row-major, in the
   *     machine's byte order; direct, not read-only (map a file by {@link
   *     java.nio.channels.FileChannel.MapMode#PRIVATE}), and starting at a multiple of the size of
   *     an element
   * @throws IllegalArgumentException if {@code rows} or {@code columns} is negative, or the buffer
   *     is not such a one
   * @throws OutOfDeviceMemoryException as {@link #matrix(ElementType, int, int)}, where it is a
   *     copy
   */
  Matrix view(ElementType type, int rows, int columns, ByteBuffer memory);

  /**
   * Whether this backend has matrices of a type: {@code float32} and {@code float64} always, those
   * of 16 bits where its device does. Where it has not, making one is an {@link
   * IllegalArgumentException} that says why.
   */
  boolean has(ElementType type);

  /** How many matrices of this backend are open: made and not yet closed. Views do not count. */
  int openMatrices();

  /** How many bytes the open matrices of this backend have. */
  long openBytes();

  /**
   * {@code out = alpha * op(a) * op(b) + beta * out}, where {@code op} transposes or not and {@code
   * alpha} and {@code beta} are first rounded to the element type; a finite one that becomes
   * infinite by that is an error.
   *
   * <p>With {@code beta} 0 the old values of {@code out} are not read, so a NaN there does no harm;
   * with {@code alpha} 0 neither are those of {@code a} and {@code b}. An inner dimension of 0
   * leaves {@code beta * out}.
   *
   * @param a R x K after {@code op}
   * @param b K x C after {@code op}
   * @param out R x C; must not overlap {@code a} or {@code b}
   */
  void matmul(
      double alpha,
      Matrix a,
      Transpose transposeA,
      Matrix b,
      Transpose transposeB,
      double beta,
      Matrix out);

  /** {@code out = a * b}. */
  default void matmul(Matrix a, Matrix b, Matrix out) {
    matmul(1, a, Transpose.NO, b, Transpose.NO, 0, out);
  }

  /**
   * The largest element of each row.
   *
   * @param x R x K with K at least 1
   * @param out R x 1
   */
  void rowMax(Matrix x, Matrix out);

  /**
   * The sum of each row; 0 for an empty one. Numbers of one sign are added to within {@code 1 +
   * log2(K)} ulp, the worst case of adding in pairs.
   *
   * @param x R x K
   * @param out R x 1
   */
  void rowSum(Matrix x, Matrix out);

  /**
   * The column of the largest element of each row, counted from 0, as a number of the matrix's
   * element type; the first NaN if there is one, else the first of equals.
   *
   * @param x R x K with K at least 1, and in {@code float32} at most 2^24, where every index is
   *     still exact
   * @param out R x 1
   */
  void rowArgMax(Matrix x, Matrix out);

  /**
   * The sum of each column; 0 for an empty one.
   *
   * @param x K x C
   * @param out 1 x C
   */
  void columnSum(Matrix x, Matrix out);

  /**
   * {@code out = e^x}, element by element, within 1 ulp of the true value in {@code float64} and 2
   * in {@code float32}.
   */
  void exp(Matrix x, Matrix out);

  /**
   * {@code out = ln x}, element by element, within 1 ulp of the true value in {@code float64} and 2
   * in {@code float32}.
   */
  void log(Matrix x, Matrix out);

  /**
   * {@code out = a + b}, element by element. Each of {@code a} and {@code b} is R x C, or is
   * repeated to that shape: a row 1 x C, a column R x 1, a scalar 1 x 1.
   */
  void add(Matrix a, Matrix b, Matrix out);

  /** {@code out = a - b}; shapes as for {@link #add(Matrix, Matrix, Matrix)}. */
  void subtract(Matrix a, Matrix b, Matrix out);

  /**
   * {@code out = a * b}, element by element; shapes as for {@link #add(Matrix, Matrix, Matrix)}.
   */
  void multiply(Matrix a, Matrix b, Matrix out);

  /** {@code out = a / b}; shapes as for {@link #add(Matrix, Matrix, Matrix)}. */
  void divide(Matrix a, Matrix b, Matrix out);

  /**
   * {@code out} is 1 where {@code a == b} and 0 elsewhere, so 0 where one is NaN; shapes as for
   * {@link #add(Matrix, Matrix, Matrix)}.
   */
  void equal(Matrix a, Matrix b, Matrix out);

  /** {@code out = a + b}, where {@code b} is first rounded to the element type. */
  void add(Matrix a, double b, Matrix out);

  /** {@code out = a - b}, where {@code b} is first rounded to the element type. */
  void subtract(Matrix a, double b, Matrix out);

  /** {@code out = a * b}, where {@code b} is first rounded to the element type. */
  void multiply(Matrix a, double b, Matrix out);

  /** {@code out = a / b}, where {@code b} is first rounded to the element type. */
  void divide(Matrix a, double b, Matrix out);

  /** {@code out} is 1 where {@code a == b} and 0 elsewhere; {@code b} is rounded first. */
  void equal(Matrix a, double b, Matrix out);

  /**
   * {@code out = out + alpha * x}, where {@code alpha} is first rounded to the element type; a
   * finite one that becomes infinite by that is an error.
   *
   * @param x R x C
   */
  void addScaled(double alpha, Matrix x, Matrix out);

  /** Sets every element to {@code value}, rounded to the element type. */
  void fill(double value, Matrix out);

  /**
   * {@code out = x}, of any two types: to one of fewer digits the nearest number, of two as near
   * the even one; what is too large becomes infinite, NaN stays NaN.
   *
   * @param x R x C
   */
  void copy(Matrix x, Matrix out);

  /**
   * A new kernel of the given type: the best that a {@link io.rowwise.kernel.KernelProvider} on the
   * class path offers for this backend, else the backend's own, else the composition of primitives.
   * The caller owns and closes it, and uses it from one thread at a time.
   */
  <K extends Kernel> K kernel(KernelType<K> type);

  /**
   * What a bug report needs, over several lines: the device, and where each kernel that is not
   * composed of primitives comes from.
   */
  String describe();

  /** Frees what this backend holds. Closing twice is harmless. */
  @Override
  void close();
}
