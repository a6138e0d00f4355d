package io.rowwise.backend.contract;

import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.backend.contract.Cases.Rows;
import io.rowwise.backend.contract.Cases.Shape;
import io.rowwise.kernel.CrossEntropy;
import io.rowwise.kernel.CrossEntropyGradient;
import io.rowwise.kernel.Targets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The mean cross-entropy of rows of logits, and its gradient. */
public interface CrossEntropyContract extends BackendUnderTest {
  @ParameterizedTest
  @MethodSource("io.rowwise.backend.contract.Cases#logitsOfEveryType")
  default void lossAndGradientForOneHotTargets(Rows of) {
    RandomValues random = new RandomValues(of.type(), 41);
    double[] z = random.normal(of.shape().elements(), 3);
    double[] targets = random.oneHot(of.shape().rows(), of.shape().columns());
    checkLossAndGradient(of, z, targets);
  }

  @ParameterizedTest
  @MethodSource("io.rowwise.backend.contract.Cases#logitsOfEveryType")
  default void lossAndGradientForTargetsThatDoNotSumToOne(Rows of) {
    RandomValues random = new RandomValues(of.type(), 42);
    double[] z = random.normal(of.shape().elements(), 3);
    double[] targets = random.uniform(of.shape().elements(), 0, 1);
    checkLossAndGradient(of, z, targets);
  }

  @ParameterizedTest
  @MethodSource("io.rowwise.backend.contract.Cases#logitsOfEveryType")
  default void lossAndGradientStayFiniteWhereProbabilitiesUnderflow(Rows of) {
    RandomValues random = new RandomValues(of.type(), 43);
    double[] z = random.normal(of.shape().elements(), 3000);
    double[] targets = random.oneHot(of.shape().rows(), of.shape().columns());
    checkLossAndGradient(of, z, targets);
  }

  private void checkLossAndGradient(Rows of, double[] z, double[] y) {
    Shape shape = of.shape();
    Expected logits = Expected.given(shape.rows(), shape.columns(), z);
    ExactRows exact = new ExactRows(of.type(), this::sumUlps);
    Expected expectedGradient = exact.gradient(logits, y);
    try (Workspace workspace = new Workspace(backend(), of.type());
        CrossEntropy crossEntropy = of.origin().kernel(backend(), CrossEntropy.TYPE);
        CrossEntropyGradient crossEntropyGradient =
            of.origin().kernel(backend(), CrossEntropyGradient.TYPE)) {
      Matrix in = workspace.input(of.input(), shape.rows(), shape.columns(), z);
      Matrix targets = workspace.input(of.input(), shape.rows(), shape.columns(), y);
      Matrix loss = workspace.number(of.output());
      crossEntropy.apply(in, Targets.ofProbabilities(targets), loss);
      Accuracy.assertWithin(
          of + ": cross-entropy",
          of.type().computedIn(),
          exact.crossEntropy(logits, y),
          loss.toDoubles());

      Matrix gradient = workspace.output(of.output(), shape.rows(), shape.columns());
      crossEntropyGradient.apply(in, Targets.ofProbabilities(targets), gradient);
      Accuracy.assertWithin(
          of + ": cross-entropy-gradient", of.type(), expectedGradient, gradient.toDoubles());

      Matrix inPlace = workspace.changing(of.output(), shape.rows(), shape.columns(), z);
      crossEntropyGradient.apply(inPlace, Targets.ofProbabilities(targets), inPlace);
      Accuracy.assertWithin(
          of + ": cross-entropy-gradient in place",
          of.type(),
          expectedGradient,
          inPlace.toDoubles());
      workspace.check();
    }
  }

  @ParameterizedTest
  @MethodSource("io.rowwise.backend.contract.Cases#originsAndTypes")
  default void saturatedLogitsHaveTheirLossByHand(Origin origin, ElementType type) {
    try (Workspace workspace = new Workspace(backend(), type);
        CrossEntropy crossEntropy = origin.kernel(backend(), CrossEntropy.TYPE);
        CrossEntropyGradient crossEntropyGradient =
            origin.kernel(backend(), CrossEntropyGradient.TYPE)) {
      // The wanted class is hopeless in the first row and certain in the second.
      Matrix logits = workspace.input(2, 3, 0, -2000, -1000, 5000, 0, -5000);
      Matrix targets = workspace.input(2, 3, 0, 1, 0, 1, 0, 0);
      Matrix loss = workspace.output(1, 1);
      Matrix gradient = workspace.output(2, 3);
      crossEntropy.apply(logits, Targets.ofProbabilities(targets), loss);
      crossEntropyGradient.apply(logits, Targets.ofProbabilities(targets), gradient);
      Accuracy.assertSame("cross-entropy", new double[] {1000}, loss.toDoubles());
      Accuracy.assertSame(
          "cross-entropy-gradient", new double[] {0.5, -0.5, 0, 0, 0, 0}, gradient.toDoubles());
    }
  }

  @ParameterizedTest
  @EnumSource(Origin.class)
  default void oneLossKernelServesOneShapeAndTypeAfterAnother(Origin origin) {
    try (CrossEntropy crossEntropy = origin.kernel(backend(), CrossEntropy.TYPE);
        CrossEntropyGradient crossEntropyGradient =
            origin.kernel(backend(), CrossEntropyGradient.TYPE)) {
      for (Shape shape :
          new Shape[] {new Shape(5, 3), new Shape(2, 7), new Shape(9, 3), new Shape(4, 3)}) {
        for (ElementType current : ElementType.arithmetic()) {
          RandomValues random = new RandomValues(current, 44);
          double[] z = random.normal(shape.elements());
          double[] y = random.oneHot(shape.rows(), shape.columns());
          Expected logits = Expected.given(shape.rows(), shape.columns(), z);
          ExactRows exact = new ExactRows(current, this::sumUlps);
          try (Workspace workspace = new Workspace(backend(), current)) {
            Matrix in = workspace.input(shape.rows(), shape.columns(), z);
            Matrix targets = workspace.input(shape.rows(), shape.columns(), y);
            Matrix loss = workspace.output(1, 1);
            Matrix gradient = workspace.output(shape.rows(), shape.columns());
            crossEntropy.apply(in, Targets.ofProbabilities(targets), loss);
            crossEntropyGradient.apply(in, Targets.ofProbabilities(targets), gradient);
            Accuracy.assertWithin(
                "cross-entropy", current, exact.crossEntropy(logits, y), loss.toDoubles());
            Accuracy.assertWithin(
                "cross-entropy-gradient", current, exact.gradient(logits, y), gradient.toDoubles());
          }
        }
      }
    }
  }
}
