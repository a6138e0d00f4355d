package io.rowwise.trainer;

import io.rowwise.backend.Backend;
import io.rowwise.backend.Matrix;
import io.rowwise.backend.Transpose;
import java.util.Arrays;

/**
 * The last steps and changes of the gradient, and the direction that L-BFGS makes of them. They lie
 * as rows of one matrix, with the products of the changes and the start matrix: so all scalar
 * products that are new in an iteration are one product of matrices, and the direction is another.
 */
final class CurvaturePairs implements AutoCloseable {
  // The rows that are new in an iteration come first, those of a pair in the order of its kinds.
  private static final int GRADIENT = 0;
  private static final int SCALED_GRADIENT = 1;
  private static final int STEP = 2;
  private static final int CHANGE = 3;
  private static final int SCALED_CHANGE = 4;
  private static final int FRESH = 5;
  private static final int KINDS = 3;

  // A gigabyte of float64.
  private static final long MOST_ELEMENTS = 1L << 27;
  private static final int FEWEST_PAIRS = 3;

  private final Objective objective;
  private final Backend backend;
  private final int memory;
  private final int elements;
  private final Matrix rows;
  private final Matrix products;
  private final Matrix coefficients;
  private final double[] productValues;
  private final double[] coefficientValues;
  // Of the pairs in memory: step * change, change * scaled change.
  private final double[][] stepChange;
  private final double[][] changeScaled;
  private final double[] alpha;
  private int count;
  private int newest = -1;
  private boolean isPairFresh;

  /**
   * Remembers fewer pairs where the parameters are so many that they would take too much memory.
   */
  CurvaturePairs(Objective objective, int mostPairs) {
    this.objective = objective;
    this.backend = objective.backend();
    this.elements = Math.multiplyExact(objective.rows(), objective.columns());
    long affordable = Math.max(FEWEST_PAIRS, MOST_ELEMENTS / ((long) KINDS * elements));
    this.memory = (int) Math.min(mostPairs, affordable);
    int all = FRESH + KINDS * memory;
    this.rows = backend.matrix(objective.type(), all, elements);
    this.products = backend.matrix(objective.type(), FRESH, all);
    this.coefficients = backend.matrix(objective.type(), 1, all);
    this.productValues = new double[FRESH * all];
    this.coefficientValues = new double[all];
    this.stepChange = new double[memory][memory];
    this.changeScaled = new double[memory][memory];
    this.alpha = new double[memory];
  }

  /** How many are remembered. */
  int count() {
    return count;
  }

  /** Forgets all. */
  void clear() {
    count = 0;
    newest = -1;
    isPairFresh = false;
  }

  private Matrix row(int index) {
    return rows.rows(index, index + 1).reshape(objective.rows(), objective.columns());
  }

  /** Takes a step and the change of the gradient that came with it. */
  void add(Matrix from, Matrix to, Matrix gradientFrom, Matrix gradientTo) {
    backend.subtract(to, from, row(STEP));
    backend.subtract(gradientTo, gradientFrom, row(CHANGE));
    objective.approximateNewton(row(CHANGE), row(SCALED_CHANGE));
    isPairFresh = true;
  }

  /** The start matrix is another: its products with the changes are made anew. */
  void rescale() {
    for (int age = 0; age < count; age++) {
      int pair = pair(age);
      objective.approximateNewton(row(slot(1, pair)), row(slot(2, pair)));
    }
    if (isPairFresh) {
      objective.approximateNewton(row(CHANGE), row(SCALED_CHANGE));
    }
    if (count > 0) {
      Matrix changes = rows.rows(slot(1, 0), slot(1, memory));
      Matrix scaled = rows.rows(slot(2, 0), slot(2, memory));
      try (Matrix all = backend.matrix(objective.type(), memory, memory)) {
        backend.matmul(1, changes, Transpose.NO, scaled, Transpose.YES, 0, all);
        double[] values = all.toDoubles();
        for (int i = 0; i < memory; i++) {
          System.arraycopy(values, i * memory, changeScaled[i], 0, memory);
        }
      }
    }
  }

