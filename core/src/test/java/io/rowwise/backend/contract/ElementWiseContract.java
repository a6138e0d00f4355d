package io.rowwise.backend.contract;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.backend.contract.Cases.Placed;
import io.rowwise.backend.contract.Cases.Shape;
import java.util.Arrays;
import java.util.Locale;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Operations on each element by itself. The four arithmetic operations are those of IEEE 754, so
 * they are compared bit by bit.
 */
public interface ElementWiseContract extends BackendUnderTest {
  /** Zeros, infinities, NaN, the largest, the smallest, and some between. */
  static double[] specialValues(ElementType type) {
    boolean single = type == ElementType.FLOAT32;
    double largest = single ? Float.MAX_VALUE : Double.MAX_VALUE;
    double huge = single ? 1e38f : 1e308;
    double smallest = single ? Float.MIN_VALUE : Double.MIN_VALUE;
    double normal = single ? Float.MIN_NORMAL : Double.MIN_NORMAL;
    return new double[] {
      0.0,
      -0.0,
      1,
      -1,
      0.5,
      3,
      Double.POSITIVE_INFINITY,
      Double.NEGATIVE_INFINITY,
      Double.NaN,
      largest,
      -largest,
      huge,
      -huge,
      smallest,
      -smallest,
      5 * smallest,
      normal,
      normal - smallest
    };
  }

  /** The shapes that an operand may have beside a result. */
  private static Shape[] operandShapes(Shape shape) {
    return new Shape[] {
      shape, new Shape(1, shape.columns()), new Shape(shape.rows(), 1), new Shape(1, 1)
    };
  }

  private static double repeated(double[] values, Shape shape, int row, int column) {
    int r = shape.rows() == 1 ? 0 : row;
    int c = shape.columns() == 1 ? 0 : column;
    return values[r * shape.columns() + c];
  }

