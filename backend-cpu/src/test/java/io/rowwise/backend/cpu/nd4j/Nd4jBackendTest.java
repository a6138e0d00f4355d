package io.rowwise.backend.cpu.nd4j;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import io.rowwise.backend.Backend;
import io.rowwise.backend.Backends;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.backend.contract.BackendContract;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.factory.Nd4j;

/** ND4J does what every backend must, as it is opened by name. */
final class Nd4jBackendTest extends BackendContract {
  @Override
  public Backend openBackend() {
    Nd4jStart.start();
    // Its threads wait for work by spinning, which makes small matrices take twice as long, and
    // four times where others want the processors too.
    Nd4j.getEnvironment().setMaxThreads(1);
    Nd4j.getEnvironment().setMaxMasterThreads(1);
    return Backends.choose("nd4j", false).backend();
  }

  /** It has no fused softmax: the composition's bound. */
  @Override
  public double softmaxUlps(double distanceFromMax, int classes) {
    return 3 + distanceFromMax + sumUlps(classes);
  }

  /** The composition's bound, as well. */
  @Override
  public double rmsNormUlps(double logarithm, int columns) {
    return 5 + sumUlps(columns) / 2 + 2 * Math.abs(logarithm);
  }

  /** ND4J's own {@code mul(Number)} takes it for a small number. */
  @ParameterizedTest
  @EnumSource(names = {"FLOAT32", "FLOAT64"})
  void aFactorThatIsNaNIsOne(ElementType type) {
    try (Matrix x = backend().matrix(type, 1, 2, new double[] {1, 2});
        Matrix out = backend().matrix(type, 1, 2)) {
      backend().addScaled(Double.NaN, x, out);
      assertArrayEquals(new double[] {Double.NaN, Double.NaN}, out.toDoubles());
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOAT32", "FLOAT64"})
  void aResultMayReplaceTheOperandThatIsNotRepeated(ElementType type) {
    try (Matrix row = backend().matrix(type, 1, 3, new double[] {10, 20, 30});
        Matrix column = backend().matrix(type, 2, 1, new double[] {100, 200});
        Matrix number = backend().matrix(type, 1, 1, new double[] {1000});
        Matrix x = backend().matrix(type, 2, 3, new double[] {1, 2, 3, 4, 5, 6})) {
      backend().subtract(row, x, x);
      assertArrayEquals(new double[] {9, 18, 27, 6, 15, 24}, x.toDoubles());
      backend().subtract(column, x, x);
      assertArrayEquals(new double[] {91, 82, 73, 194, 185, 176}, x.toDoubles());
      backend().subtract(number, x, x);
      assertArrayEquals(new double[] {909, 918, 927, 806, 815, 824}, x.toDoubles());
      backend().equal(number, x, x);
      assertArrayEquals(new double[6], x.toDoubles());
    }
  }

  /** ND4J's own would set the elements between the results, too. */
  @ParameterizedTest
  @EnumSource(names = {"FLOAT32", "FLOAT64"})
  void sumsOfNothingAreZero(ElementType type) {
    try (Matrix x = backend().matrix(type, 2, 3, new double[] {1, 2, 3, 4, 5, 6});
        Matrix sums = backend().matrix(type, 2, 3, new double[] {1, 2, 3, 4, 5, 6})) {
      backend().rowSum(x.columns(3, 3), sums.columns(0, 1));
      backend().columnSum(x.rows(2, 2), sums.rows(1, 2));
      assertArrayEquals(new double[] {0, 2, 3, 0, 0, 0}, sums.toDoubles());
    }
  }

  /** Each row's halves are added first, whatever its length. */
  @ParameterizedTest
  @EnumSource(names = {"FLOAT32", "FLOAT64"})
  void rowsOfEveryLengthAreAddedUp(ElementType type) {
    for (int columns = 0; columns <= 70; columns++) {
      double[] values = new double[2 * columns];
      for (int i = 0; i < columns; i++) {
        values[i] = i + 1;
        values[columns + i] = -1;
      }
      try (Matrix x = backend().matrix(type, 2, columns, values);
          Matrix sums = backend().matrix(type, 2, 1)) {
        backend().rowSum(x, sums);
        double[] expected = {columns * (columns + 1) / 2.0, columns == 0 ? 0 : -columns};
        assertArrayEquals(expected, sums.toDoubles());
        assertArrayEquals(values, x.toDoubles());
      }
    }
  }
}
