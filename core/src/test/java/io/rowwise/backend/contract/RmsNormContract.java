package io.rowwise.backend.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.backend.contract.Cases.Rows;
import io.rowwise.backend.contract.Cases.Shape;
import io.rowwise.kernel.RmsNorm;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Rows divided by their root mean square. */
public interface RmsNormContract extends BackendUnderTest {
  /** The square root of a positive number, by one step of Newton's from the rounded one. */
  private static DoubleDouble root(DoubleDouble square) {
    double root = Math.sqrt(square.high());
    DoubleDouble rest = square.minus(DoubleDouble.product(root, root));
    return rest.dividedBy(2 * root).plus(root);
  }

  private Expected expected(Rows of, double[] x, double[] gain, double epsilon) {
    int columns = of.shape().columns();
    Expected result = Expected.empty(of.shape().rows(), columns);
    for (int row = 0; row < of.shape().rows(); row++) {
      DoubleDouble sum = DoubleDouble.ZERO;
      for (int j = 0; j < columns; j++) {
        double value = x[row * columns + j];
        sum = sum.plus(DoubleDouble.product(value, value));
      }
      DoubleDouble square = sum.dividedBy(columns).plus(RandomValues.rounded(of.type(), epsilon));
      double logarithm = Math.log(square.high());
      double ulps = of.origin().rmsNormUlps(this, logarithm, columns);
      for (int j = 0; j < columns; j++) {
        DoubleDouble value =
            DoubleDouble.product(x[row * columns + j], gain[j]).dividedBy(root(square));
        result.set(row, j, value, ulps * Accuracy.ulp(of.type(), value.high()));
      }
    }
    return result;
  }

  @ParameterizedTest
  @MethodSource("io.rowwise.backend.contract.Cases#logits")
  default void rmsNormOfEachRow(Rows of) {
    Shape shape = of.shape();
    RandomValues random = new RandomValues(of.type(), 95);
    double[] gain = random.normal(shape.columns());
    double[] x = random.normal(shape.elements());
    double[] sizes = {1, 1e-3, 300, 1e8, 1e-8};
    for (int i = 0; i < x.length; i++) {
      x[i] = RandomValues.rounded(of.type(), x[i] * sizes[i / shape.columns() % sizes.length]);
    }
    for (double epsilon : new double[] {0, 1e-5}) {
      Expected expected = expected(of, x, gain, epsilon);
      try (Workspace workspace = new Workspace(backend(), of.type());
          RmsNorm rmsNorm = of.origin().kernel(backend(), RmsNorm.TYPE)) {
        Matrix in = workspace.input(of.input(), shape.rows(), shape.columns(), x);
        Matrix gains = workspace.input(of.input(), 1, shape.columns(), gain);
        Matrix out = workspace.output(of.output(), shape.rows(), shape.columns());
        rmsNorm.apply(in, gains, epsilon, out);
        Accuracy.assertWithin(of + ": rms-norm", of.type(), expected, out.toDoubles());
        Matrix inPlace = workspace.changing(of.input(), shape.rows(), shape.columns(), x);
        rmsNorm.apply(inPlace, gains, epsilon, inPlace);
        Accuracy.assertWithin(of + ": rms-norm in place", of.type(), expected, inPlace.toDoubles());
        workspace.check();
      }
    }
  }

  @ParameterizedTest
  @MethodSource("io.rowwise.backend.contract.Cases#originsAndTypes")
  default void rmsNormOfSpecialRowsIsPyTorchs(Origin origin, ElementType type) {
    double nan = Double.NaN;
    double infinity = Double.POSITIVE_INFINITY;
    // Its square is infinite.
    double huge = type == ElementType.FLOAT32 ? 1e30f : 1e200;
    double[] x = {1, nan, 2, 1, -infinity, 2, huge, -1, 0, 0, 0, 0};
    double[] expected = {nan, nan, nan, 0, nan, 0, 0, -0.0, 0, nan, nan, nan};
    try (Workspace workspace = new Workspace(backend(), type);
        RmsNorm rmsNorm = origin.kernel(backend(), RmsNorm.TYPE)) {
      Matrix in = workspace.input(4, 3, x);
      Matrix gain = workspace.input(1, 3, 1, 1, 1);
      Matrix out = workspace.output(4, 3);
      rmsNorm.apply(in, gain, 0, out);
      Accuracy.assertSame(origin + " " + type + " rms-norm", expected, out.toDoubles());
      rmsNorm.apply(in.rows(3, 4), gain, 1e-5, out.rows(3, 4));
      Accuracy.assertSame(
          origin + " " + type + " rms-norm of zeros",
          new double[] {0, 0, 0},
          out.rows(3, 4).toDoubles());
    }
  }

  @ParameterizedTest
  @MethodSource("io.rowwise.backend.contract.Cases#originsAndTypes")
  default void rmsNormOfNoRowsOrNoColumnsIsNothing(Origin origin, ElementType type) {
    try (Workspace workspace = new Workspace(backend(), type);
        RmsNorm rmsNorm = origin.kernel(backend(), RmsNorm.TYPE)) {
      for (Shape shape : new Shape[] {new Shape(0, 3), new Shape(3, 0)}) {
        Matrix out = workspace.output(shape.rows(), shape.columns());
        Matrix gain = workspace.output(1, shape.columns());
        rmsNorm.apply(workspace.input(shape.rows(), shape.columns()), gain, 1, out);
        assertEquals(0, out.toDoubles().length);
      }
    }
  }
}
