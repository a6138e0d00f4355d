package io.rowwise.backend.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.backend.contract.Cases.Rows;
import io.rowwise.backend.contract.Cases.Shape;
import io.rowwise.kernel.LogSoftmax;
import io.rowwise.kernel.Softmax;
import io.rowwise.reference.Reference;
import java.util.Arrays;
import java.util.stream.DoubleStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Softmax and its logarithm. */
public interface SoftmaxContract extends BackendUnderTest {
  /** PyTorch's rows with special values; float32 has a number of its own for the largest. */
  static double[] specialRows(ElementType type) {
    return Arrays.stream(Reference.npy("softmax_special_z.npy").doubles())
        .map(value -> representable(type, value))
        .toArray();
  }

  private static double representable(ElementType type, double value) {
    boolean large = Double.isFinite(value) && Math.abs(value) > Float.MAX_VALUE;
    return large && type == ElementType.FLOAT32 ? Math.copySign(3e38f, value) : value;
  }

  /** Rows of logits from nearly equal ones to ones that leave but one probability. */
  static double[] logits(ElementType type, Shape shape) {
    double[] spreads = {1e-3, 1, 10, 60, 300, 1e4};
    double[] values = new RandomValues(type, 31).normal(shape.elements());
    for (int i = 0; i < values.length; i++) {
      values[i] *= spreads[i / shape.columns() % spreads.length];
    }
    return RandomValues.rounded(type, values);
  }

  private static double[] distances(Expected logits) {
    DoubleStream all = DoubleStream.empty();
    for (int row = 0; row < logits.rows(); row++) {
      all =
          DoubleStream.concat(
              all,
              Arrays.stream(ExactRows.distancesFromMax(logits, row)).mapToDouble(d -> -d.high()));
    }
    return all.toArray();
  }

  private static double[] logSoftmaxSizes(Expected logits) {
    DoubleStream all = DoubleStream.empty();
    for (int row = 0; row < logits.rows(); row++) {
      DoubleDouble[] distances = ExactRows.distancesFromMax(logits, row);
      DoubleDouble logSum = ExactRows.logOfSum(distances);
      all =
          DoubleStream.concat(
              all, Arrays.stream(distances).mapToDouble(d -> ExactRows.logSoftmaxSize(d, logSum)));
    }
    return all.toArray();
  }

  private void assertSoftmax(
      String what,
      Origin origin,
      ElementType type,
      Expected logits,
      DoubleDouble[] truth,
      double truthUlps,
      double[] actual) {
    double[] distances = distances(logits);
    Accuracy.assertUlps(
        what,
        type,
        truth,
        actual,
        i -> origin.softmaxUlps(this, distances[i], logits.columns()) + truthUlps);
  }

  private void assertLogSoftmax(
      String what,
      Origin origin,
      ElementType type,
      Expected logits,
      DoubleDouble[] truth,
      double truthUlps,
      double[] actual) {
    double[] sizes = logSoftmaxSizes(logits);
    double[] bounds = new double[sizes.length];
    for (int i = 0; i < bounds.length; i++) {
      double ulps = origin.logSoftmaxUlps(this, logits.columns()) + truthUlps;
      bounds[i] = ulps * Accuracy.ulp(type, sizes[i]);
    }
    Accuracy.assertWithin(
        what, type, new Expected(logits.rows(), logits.columns(), truth, bounds), actual);
  }

  @ParameterizedTest
  @MethodSource("io.rowwise.backend.contract.Cases#logitsOfEveryType")
  default void softmaxOfEachRow(Rows of) {
    Shape shape = of.shape();
    double[] z = logits(of.type(), shape);
    Expected logits = Expected.given(shape.rows(), shape.columns(), z);
    DoubleDouble[] truth = exactRows(of.type()).softmax(logits).values();
    try (Workspace workspace = new Workspace(backend(), of.type());
        Softmax softmax = of.origin().kernel(backend(), Softmax.TYPE)) {
      Matrix in = workspace.input(of.input(), shape.rows(), shape.columns(), z);
      Matrix out = workspace.output(of.output(), shape.rows(), shape.columns());
      softmax.apply(in, out);
      double[] actual = out.toDoubles();
      assertSoftmax(of + ": softmax", of.origin(), of.type(), logits, truth, 0, actual);
      Matrix inPlace = workspace.changing(of.input(), shape.rows(), shape.columns(), z);
      softmax.apply(inPlace, inPlace);
      assertSoftmax(
          of + ": softmax in place", of.origin(), of.type(), logits, truth, 0, inPlace.toDoubles());
      workspace.check();
    }
  }

