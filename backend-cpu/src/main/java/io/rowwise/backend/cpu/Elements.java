package io.rowwise.backend.cpu;

import io.rowwise.backend.Matrix;

/**
 * Heap arrays of one type for tiles of matrices, with the arithmetic on them. On {@code float32}
 * matrices {@code float} arrays are faster than {@code double} ones and give the same: a sum,
 * difference, product or quotient of two {@code float} numbers that is rounded to {@code double}
 * and then to {@code float} is the one that is rounded once (S. A. Figueroa, When is double
 * rounding innocuous?, 1995).
 *
 * @param <A> {@code double[]} or {@code float[]}
 */
interface Elements<A> extends Functions<Elements.Binary<A>> {
  /** A function of two arrays, element by element. */
  interface Binary<A> {
    void apply(A a, A b, A out, int count);
  }

  /** A function of an array, element by element. The arrays are different ones. */
  interface Unary<A> {
    void apply(A x, A out, int count);
  }

  /** In {@code double}, for matrices of both types. */
  Elements<double[]> DOUBLES = new DoubleElements();

  /** In {@code float}, for {@code float32} matrices. */
  Elements<float[]> FLOATS = new FloatElements();

  /** One of at least so many elements. */
  A array(Scratch scratch, int count);

  /** Copies rows of a matrix to the start of an array. */
  void load(Matrix matrix, int first, int rows, A into);

  /** Copies the start of an array to rows of a matrix. */
  void store(A from, Matrix matrix, int first, int rows);

  /** Sets elements to one of another array, or of the same. */
  void repeat(A from, int index, A into, int at, int count);

  /** Sets elements to a number, rounded. */
  void fill(A array, int count, double value);

  /**
   * {@code e^x}, for who owns the scratch memory.
   *
   * @param loops null only for those in {@code double}
   * @param capacity the most elements at once
   */
  Unary<A> exp(NativeLoops loops, Scratch scratch, int capacity);

  /**
   * {@code ln x}, for who owns the scratch memory.
   *
   * @param loops null only for those in {@code double}
   * @param capacity the most elements at once
   */
  Unary<A> log(NativeLoops loops, Scratch scratch, int capacity);

  /** The arithmetic on a matrix's memory itself; null where the JVM or the type has none. */
  NativeElements<A> outsideTheHeap(Matrix matrix);
}
