package io.rowwise.kernel;

import io.rowwise.backend.Backend;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;

/**
 * Any {@link Targets} as rows of numbers, for kernels that know nothing else: rows {@code y} such
 * that {@code -(1/m) * sum of y[i][j] * ln p[i][j]} is their mean cross-entropy. Made of
 * primitives, in memory that is kept from call to call. Used by one thread at a time.
 */
public final class TargetRows implements AutoCloseable {
  private final Backend backend;
  private final Scratch rows;
  private final Scratch shares;
  private final Scratch total;
  private final Scratch known;
  private final Scratch ignored;
  private Matrix classNumbers;

  /** Takes no memory until the first use. */
  public TargetRows(Backend backend) {
    this.backend = backend;
    this.rows = new Scratch(backend);
    this.shares = new Scratch(backend);
    this.total = new Scratch(backend);
    this.known = new Scratch(backend);
    this.ignored = new Scratch(backend);
  }

  /**
   * The targets as rows.
   *
   * @param classes how many there are
   * @return m x c; valid until the next call, the caller does not close it. The targets' own matrix
   *     if they are such rows already
   */
  public Matrix of(Targets targets, int classes) {
    return targets.countEachRowOnce()
        ? of(targets, classes, null)
        : of(targets, classes, shares(targets));
  }

  /**
   * Some of the rows.
   *
   * @param shares of these rows, from {@link #shares}; null if each row counts once
   */
  Matrix of(Targets targets, int classes, Matrix shares) {
    Matrix values = targets.values();
    if (!targets.areClasses() && shares == null) {
      return values;
    }
    Matrix result = rows.get(values.type(), values.rows(), classes);
    if (!targets.areClasses()) {
      backend.multiply(values, shares, result);
      return result;
    }
    backend.equal(values, classNumbers(values.type(), classes), result);
    Matrix factor = known.get(values.type(), values.rows(), 1);
    backend.rowSum(result, factor);
    if (targets.hasIgnored()) {
      Matrix isIgnored = ignored.get(values.type(), values.rows(), 1);
      backend.equal(values, targets.ignored(), isIgnored);
      backend.add(factor, isIgnored, factor);
    }
    // NaN where the row has no class and is not ignored, else 1.
    backend.divide(factor, factor, factor);
    if (shares != null) {
      backend.multiply(factor, shares, factor);
    }
    backend.multiply(result, factor, result);
    return result;
  }

  /**
   * How much each row counts, so that the mean of all is 1, of the type that the targets' is
   * computed in.
   *
   * @return m x 1; valid until the next call
   */
  public Matrix shares(Targets targets) {
    Matrix values = targets.values();
    int m = values.rows();
    ElementType type = values.type().computedIn();
    Matrix share = shares.get(type, m, 1);
    if (targets.hasIgnored()) {
      backend.equal(values, targets.ignored(), share);
      backend.multiply(share, -1, share);
      backend.add(share, 1, share);
      if (targets.hasWeights()) {
        backend.multiply(share, targets.weights(), share);
      }
    } else if (targets.hasWeights()) {
      backend.copy(targets.weights(), share);
    } else {
      backend.fill(1, share);
    }
    Matrix sum = total.get(type, 1, 1);
    backend.columnSum(share, sum);
    backend.divide(share, sum, share);
    backend.multiply(share, m, share);
    return share;
  }

  /** 0, 1, 2 and so on in a row. */
  private Matrix classNumbers(ElementType type, int classes) {
    if (classNumbers == null || classNumbers.type() != type || classNumbers.columns() < classes) {
      closeClassNumbers();
      double[] numbers = new double[classes];
      for (int j = 0; j < classes; j++) {
        numbers[j] = j;
      }
      classNumbers = backend.matrix(type, 1, classes, numbers);
    }
    return classNumbers.columns(0, classes);
  }

  private void closeClassNumbers() {
    if (classNumbers != null) {
      classNumbers.close();
      classNumbers = null;
    }
  }

  @Override
  public void close() {
    rows.close();
    shares.close();
    total.close();
    known.close();
    ignored.close();
    closeClassNumbers();
  }
}
