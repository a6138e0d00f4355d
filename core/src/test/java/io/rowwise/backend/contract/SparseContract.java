package io.rowwise.backend.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.classifier.SoftmaxClassifier;
import io.rowwise.kernel.SparseProduct;
import io.rowwise.kernel.SparseRows;
import io.rowwise.random.NumpyRandom;
import java.util.Arrays;
import java.util.Locale;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Rows without their zeros: the same as with them. */
public interface SparseContract extends BackendUnderTest {
  /** Rows, columns and classes; the first column and some rows have no value at all. */
  private static int[][] shapes() {
    return new int[][] {{1, 1, 1}, {5, 3, 2}, {7, 40, 3}, {33, 5, 10}, {64, 300, 17}, {3, 2, 1000}};
  }

  /** About one in five values is not 0. */
  private static SparseRows rows(int rows, int columns) {
    NumpyRandom random = new NumpyRandom(rows * 31L + columns);
    double[] normal = new double[rows * columns];
    random.standardNormal(normal);
    SparseRows.Builder builder = new SparseRows.Builder(rows, columns);
    for (int row = 0; row < rows; row++) {
      for (int column = row % 4 == 2 ? columns : 1; column < columns; column++) {
        if (random.randint(5) == 0) {
          builder.add(row, column, normal[row * columns + column]);
        }
      }
    }
    return builder.build();
  }

  /**
   * Both products, beside loops over all values. The tolerance is for as many roundings as terms,
   * in the type of the matrices.
   */
  @ParameterizedTest
  @MethodSource("io.rowwise.backend.contract.Cases#originsAndTypes")
  default void productsAreThoseWithTheZeros(Origin origin, ElementType type) {
    for (int[] shape : shapes()) {
      SparseRows x = rows(shape[0], shape[1]);
      double[] dense = x.dense();
      for (Layout layout : Layout.values()) {
        try (Workspace workspace = new Workspace(backend(), type);
            SparseProduct product = origin.kernel(backend(), SparseProduct.TYPE)) {
          int classes = shape[2];
          double[] right = normal(shape[1] * classes);
          Matrix result = workspace.output(layout, shape[0], classes);
          product.multiply(x, workspace.input(layout, shape[1], classes, right), result);
          double[] rightOfRows = normal(shape[0] * classes);
          Matrix transposedResult = workspace.output(layout, shape[1], classes);
          product.multiplyTransposed(
              x, workspace.input(layout, shape[0], classes, rightOfRows), transposedResult);
          for (int i = 0; i < shape[0]; i++) {
            double[] row = Arrays.copyOfRange(dense, i * shape[1], (i + 1) * shape[1]);
            requireSums(row, right, classes, result.rows(i, i + 1));
          }
          for (int k = 0; k < shape[1]; k++) {
            double[] column = new double[shape[0]];
            for (int i = 0; i < column.length; i++) {
              column[i] = dense[i * shape[1] + k];
            }
            requireSums(column, rightOfRows, classes, transposedResult.rows(k, k + 1));
          }
          workspace.check();
        }
      }
    }
  }

  /** Exact in float32. */
  private static double[] normal(int count) {
    double[] values = new double[count];
    new NumpyRandom(count).standardNormal(values);
    Arrays.setAll(values, i -> (float) values[i]);
    return values;
  }

  /** That a row of the result is the product of numbers with each class's factors. */
  private static void requireSums(double[] numbers, double[] factors, int classes, Matrix result) {
    double rounding = result.type() == ElementType.FLOAT32 ? 0x1p-23 : 0x1p-52;
    double[] found = result.toDoubles();
    for (int j = 0; j < classes; j++) {
      double sum = 0;
      double size = 0;
      for (int k = 0; k < numbers.length; k++) {
        double term = numbers[k] * factors[k * classes + j];
        sum += term;
        size += Math.abs(term);
      }
      int column = j;
      double bound = (numbers.length + 1) * rounding * size;
      assertEquals(sum, found[j], bound, () -> result + ", column " + column);
    }
  }

  @ParameterizedTest
  @MethodSource("io.rowwise.backend.contract.Cases#originsAndTypes")
  default void aPartOfTheRowsIsThatPartOfTheProduct(Origin origin, ElementType type) {
    SparseRows x = rows(20, 9);
    try (Workspace workspace = new Workspace(backend(), type);
        SparseProduct product = origin.kernel(backend(), SparseProduct.TYPE)) {
      Matrix right = workspace.input(9, 4, normal(36));
      Matrix all = workspace.output(20, 4);
      Matrix part = workspace.output(6, 4);
      product.multiply(x, right, all);
      product.multiply(x.rows(5, 11), right, part);
      Accuracy.assertSame("rows 5 to 11", all.rows(5, 11).toDoubles(), part.toDoubles());
    }
  }