  @ParameterizedTest
  @MethodSource("io.rowwise.backend.contract.Cases#logitsOfEveryType")
  default void logSoftmaxOfEachRow(Rows of) {
    Shape shape = of.shape();
    double[] z = logits(of.type(), shape);
    Expected logits = Expected.given(shape.rows(), shape.columns(), z);
    DoubleDouble[] truth = exactRows(of.type()).logSoftmax(logits).values();
    try (Workspace workspace = new Workspace(backend(), of.type());
        LogSoftmax logSoftmax = of.origin().kernel(backend(), LogSoftmax.TYPE)) {
      Matrix in = workspace.input(of.input(), shape.rows(), shape.columns(), z);
      Matrix out = workspace.output(of.output(), shape.rows(), shape.columns());
      logSoftmax.apply(in, out);
      assertLogSoftmax(
          of + ": log-softmax", of.origin(), of.type(), logits, truth, 0, out.toDoubles());
      Matrix inPlace = workspace.changing(of.input(), shape.rows(), shape.columns(), z);
      logSoftmax.apply(inPlace, inPlace);
      assertLogSoftmax(
          of + ": log-softmax in place",
          of.origin(),
          of.type(),
          logits,
          truth,
          0,
          inPlace.toDoubles());
      workspace.check();
    }
  }

