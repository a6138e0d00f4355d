package io.rowwise.backend.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.backend.contract.Cases.Rows;
import io.rowwise.backend.contract.Cases.Shape;
import io.rowwise.kernel.LogSumExp;
import java.util.Arrays;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The logarithm of a row's sum of powers. */
public interface LogSumExpContract extends BackendUnderTest {
  /** The true values, each within so many ulp of the larger term, or of 1. */
  private static Expected expected(ElementType type, Shape shape, double[] z, double ulps) {
    Expected result = Expected.empty(shape.rows(), 1);
    for (int row = 0; row < shape.rows(); row++) {
      double max =
          Arrays.stream(z, row * shape.columns(), (row + 1) * shape.columns()).max().orElseThrow();
      if (Double.isFinite(max)) {
        DoubleDouble sum = DoubleDouble.ZERO;
        for (int i = row * shape.columns(); i < (row + 1) * shape.columns(); i++) {
          // What is further below, perhaps infinitely, adds nothing.
          if (z[i] - max > -800) {
            sum = sum.plus(DoubleDouble.of(z[i]).plus(-max).exp());
          }
        }
        DoubleDouble logOfSum = sum.log();
        double size = Math.max(1, Math.max(Math.abs(max), logOfSum.high()));
        result.set(row, 0, logOfSum.plus(max), ulps * Accuracy.ulp(type, size));
      } else {
        // The largest says it all; of an array with a NaN that is NaN.
        result.set(row, 0, DoubleDouble.of(max), 0);
      }
    }
    return result;
  }

  @ParameterizedTest
  @MethodSource("io.rowwise.backend.contract.Cases#logits")
  default void logSumExpOfEachRow(Rows of) {
    Shape shape = of.shape();
    double[] z = SoftmaxContract.logits(of.type(), shape);
    double ulps = of.origin().logSoftmaxUlps(this, shape.columns());
    try (Workspace workspace = new Workspace(backend(), of.type());
        LogSumExp logSumExp = of.origin().kernel(backend(), LogSumExp.TYPE)) {
      Matrix in = workspace.input(of.input(), shape.rows(), shape.columns(), z);
      Matrix out = workspace.output(of.output(), shape.rows(), 1);
      logSumExp.apply(in, out);
      Accuracy.assertWithin(
          of + ": log-sum-exp", of.type(), expected(of.type(), shape, z, ulps), out.toDoubles());
      workspace.check();
    }
  }

  @ParameterizedTest
  @MethodSource("io.rowwise.backend.contract.Cases#originsAndTypes")
  default void logSumExpOfSpecialRowsIsWhatTheLargestSays(Origin origin, ElementType type) {
    double infinity = Double.POSITIVE_INFINITY;
    double largest = type == ElementType.FLOAT32 ? Float.MAX_VALUE : Double.MAX_VALUE;
    double[][] starts = {
      {1, infinity, 2},
      {infinity, -infinity, infinity},
      {-infinity, -infinity, -infinity},
      {-infinity, 3, -infinity},
      {Double.NaN, 1, 2},
      {1, infinity, Double.NaN},
      {-infinity, Double.NaN, -infinity},
      {largest, largest, -largest},
      {-largest, -largest, -infinity},
      {2e6, 2e6, 2e6},
      {0, -0.0, 0}
    };
    for (int columns : new int[] {3, 12, 70, 1030}) {
      Shape shape = new Shape(starts.length, columns);
      double[] z = new double[shape.elements()];
      for (int i = 0; i < z.length; i++) {
        // Of a longer row what is special is at its end.
        int fromEnd = columns - 1 - i % columns;
        double[] start = starts[i / columns];
        z[i] = fromEnd < 3 ? start[fromEnd] : Math.min(0, start[fromEnd % 3]);
      }
      double ulps = origin.logSoftmaxUlps(this, columns);
      try (Workspace workspace = new Workspace(backend(), type);
          LogSumExp logSumExp = origin.kernel(backend(), LogSumExp.TYPE)) {
        Matrix out = workspace.output(shape.rows(), 1);
        logSumExp.apply(workspace.input(shape.rows(), columns, z), out);
        Accuracy.assertWithin(
            origin + " " + type + " log-sum-exp of " + columns,
            type,
            expected(type, shape, z, ulps),
            out.toDoubles());
      }
    }
  }

  @ParameterizedTest
  @MethodSource("io.rowwise.backend.contract.Cases#originsAndTypes")
  default void logSumExpOfNoRowsIsNothing(Origin origin, ElementType type) {
    try (Workspace workspace = new Workspace(backend(), type);
        LogSumExp logSumExp = origin.kernel(backend(), LogSumExp.TYPE)) {
      Matrix out = workspace.output(0, 1);
      logSumExp.apply(workspace.input(0, 3), out);
      assertEquals(0, out.toDoubles().length);
    }
  }
}