  @ParameterizedTest
  @MethodSource("io.rowwise.backend.contract.Cases#elementWise")
  default void operandsOfTheSameShapeOrRepeatedToIt(Placed of) {
    Shape shape = of.shape();
    for (Shape shapeA : operandShapes(shape)) {
      for (Shape shapeB : operandShapes(shape)) {
        RandomValues random = new RandomValues(of.type(), 1);
        double[] a = random.normal(shapeA.elements());
        double[] b = random.normal(shapeB.elements());
        // So that equal finds some.
        System.arraycopy(a, 0, b, 0, Math.min(3, Math.min(a.length, b.length)));
        double[] expected = new double[shape.elements()];
        for (Binary operation : Binary.values()) {
          for (int i = 0; i < expected.length; i++) {
            int row = i / shape.columns();
            int column = i % shape.columns();
            double value =
                operation.of(repeated(a, shapeA, row, column), repeated(b, shapeB, row, column));
            expected[i] = RandomValues.rounded(of.type(), value);
          }
          try (Workspace workspace = new Workspace(backend(), of.type())) {
            Matrix left = workspace.input(of.input(), shapeA.rows(), shapeA.columns(), a);
            Matrix right = workspace.input(of.input(), shapeB.rows(), shapeB.columns(), b);
            Matrix out = workspace.output(of.output(), shape.rows(), shape.columns());
            operation.apply(backend(), left, right, out);
            Accuracy.assertSame(
                of + ": " + operation + " of " + shapeA + " and " + shapeB,
                expected,
                out.toDoubles());
            workspace.check();
          }
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("io.rowwise.backend.contract.Cases#elementWise")
  default void anOperandThatIsANumber(Placed of) {
    Shape shape = of.shape();
    double[] a = new RandomValues(of.type(), 2).normal(shape.elements());
    // 0.1 is not a float: it must be rounded first.
    double[] numbers = {
      0.1, -3, 0.0, Double.NaN, Double.POSITIVE_INFINITY, a.length > 0 ? a[0] : 1
    };
    for (Binary operation : Binary.values()) {
      for (double number : numbers) {
        double rounded = RandomValues.rounded(of.type(), number);
        double[] expected =
            RandomValues.rounded(
                of.type(), Arrays.stream(a).map(value -> operation.of(value, rounded)).toArray());
        try (Workspace workspace = new Workspace(backend(), of.type())) {
          Matrix left = workspace.input(of.input(), shape.rows(), shape.columns(), a);
          Matrix out = workspace.output(of.output(), shape.rows(), shape.columns());
          operation.apply(backend(), left, number, out);
          Accuracy.assertSame(of + ": " + operation + " and " + number, expected, out.toDoubles());
          workspace.check();
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOAT32", "FLOAT64"})
  default void specialValuesMeetEachOther(ElementType type) {
    double[] values = specialValues(type);
    int n = values.length;
    for (Binary operation : Binary.values()) {
      double[] expected = new double[n * n];
      for (int i = 0; i < expected.length; i++) {
        expected[i] = RandomValues.rounded(type, operation.of(values[i / n], values[i % n]));
      }
      try (Workspace workspace = new Workspace(backend(), type)) {
        Matrix column = workspace.input(n, 1, values);
        Matrix row = workspace.input(1, n, values);
        Matrix out = workspace.output(n, n);
        operation.apply(backend(), column, row, out);
        Accuracy.assertSame(
            type + ": " + operation + " of special values", expected, out.toDoubles());
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOAT32", "FLOAT64"})
  default void aResultMayReplaceAnOperand(ElementType type) {
    int rows = 5;
    int columns = 7;
    RandomValues random = new RandomValues(type, 3);
    double[] a = random.normal(rows * columns);
    double[] b = random.normal(rows * columns);
    double[] row = random.normal(columns);
    for (Layout layout : Layout.values()) {
      for (Binary operation : Binary.values()) {
        try (Workspace workspace = new Workspace(backend(), type)) {
          Matrix first = workspace.changing(layout, rows, columns, a);
          Matrix second = workspace.changing(layout, rows, columns, b);
          Matrix both = workspace.changing(layout, rows, columns, a);
          Matrix scaled = workspace.changing(layout, rows, columns, a);
          Matrix shifted = workspace.changing(layout, rows, columns, a);
          Matrix repeated = workspace.input(1, columns, row);
          operation.apply(backend(), first, workspace.input(rows, columns, b), first);
          operation.apply(backend(), workspace.input(rows, columns, a), second, second);
          operation.apply(backend(), both, both, both);
          operation.apply(backend(), scaled, 0.5, scaled);
          operation.apply(backend(), shifted, repeated, shifted);
          double[] ab = new double[a.length];
          double[] aa = new double[a.length];
          double[] half = new double[a.length];
          double[] withRow = new double[a.length];
          for (int i = 0; i < a.length; i++) {
            ab[i] = RandomValues.rounded(type, operation.of(a[i], b[i]));
            aa[i] = RandomValues.rounded(type, operation.of(a[i], a[i]));
            half[i] = RandomValues.rounded(type, operation.of(a[i], 0.5));
            withRow[i] = RandomValues.rounded(type, operation.of(a[i], row[i % columns]));
          }
          Accuracy.assertSame(operation + " onto a, " + layout, ab, first.toDoubles());
          Accuracy.assertSame(operation + " onto b, " + layout, ab, second.toDoubles());
          Accuracy.assertSame(operation + " of one onto itself, " + layout, aa, both.toDoubles());
          Accuracy.assertSame(operation + " with 0.5, " + layout, half, scaled.toDoubles());
          Accuracy.assertSame(operation + " with a row, " + layout, withRow, shifted.toDoubles());
          workspace.check();
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOAT32", "FLOAT64"})
  default void aResultMayReplaceTheSecondOperandWhereTheFirstIsRepeated(ElementType type) {
    Shape shape = new Shape(5, 7);
    RandomValues random = new RandomValues(type, 10);
    double[] b = random.normal(shape.elements());
    double[] expected = new double[b.length];
    for (Shape shapeA : operandShapes(shape)) {
      double[] a = random.normal(shapeA.elements());
      for (Layout layout : Layout.values()) {
        for (Binary operation : Binary.values()) {
          for (int i = 0; i < b.length; i++) {
            double left = repeated(a, shapeA, i / shape.columns(), i % shape.columns());
            expected[i] = RandomValues.rounded(type, operation.of(left, b[i]));
          }
          try (Workspace workspace = new Workspace(backend(), type)) {
            Matrix first = workspace.input(shapeA.rows(), shapeA.columns(), a);
            Matrix second = workspace.changing(layout, shape.rows(), shape.columns(), b);
            operation.apply(backend(), first, second, second);
            Accuracy.assertSame(
                operation + " of " + shapeA + " onto b, " + layout, expected, second.toDoubles());
            workspace.check();
          }
        }
      }
    }
  }

  /**
   * In float64 within 1 ulp, as documented. In float32 within 2, which is what CUDA's expf and logf
   * promise.
   */
  private static double functionUlps(ElementType type) {
    return type == ElementType.FLOAT32 ? 2 : 1;
  }

  @ParameterizedTest
  @MethodSource("io.rowwise.backend.contract.Cases#elementWise")
  default void expIsThePowerOfEachElement(Placed of) {
    Shape shape = of.shape();
    double[] x = new RandomValues(of.type(), 4).uniform(shape.elements(), -40, 40);
    checkExp(of, x);
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOAT32", "FLOAT64"})
  default void expReachesItsEnds(ElementType type) {
    boolean single = type == ElementType.FLOAT32;
    double overflow = single ? 88.72284f : 709.782712893384;
    double[] x = {
      overflow,
      Math.nextDown(overflow),
      single ? Math.nextUp((float) overflow) : Math.nextUp(overflow),
      single ? -87.4 : -708.5,
      // Subnormal results.
      single ? -90 : -715,
      single ? -103 : -744,
      single ? -110 : -800,
      1e-3,
      -1e-3,
      1e-20,
      -1e-20,
      1,
      -1
    };
    checkExp(
        new Placed(type, new Shape(1, x.length), Layout.WHOLE, Layout.WHOLE),
        RandomValues.rounded(type, x));
  }

  private void checkExp(Placed of, double[] x) {
    Shape shape = of.shape();
    try (Workspace workspace = new Workspace(backend(), of.type())) {
      Matrix in = workspace.input(of.input(), shape.rows(), shape.columns(), x);
      Matrix out = workspace.output(of.output(), shape.rows(), shape.columns());
      backend().exp(in, out);
      DoubleDouble[] truth =
          Arrays.stream(x).mapToObj(v -> DoubleDouble.of(v).exp()).toArray(DoubleDouble[]::new);
      Accuracy.assertUlps(
          of + ": exp", of.type(), truth, out.toDoubles(), i -> functionUlps(of.type()));
      workspace.check();
    }
  }

  @ParameterizedTest
  @MethodSource("io.rowwise.backend.contract.Cases#elementWise")
  default void logIsTheNaturalLogarithmOfEachElement(Placed of) {
    Shape shape = of.shape();
    double[] x = new RandomValues(of.type(), 5).uniform(shape.elements(), 1e-6, 3);
    checkLog(of, x);
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOAT32", "FLOAT64"})
  default void logReachesItsEnds(ElementType type) {
    boolean single = type == ElementType.FLOAT32;
    double[] x = {
      1,
      single ? Math.nextUp(1f) : Math.nextUp(1.0),
      single ? Math.nextDown(1f) : Math.nextDown(1.0),
      single ? Float.MAX_VALUE : Double.MAX_VALUE,
      single ? Float.MIN_NORMAL : Double.MIN_NORMAL,
      single ? Float.MIN_VALUE : Double.MIN_VALUE,
      single ? 1e-40f : 1e-310,
      2,
      Math.E,
      10
    };
    checkLog(
        new Placed(type, new Shape(1, x.length), Layout.WHOLE, Layout.WHOLE),
        RandomValues.rounded(type, x));
  }

  private void checkLog(Placed of, double[] x) {
    Shape shape = of.shape();
    try (Workspace workspace = new Workspace(backend(), of.type())) {
      Matrix in = workspace.input(of.input(), shape.rows(), shape.columns(), x);
      Matrix out = workspace.output(of.output(), shape.rows(), shape.columns());
      backend().log(in, out);
      DoubleDouble[] truth =
          Arrays.stream(x).mapToObj(v -> DoubleDouble.of(v).log()).toArray(DoubleDouble[]::new);
      Accuracy.assertUlps(
          of + ": log", of.type(), truth, out.toDoubles(), i -> functionUlps(of.type()));
      workspace.check();
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOAT32", "FLOAT64"})
  default void expAndLogOfSpecialValuesAreExact(ElementType type) {
    double infinity = Double.POSITIVE_INFINITY;
    double[] x = {0.0, -0.0, infinity, -infinity, Double.NaN};
    double[] minusOneAndOne = {-1, -infinity, -Float.MIN_VALUE, 1, Double.NaN};
    try (Workspace workspace = new Workspace(backend(), type)) {
      Matrix out = workspace.output(1, 5);
      backend().exp(workspace.input(1, 5, x), out);
      Accuracy.assertSame("exp", new double[] {1, 1, infinity, 0, Double.NaN}, out.toDoubles());
      backend().log(workspace.input(1, 5, x), out);
      Accuracy.assertSame(
          "log",
          new double[] {-infinity, -infinity, infinity, Double.NaN, Double.NaN},
          out.toDoubles());
      backend().log(workspace.input(1, 5, minusOneAndOne), out);
      Accuracy.assertSame(
          "log of negative numbers and of 1",
          new double[] {Double.NaN, Double.NaN, Double.NaN, 0, Double.NaN},
          out.toDoubles());
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOAT32", "FLOAT64"})
  default void expAndLogMayReplaceTheirArgument(ElementType type) {
    double[] x = new RandomValues(type, 6).uniform(6 * 5, 0.5, 2);
    for (Layout layout : Layout.values()) {
      try (Workspace workspace = new Workspace(backend(), type)) {
        Matrix in = workspace.input(6, 5, x);
        Matrix out = workspace.output(6, 5);
        Matrix inPlace = workspace.changing(layout, 6, 5, x);
        backend().exp(in, out);
        backend().exp(inPlace, inPlace);
        Accuracy.assertSame("exp in place, " + layout, out.toDoubles(), inPlace.toDoubles());
        inPlace.write(x);
        backend().log(in, out);
        backend().log(inPlace, inPlace);
        Accuracy.assertSame("log in place, " + layout, out.toDoubles(), inPlace.toDoubles());
        workspace.check();
      }
    }
  }

  @ParameterizedTest
  @MethodSource("io.rowwise.backend.contract.Cases#elementWise")
  default void addScaledAddsAMultiple(Placed of) {
    Shape shape = of.shape();
    RandomValues random = new RandomValues(of.type(), 7);
    double[] x = random.normal(shape.elements());
    double[] old = random.normal(shape.elements());
    for (double alpha : new double[] {1, -0.5, 0.1, 0}) {
      try (Workspace workspace = new Workspace(backend(), of.type())) {
        Matrix addend = workspace.input(of.input(), shape.rows(), shape.columns(), x);
        Matrix out = workspace.changing(of.output(), shape.rows(), shape.columns(), old);
        backend().addScaled(alpha, addend, out);
        assertScaledSum(of.type(), alpha, x, old, out.toDoubles());
        workspace.check();
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOAT32", "FLOAT64"})
  default void addScaledByNaNMakesAllOfThemNaN(ElementType type) {
    double[] x = {1, 0, -0.0, Double.POSITIVE_INFINITY, Double.NaN, -2};
    double[] nan = new double[x.length];
    Arrays.fill(nan, Double.NaN);
    for (Layout layout : Layout.values()) {
      try (Workspace workspace = new Workspace(backend(), type)) {
        Matrix addend = workspace.input(layout, 2, 3, x);
        Matrix out = workspace.changing(layout, 2, 3, 1, 2, 3, 4, 5, 6);
        backend().addScaled(Double.NaN, addend, out);
        Accuracy.assertSame("addScaled by NaN, " + layout, nan, out.toDoubles());
        workspace.check();
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOAT32", "FLOAT64"})
  default void addScaledMayAddAMatrixToItself(ElementType type) {
    double[] x = new RandomValues(type, 8).normal(6 * 5);
    for (Layout layout : Layout.values()) {
      try (Workspace workspace = new Workspace(backend(), type)) {
        Matrix matrix = workspace.changing(layout, 6, 5, x);
        backend().addScaled(-0.1, matrix, matrix);
        assertScaledSum(type, -0.1, x, x, matrix.toDoubles());
        workspace.check();
      }
    }
  }

  /** The product may be rounded before the sum, or not: both are right. */
  private static void assertScaledSum(
      ElementType type, double alpha, double[] x, double[] old, double[] actual) {
    for (int i = 0; i < actual.length; i++) {
      double fused;
      double twice;
      if (type == ElementType.FLOAT32) {
        fused = Math.fma((float) alpha, (float) x[i], (float) old[i]);
        twice = (float) old[i] + (float) alpha * (float) x[i];
      } else {
        fused = Math.fma(alpha, x[i], old[i]);
        twice = old[i] + alpha * x[i];
      }
      assertTrue(
          actual[i] == fused || actual[i] == twice,
          String.format(
              Locale.ROOT,
              "addScaled: element %d is %s, wanted %s or %s",
              i,
              actual[i],
              fused,
              twice));
    }
  }

  @ParameterizedTest
  @MethodSource("io.rowwise.backend.contract.Cases#elementWise")
  default void fillSetsEveryElement(Placed of) {
    Shape shape = of.shape();
    for (double value : new double[] {0.1, -0.0, Double.NaN, Double.NEGATIVE_INFINITY, 1e300}) {
      double[] expected = new double[shape.elements()];
      Arrays.fill(expected, RandomValues.rounded(of.type(), value));
      try (Workspace workspace = new Workspace(backend(), of.type())) {
        Matrix out = workspace.output(of.output(), shape.rows(), shape.columns());
        backend().fill(value, out);
        Accuracy.assertSame(of + ": fill with " + value, expected, out.toDoubles());
        workspace.check();
      }
    }
  }

  @ParameterizedTest
  @MethodSource("io.rowwise.backend.contract.Cases#elementWise")
  default void copyCopies(Placed of) {
    Shape shape = of.shape();
    double[] x = new RandomValues(of.type(), 9).normal(shape.elements());
    try (Workspace workspace = new Workspace(backend(), of.type())) {
      Matrix in = workspace.input(of.input(), shape.rows(), shape.columns(), x);
      Matrix out = workspace.output(of.output(), shape.rows(), shape.columns());
      backend().copy(in, out);
      Accuracy.assertSame("copy", x, out.toDoubles());
      backend().copy(out, out);
      Accuracy.assertSame("copy onto itself", x, out.toDoubles());
      workspace.check();
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOAT32", "FLOAT64"})
  default void copyKeepsSpecialValues(ElementType type) {
    double[] x = specialValues(type);
    try (Workspace workspace = new Workspace(backend(), type)) {
      Matrix out = workspace.output(1, x.length);
      backend().copy(workspace.input(1, x.length, x), out);
      Accuracy.assertSame("copy", x, out.toDoubles());
    }
  }
}
