package com.example.kernels;

import io.rowwise.backend.Arguments;
import io.rowwise.backend.Backend;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.kernel.ExclusiveUse;
import io.rowwise.kernel.Kernel;
import io.rowwise.kernel.KernelType;
import io.rowwise.kernel.Scratch;
import java.util.Locale;

/**
 * How sure a classifier is of each row: the largest probability less the second largest, 0 where
 * they are equal. The rows with the smallest margins are those worth a second look.
 */
@FunctionalInterface
public interface Margin extends Kernel {
  /** How to ask for it. */
  KernelType<Margin> TYPE =
      KernelType.of("margin", Margin.class, ComposedMargin::new, CheckedMargin::new);

  /**
   * Computes all rows.
   *
   * @param probabilities m x c with c at least 2, each from 0 to 1
   * @param margin m x 1; shares no element with {@code probabilities}
   */
  void apply(Matrix probabilities, Matrix margin);
}

record CheckedMargin(Backend backend, Margin kernel, ExclusiveUse use) implements Margin {
  CheckedMargin(Backend backend, Margin kernel) {
    this(backend, kernel, ExclusiveUse.ofKernel("margin"));
  }

  @Override
  public void apply(Matrix probabilities, Matrix margin) {
    Arguments.requireUsable("margin", backend, "probabilities", probabilities);
    Arguments.requireUsable("margin", backend, "margin", margin);
    Arguments.requireType("margin", "margin", margin, probabilities.type());
    Arguments.requireShape("margin", "margin", margin, probabilities.rows(), 1);
    Arguments.requireDistinct("margin", "margin", margin, "probabilities", probabilities);
    if (probabilities.columns() < 2) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "margin: probabilities has %d columns, wanted at least 2",
              probabilities.columns()));
    }
    if (margin.elements() > 0) {
      use.enter("margin");
      try {
        kernel.apply(probabilities, margin);
      } finally {
        use.leave();
      }
    }
    Arguments.keepReachable(probabilities);
    Arguments.keepReachable(margin);
  }

  @Override
  public void close() {
    if (use.close("close")) {
      kernel.close();
    }
  }
}

/** For every backend that nobody has written a kernel for. */
final class ComposedMargin implements Margin {
  private final Backend backend;
  private final Scratch scratch;
  private final Scratch perRow;
  private final Scratch numbers;

  ComposedMargin(Backend backend) {
    this.backend = backend;
    this.scratch = new Scratch(backend);
    this.perRow = new Scratch(backend);
    this.numbers = new Scratch(backend);
  }

  @Override
  public void apply(Matrix probabilities, Matrix margin) {
    ElementType type = probabilities.type();
    Matrix others = scratch.get(type, probabilities.rows(), probabilities.columns());
    Matrix row = perRow.get(type, probabilities.rows(), 1);
    Matrix columns = numbers.get(type, 1, probabilities.columns());
    double[] values = new double[probabilities.columns()];
    for (int column = 0; column < values.length; column++) {
      values[column] = column;
    }
    columns.write(values);
    // The first of the largest gets a number below all of the others.
    backend.rowArgMax(probabilities, row);
    backend.equal(columns, row, others);
    backend.multiply(others, -2, others);
    backend.add(others, probabilities, others);
    backend.rowMax(others, row);
    backend.rowMax(probabilities, margin);
    backend.subtract(margin, row, margin);
  }

  @Override
  public void close() {
    scratch.close();
    perRow.close();
    numbers.close();
  }
}
