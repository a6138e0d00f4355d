package io.rowwise.backend.contract;

import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.backend.contract.Cases.Placed;
import io.rowwise.backend.contract.Cases.Shape;
import io.rowwise.reference.Reference;
import java.util.Arrays;
import java.util.Locale;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Operations that make a row or a column of a matrix. */
public interface ReductionContract extends BackendUnderTest {
  @ParameterizedTest
  @MethodSource("io.rowwise.backend.contract.Cases#maxima")
  default void rowMaxAndItsColumn(Placed of) {
    Shape shape = of.shape();
    double[] x = new RandomValues(of.type(), 11).normal(shape.elements());
    // In some rows the maximum is at an end, in some it comes twice.
    for (int row = 0; row < shape.rows(); row++) {
      int first = row * shape.columns();
      int last = first + shape.columns() - 1;
      switch (row % 4) {
        case 0 -> x[last] = 9;
        case 1 -> x[first] = 9;
        case 2 -> {
          x[first + shape.columns() / 2] = 9;
          x[last] = 9;
        }
        default -> {}
      }
    }
    double[] max = new double[shape.rows()];
    double[] position = new double[shape.rows()];
    for (int row = 0; row < shape.rows(); row++) {
      max[row] = Double.NEGATIVE_INFINITY;
      for (int column = 0; column < shape.columns(); column++) {
        if (x[row * shape.columns() + column] > max[row]) {
          max[row] = x[row * shape.columns() + column];
          position[row] = column;
        }
      }
    }
    try (Workspace workspace = new Workspace(backend(), of.type())) {
      Matrix in = workspace.input(of.input(), shape.rows(), shape.columns(), x);
      Matrix outMax = workspace.output(of.output(), shape.rows(), 1);
      Matrix outPosition = workspace.output(of.output(), shape.rows(), 1);
      backend().rowMax(in, outMax);
      backend().rowArgMax(in, outPosition);
      Accuracy.assertSame(of + ": rowMax", max, outMax.toDoubles());
      Accuracy.assertSame(of + ": rowArgMax", position, outPosition.toDoubles());
      workspace.check();
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOAT32", "FLOAT64"})
  default void specialRowsHaveTheirMaximumWherePyTorchSeesIt(ElementType type) {
    double[] rows = SoftmaxContract.specialRows(type);
    int count = rows.length / 3;
    double[] expected = new double[count];
    double[] position = Reference.npy("softmax_special_argmax.npy").doubles();
    for (int row = 0; row < count; row++) {
      expected[row] = rows[row * 3 + (int) position[row]];
    }
    try (Workspace workspace = new Workspace(backend(), type)) {
      Matrix in = workspace.input(count, 3, rows);
      Matrix out = workspace.output(count, 1);
      backend().rowArgMax(in, out);
      Accuracy.assertSame("rowArgMax", position, out.toDoubles());
      backend().rowMax(in, out);
      double[] actual = out.toDoubles();
      for (int row = 0; row < count; row++) {
        // Which zero is the maximum of both zeros is left open.
        Assertions.assertTrue(
            actual[row] == expected[row]
                || (Double.isNaN(actual[row]) && Double.isNaN(expected[row])),
            String.format(
                Locale.ROOT, "rowMax: row %d is %s, wanted %s", row, actual[row], expected[row]));
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOAT32", "FLOAT64"})
  default void aNaNAnywhereIsTheMaximumAndTheFirstOfThemCounts(ElementType type) {
    int columns = 300;
    int[] places = {0, 1, 31, 32, 150, 298, 299};
    double[] x = new RandomValues(type, 12).normal(places.length * columns);
    double[] nan = new double[places.length];
    double[] expected = new double[places.length];
    for (int row = 0; row < places.length; row++) {
      x[row * columns + places[row]] = Double.NaN;
      x[row * columns + columns - 1] = Double.NaN;
      x[row * columns + (places[row] + 7) % columns] = Double.POSITIVE_INFINITY;
      nan[row] = Double.NaN;
    }
    for (int row = 0; row < places.length; row++) {
      while (!Double.isNaN(x[row * columns + (int) expected[row]])) {
        expected[row]++;
      }
    }
    try (Workspace workspace = new Workspace(backend(), type)) {
      Matrix in = workspace.input(places.length, columns, x);
      Matrix out = workspace.output(places.length, 1);
      backend().rowMax(in, out);
      Accuracy.assertSame("rowMax", nan, out.toDoubles());
      backend().rowArgMax(in, out);
      Accuracy.assertSame("rowArgMax", expected, out.toDoubles());
    }
  }

  @ParameterizedTest
  @MethodSource("io.rowwise.backend.contract.Cases#reductions")
  default void rowSumAddsUpEachRow(Placed of) {
    Shape shape = of.shape();
    double[] x = new RandomValues(of.type(), 13).normal(shape.elements());
    Expected sums = Expected.empty(shape.rows(), 1);
    for (int row = 0; row < shape.rows(); row++) {
      double[] terms = Arrays.copyOfRange(x, row * shape.columns(), (row + 1) * shape.columns());
      setSum(of.type(), sums, row, terms);
    }
    try (Workspace workspace = new Workspace(backend(), of.type())) {
      Matrix in = workspace.input(of.input(), shape.rows(), shape.columns(), x);
      Matrix out = workspace.output(of.output(), shape.rows(), 1);
      backend().rowSum(in, out);
      Accuracy.assertWithin(of + ": rowSum", of.type(), sums, out.toDoubles());
      workspace.check();
    }
  }

  @ParameterizedTest
  @MethodSource("io.rowwise.backend.contract.Cases#reductions")
  default void rowSumOfNumbersOfOneSignIsAsGoodAsPromised(Placed of) {
    Shape shape = of.shape();
    double[] x = new RandomValues(of.type(), 14).uniform(shape.elements(), 0, 1);
    DoubleDouble[] sums = new DoubleDouble[shape.rows()];
    for (int row = 0; row < shape.rows(); row++) {
      sums[row] = DoubleDouble.ZERO;
      for (int column = 0; column < shape.columns(); column++) {
        sums[row] = sums[row].plus(x[row * shape.columns() + column]);
      }
    }
    try (Workspace workspace = new Workspace(backend(), of.type())) {
      Matrix in = workspace.input(of.input(), shape.rows(), shape.columns(), x);
      Matrix out = workspace.output(of.output(), shape.rows(), 1);
      backend().rowSum(in, out);
      Accuracy.assertUlps(
          of + ": rowSum", of.type(), sums, out.toDoubles(), row -> sumUlps(shape.columns()));
    }
  }

  @ParameterizedTest
  @MethodSource("io.rowwise.backend.contract.Cases#reductions")
  default void columnSumAddsUpEachColumn(Placed of) {
    Shape shape = of.shape();
    double[] x = new RandomValues(of.type(), 15).normal(shape.elements());
    Expected sums = Expected.empty(1, shape.columns());
    for (int column = 0; column < shape.columns(); column++) {
      double[] terms = new double[shape.rows()];
      for (int row = 0; row < terms.length; row++) {
        terms[row] = x[row * shape.columns() + column];
      }
      setSum(of.type(), sums, column, terms);
    }
    try (Workspace workspace = new Workspace(backend(), of.type())) {
      Matrix in = workspace.input(of.input(), shape.rows(), shape.columns(), x);
      Matrix out = workspace.output(of.output(), 1, shape.columns());
      backend().columnSum(in, out);
      Accuracy.assertWithin(of + ": columnSum", of.type(), sums, out.toDoubles());
      workspace.check();
    }
  }

  /** The bound is that of adding one after the other, in whatever order. */
  private static void setSum(ElementType type, Expected sums, int index, double[] terms) {
    DoubleDouble sum = DoubleDouble.ZERO;
    double sizes = 0;
    for (double term : terms) {
      sum = sum.plus(term);
      sizes += Math.abs(term);
    }
    sums.values()[index] = sum;
    sums.bounds()[index] = terms.length * Accuracy.unitRoundoff(type) * sizes;
  }

  /** An operand without memory must not keep a backend from the result's, nor lead it beside. */
  @ParameterizedTest
  @EnumSource(names = {"FLOAT32", "FLOAT64"})
  default void sumsOfNothingAreZerosAndTouchNothingElse(ElementType type) {
    for (Layout layout : Layout.values()) {
      try (Workspace workspace = new Workspace(backend(), type)) {
        Matrix perRow = workspace.output(layout, 4, 1);
        Matrix perColumn = workspace.output(layout, 1, 3);
        Matrix products = workspace.output(layout, 4, 3);
        backend().rowSum(workspace.input(layout, 4, 0), perRow);
        backend().columnSum(workspace.input(layout, 0, 3), perColumn);
        backend().matmul(workspace.input(layout, 4, 0), workspace.input(layout, 0, 3), products);
        Accuracy.assertSame("rowSum of no columns", new double[4], perRow.toDoubles());
        Accuracy.assertSame("columnSum of no rows", new double[3], perColumn.toDoubles());
        Accuracy.assertSame("product over nothing", new double[12], products.toDoubles());
        workspace.check();
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOAT32", "FLOAT64"})
  default void sumsOfSpecialValuesFollowIeee(ElementType type) {
    double infinity = Double.POSITIVE_INFINITY;
    double[] x = {
      1, infinity, 2, infinity, -infinity, 1, Double.NaN, 1, 2, -infinity, -1, -infinity, 1, 2, 3
    };
    double[] rowSums = {infinity, Double.NaN, Double.NaN, -infinity, 6};
    double[] columnSums = {Double.NaN, Double.NaN, -infinity};
    try (Workspace workspace = new Workspace(backend(), type)) {
      Matrix in = workspace.input(5, 3, x);
      Matrix perRow = workspace.output(5, 1);
      Matrix perColumn = workspace.output(1, 3);
      backend().rowSum(in, perRow);
      backend().columnSum(in, perColumn);
      Accuracy.assertSame("rowSum", rowSums, perRow.toDoubles());
      Accuracy.assertSame("columnSum", columnSums, perColumn.toDoubles());
    }
  }
}
