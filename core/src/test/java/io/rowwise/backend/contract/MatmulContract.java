package io.rowwise.backend.contract;

import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.backend.Transpose;
import io.rowwise.backend.contract.Cases.Product;
import java.util.Arrays;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Matrix products. */
public interface MatmulContract extends BackendUnderTest {
  @ParameterizedTest
  @MethodSource("io.rowwise.backend.contract.Cases#products")
  default void everyTransposeAlphaAndBeta(Product of) {
    double[][] factors = {{1, 0}, {1, 1}, {-0.5, 0}, {2, -0.5}, {0, 0}, {0, 1}, {0, 0.5}};
    for (Transpose transposeA : Transpose.values()) {
      for (Transpose transposeB : Transpose.values()) {
        for (double[] alphaBeta : factors) {
          checkProduct(of, transposeA, transposeB, alphaBeta[0], alphaBeta[1]);
        }
      }
    }
  }

  private void checkProduct(
      Product of, Transpose transposeA, Transpose transposeB, double alpha, double beta) {
    RandomValues random = new RandomValues(of.type(), 21);
    double[] a = random.normal(of.m() * of.k());
    double[] b = random.normal(of.k() * of.n());
    double[] old = random.normal(of.m() * of.n());
    Expected expected = product(of, a, b, alpha, beta, old);
    try (Workspace workspace = new Workspace(backend(), of.type())) {
      Matrix left = operand(workspace, of.input(), transposeA, of.m(), of.k(), a);
      Matrix right = operand(workspace, of.input(), transposeB, of.k(), of.n(), b);
      // Where beta is 0 the NaN must not be read.
      Matrix out =
          beta == 0
              ? workspace.output(of.output(), of.m(), of.n())
              : workspace.changing(of.output(), of.m(), of.n(), old);
      backend().matmul(alpha, left, transposeA, right, transposeB, beta, out);
      Accuracy.assertWithin(
          "%s: matmul, transposes %s %s, alpha %s, beta %s"
              .formatted(of, transposeA, transposeB, alpha, beta),
          of.type(),
          expected,
          out.toDoubles());
      workspace.check();
    }
  }

  private static Matrix operand(
      Workspace workspace,
      Layout layout,
      Transpose transpose,
      int rows,
      int columns,
      double[] values) {
    return transpose == Transpose.NO
        ? workspace.input(layout, rows, columns, values)
        : workspace.input(layout, columns, rows, transposed(values, rows, columns));
  }

  private static double[] transposed(double[] values, int rows, int columns) {
    double[] result = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      result[i % columns * rows + i / columns] = values[i];
    }
    return result;
  }

  /**
   * With the textbook bound for each element: (k + 3) roundings of all that was added up. It holds
   * for every order of summation, and for no arithmetic of fewer digits.
   */
  private static Expected product(
      Product of, double[] a, double[] b, double alpha, double beta, double[] old) {
    Expected result = Expected.empty(of.m(), of.n());
    for (int row = 0; row < of.m(); row++) {
      for (int column = 0; column < of.n(); column++) {
        DoubleDouble sum = DoubleDouble.ZERO;
        double sizes = 0;
        for (int k = 0; k < of.k(); k++) {
          DoubleDouble term =
              DoubleDouble.product(a[row * of.k() + k], b[k * of.n() + column]).times(alpha);
          sum = sum.plus(term);
          sizes += Math.abs(term.high());
        }
        DoubleDouble kept = DoubleDouble.product(beta, old[row * of.n() + column]);
        double bound =
            (of.k() + 3) * Accuracy.unitRoundoff(of.type()) * (sizes + Math.abs(kept.high()));
        result.set(row, column, sum.plus(kept), bound);
      }
    }
    return result;
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOAT32", "FLOAT64"})
  default void theShortFormIsThePlainProduct(ElementType type) {
    try (Workspace workspace = new Workspace(backend(), type)) {
      Matrix a = workspace.input(2, 3, 1, 2, 3, 4, 5, 6);
      Matrix b = workspace.input(3, 2, 7, 8, 9, 10, 11, 12);
      Matrix out = workspace.output(2, 2);
      backend().matmul(a, b, out);
      Accuracy.assertSame("matmul", new double[] {58, 64, 139, 154}, out.toDoubles());
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOAT32", "FLOAT64"})
  default void aMatrixTimesItsOwnTranspose(ElementType type) {
    try (Workspace workspace = new Workspace(backend(), type)) {
      Matrix a = workspace.input(2, 3, 1, 2, 3, 4, 5, 6);
      Matrix out = workspace.output(2, 2);
      backend().matmul(1, a, Transpose.NO, a, Transpose.YES, 0, out);
      Accuracy.assertSame("matmul", new double[] {14, 32, 32, 77}, out.toDoubles());
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOAT32", "FLOAT64"})
  default void withAlphaZeroTheOperandsAreNotRead(ElementType type) {
    double[] nan = new double[12];
    Arrays.fill(nan, Double.NaN);
    nan[5] = Double.POSITIVE_INFINITY;
    double[] old = new RandomValues(type, 22).normal(9);
    try (Workspace workspace = new Workspace(backend(), type)) {
      Matrix a = workspace.input(3, 4, nan);
      Matrix b = workspace.input(4, 3, nan);
      Matrix out = workspace.changing(Layout.COLUMNS, 3, 3, old);
      backend().matmul(0, a, Transpose.NO, b, Transpose.NO, 1, out);
      Accuracy.assertSame("beta 1 keeps the old values", old, out.toDoubles());
      backend().matmul(0, a, Transpose.YES, b, Transpose.YES, 0, workspace.output(4, 4));
      Matrix fresh = workspace.output(Layout.COLUMNS, 3, 3);
      backend().matmul(0, a, Transpose.NO, b, Transpose.NO, 0, fresh);
      Accuracy.assertSame("beta 0 leaves zeros", new double[9], absolute(fresh.toDoubles()));
      workspace.check();
    }
  }

  /** Which zero it is does not matter. */
  private static double[] absolute(double[] values) {
    return Arrays.stream(values).map(Math::abs).toArray();
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOAT32", "FLOAT64"})
  default void aNaNReachesItsRowAndNoOther(ElementType type) {
    int k = 33;
    double[] a = new double[5 * k];
    double[] b = new double[k * 4];
    Arrays.fill(a, 1);
    Arrays.fill(b, 1);
    a[2 * k + 20] = Double.NaN;
    a[3 * k + 32] = Double.NEGATIVE_INFINITY;
    double[] expected = new double[20];
    Arrays.fill(expected, k);
    Arrays.fill(expected, 8, 12, Double.NaN);
    Arrays.fill(expected, 12, 16, Double.NEGATIVE_INFINITY);
    try (Workspace workspace = new Workspace(backend(), type)) {
      Matrix out = workspace.output(5, 4);
      backend().matmul(workspace.input(5, k, a), workspace.input(k, 4, b), out);
      Accuracy.assertSame("matmul", expected, out.toDoubles());
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOAT32", "FLOAT64"})
  default void zeroTimesInfinityIsNaN(ElementType type) {
    try (Workspace workspace = new Workspace(backend(), type)) {
      Matrix a = workspace.input(1, 2, 0, 1);
      Matrix b = workspace.input(2, 1, Double.POSITIVE_INFINITY, 1);
      Matrix out = workspace.output(1, 1);
      backend().matmul(a, b, out);
      Accuracy.assertSame("matmul", new double[] {Double.NaN}, out.toDoubles());
    }
  }
}