  @ParameterizedTest
  @MethodSource("io.rowwise.backend.contract.Cases#referenceClasses")
  default void softmaxOfTheReferenceRows(int classes) {
    Expected logits = Expected.of(Reference.npy("softmax_" + classes + "_z.npy"));
    Expected p = Expected.of(Reference.npy("softmax_" + classes + "_p.npy"));
    Expected logP = Expected.of(Reference.npy("softmax_" + classes + "_logp.npy"));
    double[] z = Arrays.stream(logits.values()).mapToDouble(DoubleDouble::high).toArray();
    ElementType type = ElementType.FLOAT64;
    for (Origin origin : Origin.values()) {
      try (Workspace workspace = new Workspace(backend(), type);
          Softmax softmax = origin.kernel(backend(), Softmax.TYPE);
          LogSoftmax logSoftmax = origin.kernel(backend(), LogSoftmax.TYPE)) {
        Matrix in = workspace.input(logits.rows(), classes, z);
        Matrix out = workspace.output(logits.rows(), classes);
        // The files hold the true values rounded to double: half an ulp, and a little more for
        // having passed through 64 binary digits.
        double truthUlps = 0.51;
        softmax.apply(in, out);
        assertSoftmax(
            origin + " softmax", origin, type, logits, p.values(), truthUlps, out.toDoubles());
        logSoftmax.apply(in, out);
        assertLogSoftmax(
            origin + " log-softmax",
            origin,
            type,
            logits,
            logP.values(),
            truthUlps,
            out.toDoubles());
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOAT32", "FLOAT64"})
  default void specialRowsGiveWhatPyTorchGives(ElementType type) {
    double[] z = specialRows(type);
    int rows = z.length / 3;
    Expected p = Expected.given(rows, 3, Reference.npy("softmax_special_p.npy").doubles());
    Expected logP =
        Expected.given(
            rows,
            3,
            Arrays.stream(Reference.npy("softmax_special_logp.npy").doubles())
                .map(value -> representable(type, value))
                .toArray());
    for (Origin origin : Origin.values()) {
      try (Workspace workspace = new Workspace(backend(), type);
          Softmax softmax = origin.kernel(backend(), Softmax.TYPE);
          LogSoftmax logSoftmax = origin.kernel(backend(), LogSoftmax.TYPE)) {
        Matrix in = workspace.input(rows, 3, z);
        Matrix out = workspace.output(rows, 3);
        // None is far from its row's maximum, but where the answer is exact. PyTorch's are within
        // an ulp or two themselves.
        double ulps = 3 + origin.softmaxUlps(this, 1, 3);
        softmax.apply(in, out);
        Accuracy.assertUlps(
            origin + " " + type + " softmax", type, p.values(), out.toDoubles(), i -> ulps);
        logSoftmax.apply(in, out);
        Accuracy.assertUlps(
            origin + " " + type + " log-softmax", type, logP.values(), out.toDoubles(), i -> ulps);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOAT32", "FLOAT64"})
  default void aSpecialRowLeavesItsNeighboursAlone(ElementType type) {
    int columns = 65;
    double[] z = new RandomValues(type, 32).normal(5 * columns);
    Expected logits = Expected.given(5, columns, z.clone());
    z[columns + 64] = Double.NaN;
    z[3 * columns + 1] = Double.POSITIVE_INFINITY;
    DoubleDouble[] truth = exactRows(type).softmax(logits).values();
    for (int i = 0; i < columns; i++) {
      truth[columns + i] = DoubleDouble.of(Double.NaN);
      truth[3 * columns + i] = DoubleDouble.of(Double.NaN);
    }
    for (Origin origin : Origin.values()) {
      try (Workspace workspace = new Workspace(backend(), type);
          Softmax softmax = origin.kernel(backend(), Softmax.TYPE)) {
        Matrix out = workspace.output(5, columns);
        softmax.apply(workspace.input(5, columns, z), out);
        assertSoftmax(origin + " softmax", origin, type, logits, truth, 0, out.toDoubles());
      }
    }
  }

  /** Where a thread may see no number before it and none after it, in rows that no memory holds. */
  @ParameterizedTest
  @EnumSource(names = {"FLOAT32", "FLOAT64"})
  default void aNaNAmongHopelessClassesMakesItsRowNaN(ElementType type) {
    for (int columns : new int[] {7, 300, 25_001, 25_004}) {
      double[] z = new RandomValues(type, 33).normal(columns);
      Arrays.fill(z, 0, columns / 6, Double.NEGATIVE_INFINITY);
      z[1] = Double.NaN;
      double[] nan = new double[columns];
      Arrays.fill(nan, Double.NaN);
      try (Workspace workspace = new Workspace(backend(), type);
          Softmax softmax = backend().kernel(Softmax.TYPE);
          LogSoftmax logSoftmax = backend().kernel(LogSoftmax.TYPE)) {
        Matrix in = workspace.input(1, columns, z);
        Matrix out = workspace.output(1, columns);
        softmax.apply(in, out);
        Accuracy.assertSame(type + " softmax of " + columns, nan, out.toDoubles());
        logSoftmax.apply(in, out);
        Accuracy.assertSame(type + " log-softmax of " + columns, nan, out.toDoubles());
      }
    }
  }

  @ParameterizedTest
  @MethodSource("io.rowwise.backend.contract.Cases#originsAndTypes")
  default void nothingComesOfNoRowsOrNoColumns(Origin origin, ElementType type) {
    try (Workspace workspace = new Workspace(backend(), type);
        Softmax softmax = origin.kernel(backend(), Softmax.TYPE);
        LogSoftmax logSoftmax = origin.kernel(backend(), LogSoftmax.TYPE)) {
      for (Shape shape : new Shape[] {new Shape(0, 3), new Shape(3, 0), new Shape(0, 0)}) {
        Matrix in = workspace.input(shape.rows(), shape.columns());
        Matrix out = workspace.output(shape.rows(), shape.columns());
        softmax.apply(in, out);
        logSoftmax.apply(in, out);
        assertEquals(0, out.toDoubles().length);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("io.rowwise.backend.contract.Cases#originsAndTypes")
  default void oneKernelServesOneShapeAfterAnother(Origin origin, ElementType type) {
    ElementType other = type == ElementType.FLOAT32 ? ElementType.FLOAT64 : ElementType.FLOAT32;
    try (Softmax softmax = origin.kernel(backend(), Softmax.TYPE);
        LogSoftmax logSoftmax = origin.kernel(backend(), LogSoftmax.TYPE)) {
      Shape[] shapes = {
        new Shape(5, 3), new Shape(2, 7), new Shape(33, 3), new Shape(4, 3), new Shape(33, 3)
      };
      for (ElementType current : new ElementType[] {type, other, type}) {
        for (Shape shape : shapes) {
          double[] z = logits(current, shape);
          Expected logits = Expected.given(shape.rows(), shape.columns(), z);
          try (Workspace workspace = new Workspace(backend(), current)) {
            Matrix in = workspace.input(shape.rows(), shape.columns(), z);
            Matrix out = workspace.output(shape.rows(), shape.columns());
            softmax.apply(in, out);
            assertSoftmax(
                current + " softmax " + shape,
                origin,
                current,
                logits,
                exactRows(current).softmax(logits).values(),
                0,
                out.toDoubles());
            logSoftmax.apply(in, out);
            assertLogSoftmax(
                current + " log-softmax " + shape,
                origin,
                current,
                logits,
                exactRows(current).logSoftmax(logits).values(),
                0,
                out.toDoubles());
          }
        }
      }
    }
  }

  private ExactRows exactRows(ElementType type) {
    return new ExactRows(type, this::sumUlps);
  }
}
