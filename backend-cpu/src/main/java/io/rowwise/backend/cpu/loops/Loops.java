package io.rowwise.backend.cpu.loops;

import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.backend.cpu.memory.CpuStorage;
import io.rowwise.backend.cpu.memory.Scratch;
import java.util.function.DoubleUnaryOperator;

/**
 * Arithmetic on arrays of one element type, each function one loop. The compiler vectorises those
 * in which every array is read and written at the same index, and the arrays of one call are
 * different ones where nothing else is said. Safe for many threads. Programs do not use it.
 *
 * <p>On {@code float32} matrices {@code float} arrays are faster than {@code double} ones and give
 * the same: a sum, difference, product or quotient of two {@code float} numbers that is rounded to
 * {@code double} and then to {@code float} is the one that is rounded once (S. A. Figueroa, When is
 * double rounding innocuous?, 1995).
 *
 * <p>Numbers that are {@code double} here are rounded to the type before they are used.
 *
 * @param <A> {@code float[]} or {@code double[]}
 */
public abstract class Loops<A> {
  // Of fewer elements, halving an array takes longer than looking at each.
  private static final int FEW = 32;

  /** Apart, since loading a subclass of this class loads this class first. */
  private static final class Instances {
    static final Loops<float[]> FLOAT32 =
        VectorApi.orElse("loops.VectorFloat32Loops", Float32Loops::new, Float32Loops.class);
    static final Loops<double[]> FLOAT64 = new Float64Loops();
  }

  Loops() {}

  /** Over {@code float} arrays, for {@code float32} matrices. */
  public static Loops<float[]> float32() {
    return Instances.FLOAT32;
  }

  /** Over {@code double} arrays, for matrices of both types. */
  public static Loops<double[]> float64() {
    return Instances.FLOAT64;
  }

  /** Those that a type is computed in: over {@code float} arrays for those of 16 bits. */
  public static Loops<?> of(ElementType type) {
    return type == ElementType.FLOAT64 ? float64() : float32();
  }

  /** What the elements of the arrays are. */
  public abstract ElementType type();

  /** A new array. */
  public abstract A array(int length);

  /** An array of at least so many elements, with anything in it. */
  public abstract A array(Scratch scratch, int length);

  /** Copies rows of a storage to the start of an array, rounded. */
  public abstract void load(
      CpuStorage from, long position, int rows, int columns, long leadingDimension, A to);

  /** Copies the start of an array to rows of a storage, rounded. */
  public abstract void store(
      A from, CpuStorage to, long position, int rows, int columns, long leadingDimension);

  /** Copies rows of a matrix to the start of an array. */
  public final void load(Matrix matrix, int first, int rows, A to) {
    load(matrix, first, rows, 0, matrix.columns(), to);
  }

  /** Copies some columns of rows of a matrix to the start of an array. */
  public final void load(
      Matrix matrix, int firstRow, int rows, int firstColumn, int columns, A to) {
    load(
        CpuStorage.of(matrix),
        CpuStorage.position(matrix, firstRow) + firstColumn,
        rows,
        columns,
        matrix.leadingDimension(),
        to);
  }

  /** Copies the start of an array to some columns of rows of a matrix. */
  public final void store(
      A from, Matrix matrix, int firstRow, int rows, int firstColumn, int columns) {
    store(
        from,
        CpuStorage.of(matrix),
        CpuStorage.position(matrix, firstRow) + firstColumn,
        rows,
        columns,
        matrix.leadingDimension());
  }

  /** Copies elements of this type at an address to the start of an array. */
  public abstract void load(long from, A to, int count);

  /** Copies the start of an array to an address. */
  public abstract void store(A from, long to, int count);

  /** One element. */
  public abstract double get(A x, int index);

  /** Sets one element. */
  public abstract void set(A x, int index, double value);

  /** Sets the elements {@code from} to {@code to - 1}. */
  public abstract void fill(A x, int from, int to, double value);

  /** Copies every so many-th element of an array to a {@code double} one. */
  public abstract void loadColumn(A x, int column, int columns, double[] to, int count);

  /** Copies a {@code double} array to every so many-th element of another. */
  public abstract void storeColumn(double[] from, A x, int column, int columns, int count);

  /** A number rounded to the type. */
  public abstract double rounded(double value);

  /** {@code out[i] = a[i] + b[i]}; {@code out} may be {@code a}. */
  public abstract void add(A a, A b, A out, int count);

  /** {@code out[i] = a[i] - b[i]}. */
  public abstract void subtract(A a, A b, A out, int count);

  /** {@code out[i] = a[i] * b[i]}; {@code out} may be {@code a}. */
  public abstract void multiply(A a, A b, A out, int count);

  /** {@code out[i] = a[i] / b[i]}. */
  public abstract void divide(A a, A b, A out, int count);

  /** {@code out[i] = a[i] == b[i] ? 1 : 0}. */
  public abstract void equal(A a, A b, A out, int count);

  /** {@code out[i] = a[i] + alpha * b[i]}, rounded once. */
  public abstract void addScaled(A a, double alpha, A b, A out, int count);

