package io.rowwise.backend.cpu.rows;

import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.backend.cpu.loops.Loops;
import io.rowwise.backend.cpu.memory.CpuStorage;
import java.util.Arrays;

/**
 * A few rows of logits in arrays, their targets, and what a softmax classifier makes of them:
 * {@link #load}, perhaps {@link #addBias} and {@link #loadTargets}, then {@link #normalize}; after
 * that any of the functions, of which those named {@code to...} make a result that is stored. For
 * one thread at a time. Programs do not use it.
 *
 * <p>Which form takes which columns is in {@link RowForm}.
 */
public abstract class Rows {
  /** How many classes. */
  protected final int classes;

  /** How many rows were loaded. */
  protected int rows;

  /** Each class's sum over the results added so far. */
  protected final double[] columnSums;

  private final ElementType type;

  Rows(ElementType type, int classes) {
    this.type = type;
    this.classes = classes;
    this.columnSums = new double[classes];
  }

  /**
   * The given ones if they are for that type and so many classes, else new ones.
   *
   * @param type of the matrices; those of 16 bits are converted as they are loaded and stored
   */
  public static Rows of(ElementType type, int classes, Rows current) {
    return current != null && current.type == type.computedIn() && current.classes == classes
        ? current
        : of(Loops.of(type), classes);
  }

  private static <A> Rows of(Loops<A> loops, int classes) {
    return switch (RowForm.of(classes)) {
      case CLASS_MAJOR -> new ClassMajorRows<>(loops, classes);
      case ROW_MAJOR -> new RowMajorRows<>(loops, classes);
    };
  }

  /** How many rows were loaded. */
  public final int rows() {
    return rows;
  }

  /** The most rows at once. */
  public abstract int capacity();

  /** Takes the logits of rows. */
  public abstract void load(CpuStorage from, long position, long leadingDimension, int rows);

  /** Takes the logits of rows of a matrix. */
  public final void load(Matrix matrix, int first, int rows) {
    load(
        CpuStorage.of(matrix), CpuStorage.position(matrix, first), matrix.leadingDimension(), rows);
  }

  /** Takes logits that lie class by class, if the form is {@link RowForm#CLASS_MAJOR}. */
  public abstract void loadByClass(CpuStorage from, long position, long leadingDimension, int rows);

  /** Takes a number for each class. The array stays as it is while {@link #addBias} is used. */
  public abstract void takeBias(double[] bias);

  /** Adds the bias to the logits. */
  public abstract void addBias();

  /** Takes the targets of as many rows as were loaded: probabilities of the classes. */
  public abstract void loadTargets(Matrix targets, int first);

  /**
   * Takes the targets of as many rows as were loaded: a class each.
   *
   * @param labels the classes; NaN is the target of a row with one that there is not
   * @param first where the first row is in the array
   */
  public abstract void loadLabels(int[] labels, int first);

  /**
   * Multiplies the targets of each row by a weight.
   *
   * @param first where the first row is in the array
   */
  public abstract void weighTargets(double[] weights, int first);

  /**
   * Divides the logits by a temperature, and puts {@code -inf} where the mask is 0. The targets are
   * not there any more.
   *
   * @param mask of one row for all, or with those that were loaded
   * @param first where the first row is in a mask of several
   */
  public abstract void keep(Matrix mask, int first, double temperature);

  /** Computes what everything below is made of: the rows' powers and their sums. */
  public abstract void normalize();

  /** The sum of the rows' cross-entropies. */
  public abstract double crossEntropy();

  /**
   * In how many rows the largest logit is where the largest target is; the first ones count. Where
   * the probabilities or a target are NaN, it is nowhere. Comes after {@link #crossEntropy}.
   */
  public int correct() {
    int correct = 0;
    for (int row = 0; row < rows; row++) {
      correct += isCorrect(row) ? 1 : 0;
    }
    return correct;
  }

  /** Whether {@link #correct} counts a row. */
  public abstract boolean isCorrect(int row);

  /**
   * The logarithm of each row's sum of powers.
   *
   * @return an array of at least as many, which may change with the next call of anything here
   */
  public abstract double[] logSumExp();

  /** Makes the softmax the result. */
  public abstract void toProbabilities();

  /** Makes the log-softmax the result. */
  public abstract void toLogProbabilities();

  /**
   * Makes the gradient of the mean cross-entropy with respect to the logits the result.
   *
   * @param totalWeight of all rows of the mean, these and others
   */
  public abstract void toGradient(double totalWeight);

  /** Puts the result into rows. */
  public abstract void store(CpuStorage to, long position, long leadingDimension);

  /** Puts the result into rows of a matrix. */
  public final void store(Matrix matrix, int first) {
    store(CpuStorage.of(matrix), CpuStorage.position(matrix, first), matrix.leadingDimension());
  }

  /** Puts the result where it lies class by class, as {@link #loadByClass} takes it. */
  public abstract void storeByClass(CpuStorage to, long position, long leadingDimension);

  /** Begins anew with sums over results. */
  public void clearColumnSums() {
    Arrays.fill(columnSums, 0);
  }

  /** Adds the rows of the result to the sums. It has been stored and may not be there any more. */
  public abstract void addToColumnSums();

  /** Copies each class's sum over the results added to an array, from a place on. */
  public void copyColumnSums(double[] to, int at) {
    System.arraycopy(columnSums, 0, to, at, classes);
  }
}
