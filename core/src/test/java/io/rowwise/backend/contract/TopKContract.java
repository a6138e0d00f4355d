package io.rowwise.backend.contract;

import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.backend.contract.Cases.Rows;
import io.rowwise.backend.contract.Cases.Shape;
import io.rowwise.kernel.TopK;
import java.util.Comparator;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The largest elements of a row, and where they are. */
public interface TopKContract extends BackendUnderTest {
  /** The columns of the largest, as sorting all of them gives them. */
  private static int[] columns(double[] x, int row, int columns, int k) {
    // Sorting keeps the order of equals; to add 0 makes the zeros equal.
    return IntStream.range(0, columns)
        .boxed()
        .sorted(Comparator.comparingDouble((Integer j) -> x[row * columns + j] + 0.0).reversed())
        .limit(k)
        .mapToInt(j -> j)
        .toArray();
  }

  private void check(String what, Rows of, double[] x, int k) {
    Shape shape = of.shape();
    double[] values = new double[shape.rows() * k];
    double[] places = new double[shape.rows() * k];
    for (int row = 0; row < shape.rows(); row++) {
      int[] columns = columns(x, row, shape.columns(), k);
      for (int rank = 0; rank < k; rank++) {
        values[row * k + rank] = x[row * shape.columns() + columns[rank]];
        places[row * k + rank] = columns[rank];
      }
    }
    try (Workspace workspace = new Workspace(backend(), of.type());
        TopK topK = of.origin().kernel(backend(), TopK.TYPE)) {
      Matrix in = workspace.input(of.input(), shape.rows(), shape.columns(), x);
      Matrix outValues = workspace.output(of.output(), shape.rows(), k);
      Matrix outColumns = workspace.output(of.output(), shape.rows(), k);
      topK.apply(in, outValues, outColumns);
      Accuracy.assertSame(of + ": values of the top " + k + what, values, outValues.toDoubles());
      Accuracy.assertSame(of + ": columns of the top " + k + what, places, outColumns.toDoubles());
      workspace.check();
    }
  }

  private static int[] numbersWanted(int columns) {
    int few = Math.min(columns, 5);
    return columns < 100 ? new int[] {1, few, columns} : new int[] {1, few, 33};
  }

  @ParameterizedTest
  @MethodSource("io.rowwise.backend.contract.Cases#logits")
  default void topKOfEachRow(Rows of) {
    double[] x = new RandomValues(of.type(), 91).normal(of.shape().elements());
    for (int k : numbersWanted(of.shape().columns())) {
      check("", of, x, k);
    }
  }

  @ParameterizedTest
  @MethodSource("io.rowwise.backend.contract.Cases#logits")
  default void topKOfEqualsAndOfWhatIsNoNumber(Rows of) {
    double[] few = {Double.NaN, Double.POSITIVE_INFINITY, 1, 0, -0.0, -1, Double.NEGATIVE_INFINITY};
    SplittableRandom random = new SplittableRandom(92);
    double[] x = new double[of.shape().elements()];
    for (int i = 0; i < x.length; i++) {
      // Also rows without a NaN, of a few values, and of the last alone.
      int first = Math.min(of.shape().rows() - i / of.shape().columns() + 3, few.length - 1) % 7;
      x[i] = few[first + random.nextInt(few.length - first)];
    }
    for (int k : numbersWanted(of.shape().columns())) {
      check(" of special values", of, x, k);
    }
  }

  @ParameterizedTest
  @MethodSource("io.rowwise.backend.contract.Cases#originsAndTypes")
  default void topKOfRowsInOrder(Origin origin, ElementType type) {
    for (int direction : new int[] {-1, 0, 1}) {
      Rows of = new Rows(origin, type, new Shape(2, 300), Layout.WHOLE, Layout.WHOLE);
      double[] x = new double[of.shape().elements()];
      for (int i = 0; i < x.length; i++) {
        x[i] = direction * (i % 300);
      }
      check(" of numbers in order", of, x, 40);
    }
  }
}
