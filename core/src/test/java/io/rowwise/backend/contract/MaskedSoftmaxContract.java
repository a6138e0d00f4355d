package io.rowwise.backend.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.backend.contract.Cases.Rows;
import io.rowwise.backend.contract.Cases.Shape;
import io.rowwise.kernel.MaskedSoftmax;
import io.rowwise.kernel.Softmax;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The softmax of what a mask keeps, over a temperature. */
public interface MaskedSoftmaxContract extends BackendUnderTest {
  /** Some of the first columns are kept in all rows, but for the last of several rows. */
  private static double[] mask(Shape shape, int rows) {
    SplittableRandom random = new SplittableRandom(93);
    double[] values = {0, -0.0, 1, Double.NaN, -2, 0};
    double[] mask = new double[rows * shape.columns()];
    for (int i = 0; i < mask.length; i++) {
      mask[i] = values[random.nextInt(values.length)];
      if (i % shape.columns() == Math.min(1, shape.columns() - 1)) {
        mask[i] = 1;
      }
      if (rows > 2 && i / shape.columns() == rows - 1) {
        mask[i] = 0;
      }
    }
    return mask;
  }

  private void check(Rows of, double[] z, double[] mask, double temperature) {
    Shape shape = of.shape();
    int columns = shape.columns();
    double divisor = RandomValues.rounded(of.type(), temperature);
    double[] logits = new double[z.length];
    Arrays.setAll(
        logits,
        i ->
            mask[i % mask.length] == 0
                ? Double.NEGATIVE_INFINITY
                : RandomValues.rounded(of.type(), z[i] / divisor));
    DoubleDouble[] truth = new DoubleDouble[z.length];
    double[] distances = new double[z.length];
    Expected given = Expected.given(shape.rows(), columns, logits);
    for (int row = 0; row < shape.rows(); row++) {
      double max = Arrays.stream(logits, row * columns, (row + 1) * columns).max().orElseThrow();
      DoubleDouble sum = DoubleDouble.ZERO;
      for (int i = row * columns; i < (row + 1) * columns; i++) {
        boolean isKept = logits[i] != Double.NEGATIVE_INFINITY;
        truth[i] = isKept ? given.values()[i].plus(-max).exp() : DoubleDouble.ZERO;
        distances[i] = isKept ? max - logits[i] : 0;
        sum = sum.plus(truth[i]);
      }
      for (int i = row * columns; i < (row + 1) * columns; i++) {
        truth[i] = sum.high() == 0 ? DoubleDouble.of(Double.NaN) : truth[i].dividedBy(sum);
      }
    }
    try (Workspace workspace = new Workspace(backend(), of.type());
        MaskedSoftmax softmax = of.origin().kernel(backend(), MaskedSoftmax.TYPE)) {
      Matrix in = workspace.input(of.input(), shape.rows(), columns, z);
      Matrix kept = workspace.input(of.input(), mask.length / columns, columns, mask);
      Matrix out = workspace.output(of.output(), shape.rows(), columns);
      softmax.apply(in, kept, temperature, out);
      String what = of + " over " + temperature + ", a mask for " + kept.rows() + " rows";
      Accuracy.assertUlps(
          what,
          of.type(),
          truth,
          out.toDoubles(),
          i -> of.origin().softmaxUlps(this, distances[i], columns));
      Matrix inPlace = workspace.changing(of.input(), shape.rows(), columns, z);
      softmax.apply(inPlace, kept, temperature, inPlace);
      Accuracy.assertUlps(
          what + " in place",
          of.type(),
          truth,
          inPlace.toDoubles(),
          i -> of.origin().softmaxUlps(this, distances[i], columns));
      workspace.check();
    }
  }

  @ParameterizedTest
  @MethodSource("io.rowwise.backend.contract.Cases#logits")
  default void softmaxOfWhatAMaskKeeps(Rows of) {
    Shape shape = of.shape();
    double[] z = new RandomValues(of.type(), 94).normal(shape.elements(), 5);
    double[] ofRows = mask(shape, shape.rows());
    double[] ofAll = mask(shape, 1);
    for (double[] mask : new double[][] {ofRows, ofAll}) {
      double[] masked = z.clone();
      // Whatever is left out does not matter.
      for (int i = 0; i < masked.length; i += 3) {
        if (mask[i % mask.length] == 0) {
          masked[i] = i % 2 == 0 ? Double.NaN : Double.POSITIVE_INFINITY;
        }
      }
      check(of, masked, mask, 0.3);
      double smallest = of.type() == ElementType.FLOAT32 ? Float.MIN_VALUE : Double.MIN_VALUE;
      double[] ofNumbers = Arrays.stream(mask).map(m -> Double.isNaN(m) ? smallest : m).toArray();
      check(of, z, ofNumbers, 1);
    }
  }

  @ParameterizedTest
  @MethodSource("io.rowwise.backend.contract.Cases#originsAndTypes")
  default void aMaskThatKeepsAllAndATemperatureOf1ChangeNothing(Origin origin, ElementType type) {
    double[] z = SoftmaxContract.specialRows(type);
    int rows = z.length / 3;
    try (Workspace workspace = new Workspace(backend(), type);
        Softmax softmax = origin.kernel(backend(), Softmax.TYPE);
        MaskedSoftmax masked = origin.kernel(backend(), MaskedSoftmax.TYPE)) {
      Matrix in = workspace.input(rows, 3, z);
      Matrix out = workspace.output(rows, 3);
      Matrix expected = workspace.output(rows, 3);
      softmax.apply(in, expected);
      masked.apply(in, workspace.input(1, 3, 1, 1, 1), 1, out);
      DoubleDouble[] truth =
          Arrays.stream(expected.toDoubles())
              .mapToObj(DoubleDouble::of)
              .toArray(DoubleDouble[]::new);
      // Each is so close to the truth.
      double ulps = 2 * origin.softmaxUlps(this, 1, 3);
      Accuracy.assertUlps(
          origin + " " + type + " softmax", type, truth, out.toDoubles(), i -> ulps);
    }
  }

  @ParameterizedTest
  @MethodSource("io.rowwise.backend.contract.Cases#originsAndTypes")
  default void aMaskOfNoRowsOrNoColumnsIsNoWork(Origin origin, ElementType type) {
    try (Workspace workspace = new Workspace(backend(), type);
        MaskedSoftmax masked = origin.kernel(backend(), MaskedSoftmax.TYPE)) {
      for (Shape shape : new Shape[] {new Shape(0, 3), new Shape(3, 0)}) {
        Matrix in = workspace.input(shape.rows(), shape.columns());
        Matrix out = workspace.output(shape.rows(), shape.columns());
        masked.apply(in, in, 1, out);
        masked.apply(in, workspace.output(1, shape.columns()), 1, out);
        assertEquals(0, out.toDoubles().length);
      }
    }
  }
}