  /** {@code x[i] = max(x[i], y[i])}, NaN where one is. */
  public abstract void raise(A x, A y, int count);

  /** {@code totals[i] += x[i]}. */
  public abstract void addToTotals(double[] totals, A x, int count);

  /**
   * The sum of {@code x[from]} to {@code x[to - 1]}, pairwise (N. J. Higham, The accuracy of
   * floating point summation, 1993): the error grows with the logarithm of the length.
   */
  public abstract double sum(A x, int from, int to);

  /** The largest of {@code x[from]} to {@code x[to - 1]}, NaN if there is one. */
  public abstract double max(A x, int from, int to);

  /** The largest of the first elements, or of those that are numbers. */
  public abstract double probe(A x, int count);

  /** The index of the first of {@code x[from]} to {@code x[to - 1]} that equals a value, or NaN. */
  public abstract int indexOf(double value, A x, int from, int to);

  /**
   * The index of the first of {@code x[from]} to {@code x[to - 1]} that is not a positive zero.
   *
   * @param zeros at least as many
   * @return {@code to} if there is none
   */
  public abstract int indexOfNonZero(A x, int from, int to, A zeros);

  /** {@code x[i] = x[i] / divisor}. */
  public abstract void divide(A x, double divisor, int count);

  /** {@code mask[i] = 1} where it is neither 0 nor NaN. */
  public abstract void toOnes(A mask, int count);

  /** {@code x[i] = -inf} where {@code mask[i]} is 0. */
  public abstract void forbid(A x, A mask, int count);

  /** The sum of each of some rows that lie one after the other. */
  public abstract void sumRows(A x, int rows, int columns, double[] sums);

  /** {@code out = x * factor} with a factor for each row; {@code out} is another array. */
  public abstract void multiplyRows(A x, int rows, int columns, double[] factors, A out);

  /** {@code out = (x - high) - low} with a number in two parts for each row. */
  public abstract void subtractRows(A x, int rows, int columns, double[] high, double[] low, A out);

  /** {@code out = y * ((high - x) + low)} with a number in two parts for each row. */
  public abstract void weighRows(
      A y, A x, int rows, int columns, double[] high, double[] low, A out);

  /** {@code out = (x * factor - y) * share} with a factor for each row. */
  public abstract void subtractTargets(
      A x, int rows, int columns, double[] factors, A y, double share, A out);

  /**
   * The largest of {@code x[from]} to {@code x[to - 1]}, NaN if there is one. By halves, since a
   * loop over two arrays is vectorised and one over a single array is not.
   *
   * @param left scratch for half as many and one
   * @param right scratch for as many
   */
  public final double max(A x, int from, int to, A left, A right) {
    int count = to - from;
    if (count <= FEW) {
      return max(x, from, to);
    }
    int half = count / 2;
    System.arraycopy(x, from, left, 0, half);
    System.arraycopy(x, from + half, right, 0, half);
    // With an odd count the last one is in no pair.
    System.arraycopy(x, to - 1, left, half, 1);
    raise(left, right, half);
    int remaining = count - half;
    while (remaining > FEW) {
      int pairs = remaining / 2;
      System.arraycopy(left, remaining - pairs, right, 0, pairs);
      raise(left, right, pairs);
      remaining -= pairs;
    }
    return max(left, 0, remaining);
  }

  /**
   * The sum of the first elements, of which there are many: by halves twice, then as {@link #sum}.
   *
   * @param left scratch for half as many
   * @param right scratch for half as many
   */
  public final double sumOfMany(A x, int count, A left, A right) {
    int half = count / 2;
    System.arraycopy(x, half, right, 0, half);
    add(x, right, left, half);
    int quarter = half / 2;
    System.arraycopy(left, quarter, right, 0, quarter);
    add(left, right, left, quarter);
    return sum(left, 0, quarter) + (sum(left, 2 * quarter, half) + sum(x, 2 * half, count));
  }

  /**
   * Adds up the columns of rows that lie one after the other, in pairs of rows: the first row gets
   * the sums.
   *
   * @param scratch for half of the rows
   */
  public final void addRows(A x, int rows, int columns, A scratch) {
    for (int remaining = rows; remaining > 1; ) {
      int pairs = remaining / 2;
      System.arraycopy(x, (remaining - pairs) * columns, scratch, 0, pairs * columns);
      add(x, scratch, x, pairs * columns);
      remaining -= pairs;
    }
  }

  /** {@code out[i] = function(x[i])} where {@code out[i]} is NaN. */
  public final void replaceNaN(A x, A out, int count, DoubleUnaryOperator function) {
    if (Double.isNaN(sum(out, 0, count))) {
      for (int i = 0; i < count; i++) {
        if (Double.isNaN(get(out, i))) {
          set(out, i, function.applyAsDouble(get(x, i)));
        }
      }
    }
  }

  /** Copies the first {@code length} elements to the {@code times - 1} places that follow. */
  public static void repeat(Object x, int length, int times) {
    int all = length * times;
    for (int done = length; done < all; done *= 2) {
      System.arraycopy(x, 0, x, done, Math.min(done, all - done));
    }
  }
}
