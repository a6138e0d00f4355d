package io.rowwise.backend.contract;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.backend.contract.Cases.Placed;
import io.rowwise.backend.contract.Cases.Shape;
import java.util.Arrays;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Making, writing, reading and viewing matrices. */
public interface MatrixContract extends BackendUnderTest {
  private static void assertRejected(String start, Executable call) {
    IllegalArgumentException thrown = assertThrows(IllegalArgumentException.class, call);
    assertTrue(
        thrown.getMessage().startsWith(start),
        "the message '%s' does not start with '%s'".formatted(thrown.getMessage(), start));
  }

  private static float[] floats(double[] values) {
    float[] result = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      result[i] = (float) values[i];
    }
    return result;
  }

  @ParameterizedTest
  @MethodSource("io.rowwise.backend.contract.Cases#elementWise")
  default void aNewMatrixIsZeros(Placed of) {
    try (Matrix matrix = backend().matrix(of.type(), of.shape().rows(), of.shape().columns())) {
      Accuracy.assertSame("a new matrix", new double[of.shape().elements()], matrix.toDoubles());
      assertEquals(of.type(), matrix.type());
      assertEquals(of.shape().rows(), matrix.rows());
      assertEquals(of.shape().columns(), matrix.columns());
      assertEquals(of.shape().elements(), matrix.elements());
      assertEquals(0, matrix.offset());
      assertEquals(of.shape().columns(), matrix.leadingDimension());
      assertTrue(matrix.isContiguous());
      assertEquals(of.type() + " " + of.shape(), matrix.toString());
      assertSame(backend(), matrix.backend());
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOAT32", "FLOAT64"})
  default void memoryThatWasUsedBeforeIsZerosAgain(ElementType type) {
    for (int i = 0; i < 5; i++) {
      try (Matrix matrix = backend().matrix(type, 33, 7)) {
        Accuracy.assertSame("a new matrix", new double[33 * 7], matrix.toDoubles());
        backend().fill(3, matrix);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("io.rowwise.backend.contract.Cases#elementWise")
  default void doublesComeBackAsTheyWereWritten(Placed of) {
    Shape shape = of.shape();
    double[] values = new RandomValues(of.type(), 61).normal(shape.elements());
    try (Workspace workspace = new Workspace(backend(), of.type())) {
      Matrix matrix = workspace.output(of.input(), shape.rows(), shape.columns());
      matrix.write(values);
      double[] read = new double[values.length];
      matrix.read(read);
      Accuracy.assertSame("read", values, read);
      Accuracy.assertSame("toDoubles", values, matrix.toDoubles());
      assertArrayEquals(floats(values), matrix.toFloats());
      workspace.check();
    }
  }

  @ParameterizedTest
  @MethodSource("io.rowwise.backend.contract.Cases#elementWise")
  default void floatsComeBackAsTheyWereWritten(Placed of) {
    Shape shape = of.shape();
    double[] values = new RandomValues(ElementType.FLOAT32, 62).normal(shape.elements());
    try (Workspace workspace = new Workspace(backend(), of.type())) {
      Matrix matrix = workspace.output(of.input(), shape.rows(), shape.columns());
      matrix.write(floats(values));
      float[] read = new float[values.length];
      matrix.read(read);
      assertArrayEquals(floats(values), read);
      assertArrayEquals(floats(values), matrix.toFloats());
      Accuracy.assertSame("toDoubles", values, matrix.toDoubles());
      workspace.check();
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOAT32", "FLOAT64"})
  default void specialValuesComeBack(ElementType type) {
    double[] values = ElementWiseContract.specialValues(type);
    try (Matrix matrix = backend().matrix(type, 1, values.length, values)) {
      Accuracy.assertSame("toDoubles", values, matrix.toDoubles());
      assertArrayEquals(floats(values), matrix.toFloats());
      matrix.write(floats(values));
      Accuracy.assertSame(
          "written as floats",
          RandomValues.rounded(ElementType.FLOAT32, values),
          matrix.toDoubles());
    }
  }

  @Test
  default void float32RoundsToNearest() {
    double[] values = {0.1, 1 + 0x1p-25, 1 + 0x1.8p-24, 1e300, -1e300, 1e-300, 0x1.8p-149};
    try (Matrix matrix = backend().matrix(ElementType.FLOAT32, 1, values.length, values)) {
      Accuracy.assertSame(
          "toDoubles", RandomValues.rounded(ElementType.FLOAT32, values), matrix.toDoubles());
    }
    try (Matrix matrix = backend().matrix(1, values.length, values)) {
      assertEquals(ElementType.FLOAT64, matrix.type());
      assertArrayEquals(floats(values), matrix.toFloats());
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOAT32", "FLOAT64"})
  default void aWriteTakesTheValuesOfThatMoment(ElementType type) {
    double[] values = new RandomValues(type, 63).normal(33 * 7);
    double[] copy = values.clone();
    try (Matrix matrix = backend().matrix(type, 33, 7)) {
      matrix.write(values);
      Arrays.fill(values, Double.NaN);
      Accuracy.assertSame("toDoubles", copy, matrix.toDoubles());
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOAT32", "FLOAT64"})
  default void arraysOfAnotherLengthAreRefused(ElementType type) {
    try (Matrix matrix = backend().matrix(type, 2, 3, new double[] {1, 2, 3, 4, 5, 6})) {
      for (int length : new int[] {0, 5, 7}) {
        double[] doubles = new double[length];
        float[] floats = new float[length];
        String came = ": the array has " + length + " values, the matrix " + type + " 2x3 has 6";
        assertRejected("write" + came, () -> matrix.write(doubles));
        assertRejected("write" + came, () -> matrix.write(floats));
        assertRejected("read" + came, () -> matrix.read(doubles));
        assertRejected("read" + came, () -> matrix.read(floats));
        assertRejected("write" + came, () -> backend().matrix(type, 2, 3, doubles));
      }
      assertThrows(NullPointerException.class, () -> matrix.write((double[]) null));
      assertThrows(NullPointerException.class, () -> matrix.write((float[]) null));
      assertThrows(NullPointerException.class, () -> matrix.read((double[]) null));
      assertThrows(NullPointerException.class, () -> matrix.read((float[]) null));
      Accuracy.assertSame("untouched", new double[] {1, 2, 3, 4, 5, 6}, matrix.toDoubles());
    }
  }

  @Test
  default void negativeShapesAreRefused() {
    ElementType type = ElementType.FLOAT64;
    assertRejected("matrix: -1x3 is not a shape", () -> backend().matrix(type, -1, 3));
    assertRejected("matrix: 3x-1 is not a shape", () -> backend().matrix(type, 3, -1));
    assertThrows(NullPointerException.class, () -> backend().matrix(null, 1, 1));
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOAT32", "FLOAT64"})
  default void viewsShowTheirPart(ElementType type) {
    double[] values = new double[20];
    Arrays.setAll(values, i -> i);
    try (Matrix matrix = backend().matrix(type, 4, 5, values)) {
      Matrix rows = matrix.rows(1, 3);
      Matrix columns = matrix.columns(2, 4);
      Matrix inner = rows.columns(1, 3);
      Matrix reshaped = rows.reshape(5, 2);
      Matrix single = columns.rows(3, 4).reshape(2, 1);
      assertView(rows, 2, 5, 5, 5, true, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14);
      assertView(columns, 4, 2, 5, 2, false, 2, 3, 7, 8, 12, 13, 17, 18);
      assertView(inner, 2, 2, 5, 6, false, 6, 7, 11, 12);
      assertView(reshaped, 5, 2, 2, 5, true, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14);
      assertView(single, 2, 1, 1, 17, true, 17, 18);
      assertView(matrix.rows(4, 4), 0, 5, 5, 20, true);
      assertView(matrix.columns(5, 5), 4, 0, 5, 5, false);
      inner.write(new double[] {-1, -2, -3, -4});
      assertView(reshaped, 5, 2, 2, 5, true, 5, -1, -2, 8, 9, 10, -3, -4, 13, 14);
    }
  }

  private static void assertView(
      Matrix view,
      int rows,
      int columns,
      int leadingDimension,
      int offset,
      boolean contiguous,
      double... values) {
    assertEquals(rows, view.rows());
    assertEquals(columns, view.columns());
    assertEquals(leadingDimension, view.leadingDimension());
    assertEquals(offset, view.offset());
    assertEquals(contiguous, view.isContiguous());
    Accuracy.assertSame("the view " + view, values, view.toDoubles());
  }

  @Test
  default void viewsOutsideTheirMatrixAreRefused() {
    try (Matrix matrix = backend().matrix(ElementType.FLOAT64, 4, 5)) {
      int[][] wrongRows = {{-1, 2}, {3, 2}, {0, 5}, {5, 5}};
      for (int[] range : wrongRows) {
        assertRejected(
            String.format(
                Locale.ROOT, "rows: %d to %d is not a range of the 4 rows", range[0], range[1]),
            () -> matrix.rows(range[0], range[1]));
      }
      int[][] wrongColumns = {{-1, 2}, {3, 2}, {0, 6}, {6, 6}};
      for (int[] range : wrongColumns) {
        assertRejected(
            String.format(
                Locale.ROOT,
                "columns: %d to %d is not a range of the 5 columns",
                range[0],
                range[1]),
            () -> matrix.columns(range[0], range[1]));
      }
      assertRejected("reshape: float64 4x5 has 20 elements, 3x7", () -> matrix.reshape(3, 7));
      assertRejected("reshape: ", () -> matrix.reshape(-4, -5));
      assertRejected("reshape: ", () -> matrix.reshape(65536, 65536));
      assertRejected(
          "reshape: float64 4x2 has gaps between its rows (leading dimension 5)",
          () -> matrix.columns(0, 2).reshape(8, 1));
    }
  }

  @Test
  default void closingTwiceIsHarmless() {
    int before = backend().openMatrices();
    Matrix matrix = backend().matrix(ElementType.FLOAT64, 2, 2);
    assertEquals(before + 1, backend().openMatrices());
    assertFalse(matrix.isClosed());
    matrix.close();
    matrix.close();
    assertTrue(matrix.isClosed());
    assertEquals(before, backend().openMatrices());
  }

  @Test
  default void closingAViewLeavesItsOwnerAndItsSistersOpen() {
    try (Matrix matrix = backend().matrix(2, 2, 1, 2, 3, 4)) {
      int open = backend().openMatrices();
      Matrix view = matrix.rows(0, 1);
      Matrix sister = matrix.rows(0, 1);
      assertEquals(open, backend().openMatrices());
      view.close();
      assertTrue(view.isClosed());
      assertFalse(matrix.isClosed());
      assertFalse(sister.isClosed());
      Accuracy.assertSame("the owner", new double[] {1, 2, 3, 4}, matrix.toDoubles());
      Accuracy.assertSame("the sister", new double[] {1, 2}, sister.toDoubles());
      assertEquals(open, backend().openMatrices());
    }
  }

  @Test
  default void aClosedMatrixAndItsViewsCannotBeUsed() {
    Matrix matrix = backend().matrix(2, 2, 1, 2, 3, 4);
    Matrix view = matrix.rows(0, 1);
    Matrix viewOfView = view.columns(0, 1);
    matrix.close();
    for (Matrix closed : new Matrix[] {matrix, view, viewOfView}) {
      assertTrue(closed.isClosed());
      int length = (int) closed.elements();
      assertClosed("write", () -> closed.write(new double[length]));
      assertClosed("write", () -> closed.write(new float[length]));
      assertClosed("read", () -> closed.read(new double[length]));
      assertClosed("read", () -> closed.read(new float[length]));
      assertClosed("read", closed::toDoubles);
      assertClosed("read", closed::toFloats);
      assertClosed("rows", () -> closed.rows(0, 1));
      assertClosed("columns", () -> closed.columns(0, 1));
      assertClosed("reshape", () -> closed.reshape(1, length));
      assertClosed("storage", closed::storage);
    }
  }

  private static void assertClosed(String operation, Executable call) {
    IllegalStateException thrown = assertThrows(IllegalStateException.class, call);
    assertTrue(
        thrown.getMessage().startsWith(operation + ": the matrix (float64 ")
            && thrown.getMessage().contains(") is closed"),
        thrown.getMessage());
  }
}