  /** What a kernel keeps of the rows of the last call is not taken for those of another one. */
  @ParameterizedTest
  @MethodSource("io.rowwise.backend.contract.Cases#originsAndTypes")
  default void otherRowsHaveOtherProducts(Origin origin, ElementType type) {
    SparseRows x = rows(20, 9);
    SparseRows doubled = SparseRows.of(9, starts(x), columns(x), values(x, 2));
    try (Workspace workspace = new Workspace(backend(), type);
        SparseProduct product = origin.kernel(backend(), SparseProduct.TYPE)) {
      Matrix right = workspace.input(20, 4, normal(80));
      Matrix once = workspace.output(9, 4);
      Matrix twice = workspace.output(9, 4);
      Matrix again = workspace.output(9, 4);
      product.multiplyTransposed(x, right, once);
      product.multiplyTransposed(doubled, right, twice);
      product.multiplyTransposed(x.rows(0, 20), right, again);
      double[] expected = once.toDoubles();
      Accuracy.assertSame("the same rows", expected, again.toDoubles());
      Accuracy.assertSame(
          "twice", Arrays.stream(expected).map(v -> 2 * v).toArray(), twice.toDoubles());
      Matrix nothing = workspace.output(9, 4);
      product.multiplyTransposed(new SparseRows.Builder(20, 9).build(), right, nothing);
      Accuracy.assertSame("no values", new double[36], nothing.toDoubles());
    }
  }

  private static int[] starts(SparseRows x) {
    int[] starts = new int[x.rows() + 1];
    Arrays.setAll(starts, x::start);
    return starts;
  }

  private static int[] columns(SparseRows x) {
    int[] columns = new int[x.size()];
    Arrays.setAll(columns, x::column);
    return columns;
  }

  private static double[] values(SparseRows x, double factor) {
    double[] values = new double[x.size()];
    Arrays.setAll(values, i -> factor * x.value(i));
    return values;
  }

  @ParameterizedTest
  @MethodSource("io.rowwise.backend.contract.Cases#originsAndTypes")
  default void productsOfOtherShapesAreRefused(Origin origin, ElementType type) {
    SparseRows x = rows(4, 3);
    try (Workspace workspace = new Workspace(backend(), type);
        SparseProduct product = origin.kernel(backend(), SparseProduct.TYPE)) {
      Matrix right = workspace.input(3, 2, normal(6));
      Matrix ofRows = workspace.input(4, 2, normal(8));
      var wrong =
          assertThrows(
              IllegalArgumentException.class,
              () -> product.multiply(x, ofRows, workspace.output(4, 2)));
      assertEquals(
          "sparse-product: x has 3 columns, right has 4 rows; wanted as many", wrong.getMessage());
      assertThrows(
          IllegalArgumentException.class, () -> product.multiply(x, right, workspace.output(3, 2)));
      assertThrows(
          IllegalArgumentException.class,
          () -> product.multiplyTransposed(x, right, workspace.output(3, 2)));
      assertThrows(
          IllegalArgumentException.class, () -> product.multiplyTransposed(x, ofRows, ofRows));
      assertThrows(NullPointerException.class, () -> product.multiply(null, right, ofRows));
    }
  }

  /** Probabilities: within 1e-12 in float64, as the sums are ordered otherwise; else rounding. */
  @ParameterizedTest
  @MethodSource("io.rowwise.backend.contract.Cases#types")
  default void aClassifierTakesThem(ElementType type) {
    SparseRows x = rows(30, 50);
    try (SoftmaxClassifier classifier = new SoftmaxClassifier(backend(), type, 50, 4, 3L);
        Matrix dense = backend().matrix(type, 30, 50, x.dense());
        Matrix wanted = classifier.predict(dense);
        Matrix found = classifier.predict(x)) {
      double[] ofDense = wanted.toDoubles();
      double[] ofSparse = found.toDoubles();
      double tolerance = type == ElementType.FLOAT32 ? 1e-5 : 1e-12;
      for (int i = 0; i < ofDense.length; i++) {
        assertEquals(ofDense[i], ofSparse[i], tolerance);
      }
      var wrong =
          assertThrows(IllegalArgumentException.class, () -> classifier.predict(rows(2, 7)));
      assertEquals(
          "predict: x has 7 columns, this classifier was trained on 50", wrong.getMessage());
      assertEquals(
          String.format(Locale.ROOT, "SparseRows[30x50, %d values]", x.size()), x.toString());
    }
  }
}
