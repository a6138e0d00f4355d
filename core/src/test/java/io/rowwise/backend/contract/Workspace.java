package io.rowwise.backend.contract;

import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.rowwise.backend.Backend;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * The matrices of one test. Each may be a view of more memory, which is filled with a pattern;
 * {@link #check} finds whatever was written beside a result or into an input.
 */
final class Workspace implements AutoCloseable {
  @SuppressWarnings("ArrayRecordComponent") // Never compared, only carried.
  private record Placed(Matrix owner, Matrix view, double[] unchanged) {}

  private final Backend backend;
  private final ElementType type;
  private final List<Placed> placed = new ArrayList<>();

  Workspace(Backend backend, ElementType type) {
    assumeTrue(backend.has(type), () -> type + " on " + backend.device().id());
    this.backend = backend;
    this.type = type;
  }

  /** A matrix that must keep its values. */
  Matrix input(Layout layout, int rows, int columns, double... values) {
    return place(layout, rows, columns, values, true);
  }

  /** A matrix that must keep its values, in memory of its own. */
  Matrix input(int rows, int columns, double... values) {
    return input(Layout.WHOLE, rows, columns, values);
  }

  /** A matrix to be overwritten. Its NaN show what was read or forgotten. */
  Matrix output(Layout layout, int rows, int columns) {
    double[] values = new double[rows * columns];
    Arrays.fill(values, Double.NaN);
    return place(layout, rows, columns, values, false);
  }

  /** A matrix of one number to be overwritten, of what the type is computed in. */
  Matrix number(Layout layout) {
    return place(type.computedIn(), layout, 1, 1, new double[] {Double.NaN}, false);
  }

  /** A matrix to be overwritten, in memory of its own. */
  Matrix output(int rows, int columns) {
    return output(Layout.WHOLE, rows, columns);
  }

  /** A matrix with values that may change. */
  Matrix changing(Layout layout, int rows, int columns, double... values) {
    return place(layout, rows, columns, values, false);
  }

  private Matrix place(Layout layout, int rows, int columns, double[] values, boolean unchanging) {
    return place(type, layout, rows, columns, values, unchanging);
  }

  private Matrix place(
      ElementType type, Layout layout, int rows, int columns, double[] values, boolean unchanging) {
    Matrix owner = layout.owner(backend, type, rows, columns);
    Matrix view = layout.view(owner, rows, columns);
    placed.add(new Placed(owner, view, unchanging ? values.clone() : null));
    owner.write(pattern(owner));
    view.write(values);
    return view;
  }

  /** Fails if something was written outside the outputs. */
  void check() {
    for (Placed one : placed) {
      if (one.unchanged() != null) {
        Accuracy.assertSame("an input after the call", one.unchanged(), one.view().toDoubles());
      }
      checkAround(one.owner(), one.view());
    }
  }

  private static void checkAround(Matrix owner, Matrix view) {
    double[] values = owner.toDoubles();
    double[] pattern = pattern(owner);
    boolean[] inside = new boolean[values.length];
    for (int row = 0; row < view.rows(); row++) {
      int first = (int) (view.offset() + row * view.leadingDimension());
      Arrays.fill(inside, first, first + view.columns(), true);
    }
    for (int i = 0; i < values.length; i++) {
      if (!inside[i] && values[i] != pattern[i]) {
        fail(
            String.format(
                Locale.ROOT,
                "element %d of the memory (%s) is outside the view (%s) and was overwritten with"
                    + " %s",
                i,
                owner,
                view,
                values[i]));
      }
    }
  }

  // Different next to each other, so that a copy of a neighbour shows; exact in every type.
  private static double[] pattern(Matrix owner) {
    double first = owner.type().isHalf() ? -1.5 : -1000.5;
    double[] values = new double[(int) owner.elements()];
    for (int i = 0; i < values.length; i++) {
      values[i] = first - i % 97;
    }
    return values;
  }

  /** Frees the matrices. */
  @Override
  public void close() {
    placed.forEach(one -> one.owner().close());
    placed.clear();
  }
}
