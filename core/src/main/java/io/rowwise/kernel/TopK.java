package io.rowwise.kernel;

import io.rowwise.backend.Arguments;
import io.rowwise.backend.Backend;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import java.util.Locale;

/**
 * The k largest elements of each row, in falling order, and the columns that they are in.
 *
 * <p>As in {@link Backend#rowArgMax} a NaN is larger than any number, columns are counted from 0
 * and are numbers of the matrix's element type, and of equals, NaNs too, the one further left comes
 * first. So all columns of a row are different ones, and all of them come where k is c. PyTorch's
 * {@code topk} gives the same values; which of equals comes first it leaves open.
 *
 * <p>The composition reads the rows and chooses on the host, since no primitive takes a NaN out of
 * a row.
 */
@FunctionalInterface
public interface TopK extends Kernel {
  /** How to ask for it. */
  KernelType<TopK> TYPE =
      KernelType.of("top-k", TopK.class, backend -> new ComposedTopK(), CheckedTopK::new);

  /**
   * Computes all rows.
   *
   * @param x m x c, in {@code float32} with c at most 2^24, where every column is still exact
   * @param values m x k with k from 1 to c; overlaps none of the others
   * @param columns m x k; overlaps none of the others
   */
  void apply(Matrix x, Matrix values, Matrix columns);
}

record CheckedTopK(Backend backend, TopK kernel, ExclusiveUse use) implements TopK {
  private static final int EXACT_FLOAT_INDICES = 1 << 24;

  CheckedTopK(Backend backend, TopK kernel) {
    this(backend, kernel, ExclusiveUse.ofKernel("top-k"));
  }

  @Override
  public void apply(Matrix x, Matrix values, Matrix columns) {
    String operation = "top-k";
    Arguments.requireUsable(operation, backend, "x", x);
    Arguments.requireUsable(operation, backend, "values", values);
    int k = values.columns();
    if (k < 1 || k > x.columns()) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%s: values has %d columns, x has %d; wanted 1 to as many",
              operation,
              k,
              x.columns()));
    }
    if (x.type() == ElementType.FLOAT32 && x.columns() > EXACT_FLOAT_INDICES) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%s: x has %d columns, in float32 they are exact up to %d; use float64",
              operation,
              x.columns(),
              EXACT_FLOAT_INDICES));
    }
    Checks.requireResult(operation, backend, "values", values, x.type(), x.rows(), k);
    Checks.requireResult(operation, backend, "columns", columns, x.type(), x.rows(), k);
    Arguments.requireDistinct(operation, "values", values, "x", x);
    Arguments.requireDistinct(operation, "columns", columns, "x", x);
    Arguments.requireDistinct(operation, "columns", columns, "values", values);
    if (x.rows() > 0) {
      use.enter(operation);
      try {
        kernel.apply(x, values, columns);
      } finally {
        use.leave();
      }
    }
    Arguments.keepReachable(x);
    Arguments.keepReachable(values);
    Arguments.keepReachable(columns);
  }

  @Override
  public void close() {
    if (use.close("close")) {
      kernel.close();
    }
  }
}

/** On the host, some rows at a time. */
final class ComposedTopK implements TopK {
  private static final int ELEMENTS_OF_A_BLOCK = 1 << 16;

  private final LargestElements largest = new LargestElements();

  @Override
  public void apply(Matrix x, Matrix values, Matrix columns) {
    int c = x.columns();
    int k = values.columns();
    int blockRows = Math.max(1, ELEMENTS_OF_A_BLOCK / c);
    for (int first = 0; first < x.rows(); first += blockRows) {
      int rows = Math.min(blockRows, x.rows() - first);
      double[] elements = x.rows(first, first + rows).toDoubles();
      double[] blockValues = new double[rows * k];
      double[] blockColumns = new double[rows * k];
      for (int row = 0; row < rows; row++) {
        largest.begin(k);
        largest.add(elements, row * c, c);
        largest.end();
        for (int rank = 0; rank < k; rank++) {
          blockValues[row * k + rank] = largest.value(rank);
          blockColumns[row * k + rank] = largest.column(rank);
        }
      }
      values.rows(first, first + rows).write(blockValues);
      columns.rows(first, first + rows).write(blockColumns);
    }
  }
}