  private int slot(int kind, int pair) {
    return FRESH + kind * memory + pair;
  }

  private double product(int fresh, int other) {
    return productValues[fresh * rows.rows() + other];
  }

  /** Makes the direction of descent at a gradient. */
  void direction(Matrix gradient, Matrix direction) {
    backend.copy(gradient, row(GRADIENT));
    objective.approximateNewton(gradient, row(SCALED_GRADIENT));
    backend.matmul(1, rows.rows(0, FRESH), Transpose.NO, rows, Transpose.YES, 0, products);
    products.read(productValues);
    if (isPairFresh) {
      keepPair();
      isPairFresh = false;
    }
    findCoefficients();
    coefficients.write(coefficientValues);
    backend.matmul(coefficients, rows, direction.reshape(1, elements));
  }

  /** If its curvature is positive; else it would not stay a direction of descent. */
  private void keepPair() {
    double curvature = product(STEP, CHANGE);
    double scaled = product(CHANGE, SCALED_CHANGE);
    double steps = product(STEP, STEP);
    double changes = product(CHANGE, CHANGE);
    if (!(curvature > 1e-12 * Math.sqrt(steps * changes)) || !(scaled > 0)) {
      return;
    }
    newest = (newest + 1) % memory;
    count = Math.min(count + 1, memory);
    for (int kind = 0; kind < KINDS; kind++) {
      int slot = slot(kind, newest);
      backend.copy(rows.rows(STEP + kind, STEP + kind + 1), rows.rows(slot, slot + 1));
    }
    for (int age = 0; age < count; age++) {
      int other = pair(age);
      stepChange[newest][other] = product(STEP, other == newest ? CHANGE : slot(1, other));
      stepChange[other][newest] = product(CHANGE, other == newest ? STEP : slot(0, other));
      double both = product(CHANGE, other == newest ? SCALED_CHANGE : slot(2, other));
      changeScaled[newest][other] = both;
      changeScaled[other][newest] = both;
    }
    // The products of this iteration are still those of the rows that were overwritten.
    int all = rows.rows();
    for (int fresh : new int[] {GRADIENT, SCALED_GRADIENT}) {
      for (int kind = 0; kind < KINDS; kind++) {
        productValues[fresh * all + slot(kind, newest)] = product(fresh, STEP + kind);
      }
    }
  }

  /** The pair that came so many iterations before the newest. */
  private int pair(int age) {
    return Math.floorMod(newest - age, memory);
  }

  /** The two loops of L-BFGS, on products instead of vectors. */
  private void findCoefficients() {
    Arrays.fill(coefficientValues, 0);
    for (int age = 0; age < count; age++) {
      int i = pair(age);
      double sum = product(GRADIENT, slot(0, i));
      for (int newer = 0; newer < age; newer++) {
        int j = pair(newer);
        sum -= alpha[j] * stepChange[i][j];
      }
      alpha[i] = sum / stepChange[i][i];
    }
    double scale = count == 0 ? 1 : stepChange[newest][newest] / changeScaled[newest][newest];
    coefficientValues[SCALED_GRADIENT] = -scale;
    for (int age = 0; age < count; age++) {
      int i = pair(age);
      coefficientValues[slot(2, i)] = scale * alpha[i];
    }
    for (int age = count - 1; age >= 0; age--) {
      int i = pair(age);
      double sum = scale * product(SCALED_GRADIENT, slot(1, i));
      for (int other = 0; other < count; other++) {
        int j = pair(other);
        sum -= scale * alpha[j] * changeScaled[i][j];
      }
      for (int older = count - 1; older > age; older--) {
        int j = pair(older);
        // The step's coefficient so far, with its sign.
        sum -= coefficientValues[slot(0, j)] * stepChange[j][i];
      }
      double beta = sum / stepChange[i][i];
      coefficientValues[slot(0, i)] = -(alpha[i] - beta);
    }
  }

  @Override
  public void close() {
    rows.close();
    products.close();
    coefficients.close();
  }
}
