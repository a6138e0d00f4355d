package io.rowwise.backend.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.kernel.CrossEntropy;
import io.rowwise.kernel.CrossEntropyGradient;
import io.rowwise.kernel.Evaluation;
import io.rowwise.kernel.Targets;
import io.rowwise.kernel.TrainingStep;
import java.util.Arrays;
import java.util.Locale;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Losses and accuracies of rows that have no number for a class, or for any: a logit of {@code
 * -inf} costs only where it is wanted, and a row of NaN is not of class 0.
 */
public interface SpecialRowsContract extends BackendUnderTest {
  /** Rows of logits of which every third class, from the second on, is {@code -inf}. */
  @SuppressWarnings("ArrayRecordComponent") // Never compared, only carried.
  record Hopeless(int rows, int classes, double[] logits, double[] targets) {
    static boolean isHopeless(int column) {
      return column % 3 == 1;
    }

    /** Nobody wants a hopeless class. */
    static Hopeless of(ElementType type, int rows, int classes, boolean oneHot) {
      RandomValues random = new RandomValues(type, 81);
      double[] logits = random.normal(rows * classes, 3);
      double[] targets = random.uniform(rows * classes, 0, 1);
      if (oneHot) {
        Arrays.fill(targets, 0);
        for (int row = 0; row < rows; row++) {
          targets[row * classes + (3 * row < classes ? 3 * row : 0)] = 1;
        }
      }
      for (int i = 0; i < logits.length; i++) {
        if (isHopeless(i % classes)) {
          logits[i] = Double.NEGATIVE_INFINITY;
          targets[i] = 0;
        }
      }
      return new Hopeless(rows, classes, logits, targets);
    }

    int classesLeft() {
      int left = 0;
      for (int j = 0; j < classes; j++) {
        left += isHopeless(j) ? 0 : 1;
      }
      return left;
    }

    /** The columns of the other classes. */
    double[] left(double[] values) {
      double[] left = new double[rows * classesLeft()];
      int next = 0;
      for (int i = 0; i < values.length; i++) {
        if (!isHopeless(i % classes)) {
          left[next++] = values[i];
        }
      }
      return left;
    }
  }

  @ParameterizedTest
  @MethodSource("io.rowwise.backend.contract.Cases#originsAndTypes")
  default void aHopelessClassThatIsNotWantedCostsNothing(Origin origin, ElementType type) {
    for (int classes : Cases.FEW_AND_MANY_CLASSES) {
      checkLossAndGradient(origin, type, Hopeless.of(type, 4, classes, true));
      checkLossAndGradient(origin, type, Hopeless.of(type, 4, classes, false));
    }
  }

  private void checkLossAndGradient(Origin origin, ElementType type, Hopeless of) {
    ExactRows exact = new ExactRows(type, this::sumUlps);
    Expected logits = Expected.given(of.rows(), of.classesLeft(), of.left(of.logits()));
    double[] wanted = of.left(of.targets());
    String what = String.format(Locale.ROOT, "%s %s, %d classes: ", origin, type, of.classes());
    try (Workspace workspace = new Workspace(backend(), type);
        CrossEntropy crossEntropy = origin.kernel(backend(), CrossEntropy.TYPE);
        CrossEntropyGradient crossEntropyGradient =
            origin.kernel(backend(), CrossEntropyGradient.TYPE)) {
      Matrix in = workspace.input(of.rows(), of.classes(), of.logits());
      Matrix targets = workspace.input(of.rows(), of.classes(), of.targets());
      Matrix loss = workspace.output(1, 1);
      Matrix gradient = workspace.output(of.rows(), of.classes());
      crossEntropy.apply(in, Targets.ofProbabilities(targets), loss);
      Accuracy.assertWithin(
          what + "cross-entropy", type, exact.crossEntropy(logits, wanted), loss.toDoubles());
      crossEntropyGradient.apply(in, Targets.ofProbabilities(targets), gradient);
      double[] all = gradient.toDoubles();
      Accuracy.assertWithin(
          what + "cross-entropy-gradient", type, exact.gradient(logits, wanted), of.left(all));
      for (int i = 0; i < all.length; i++) {
        if (Hopeless.isHopeless(i % of.classes())) {
          assertEquals(0, all[i] + 0.0, what + "cross-entropy-gradient of a hopeless class");
        }
      }
      workspace.check();
    }
  }

  @ParameterizedTest
  @MethodSource("io.rowwise.backend.contract.Cases#originsAndTypes")
  default void aHopelessClassThatIsWantedCostsInfinity(Origin origin, ElementType type) {
    for (int classes : new int[] {3, 10, 50, 1001}) {
      for (double wanted : new double[] {1, 0.5}) {
        double[] logits = new double[2 * classes];
        double[] targets = new double[2 * classes];
        logits[1] = Double.NEGATIVE_INFINITY;
        logits[2] = Double.NEGATIVE_INFINITY;
        targets[1] = wanted;
        targets[classes] = 1;
        try (Workspace workspace = new Workspace(backend(), type);
            CrossEntropy crossEntropy = origin.kernel(backend(), CrossEntropy.TYPE);
            CrossEntropyGradient crossEntropyGradient =
                origin.kernel(backend(), CrossEntropyGradient.TYPE)) {
          Matrix in = workspace.input(2, classes, logits);
          Matrix y = workspace.input(2, classes, targets);
          Matrix loss = workspace.output(1, 1);
          Matrix gradient = workspace.output(2, classes);
          crossEntropy.apply(in, Targets.ofProbabilities(y), loss);
          crossEntropyGradient.apply(in, Targets.ofProbabilities(y), gradient);
          assertEquals(Double.POSITIVE_INFINITY, loss.toDoubles()[0], classes + " classes");
          assertEquals(-wanted / 2, gradient.toDoubles()[1], classes + " classes");
          assertEquals(0, gradient.toDoubles()[2] + 0.0, classes + " classes");
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("io.rowwise.backend.contract.Cases#originsAndTypes")
  default void evaluationTakesHopelessClasses(Origin origin, ElementType type) {
    for (int classes : new int[] {3, 10, 50, 1001}) {
      double[] bias = new double[classes];
      for (int j = 0; j < classes; j++) {
        bias[j] = Hopeless.isHopeless(j) ? Double.NEGATIVE_INFINITY : 0;
      }
      int left = (int) Arrays.stream(bias).filter(Double::isFinite).count();
      double[] score = evaluate(origin, type, bias, new int[] {0, 2, 0, 0}, 1);
      // A few roundings of a logarithm of such a size.
      assertEquals(Math.log(left), score[0], 64 * Accuracy.ulp(type, Math.log(left)));
      assertEquals(0.75, score[1]);
      score = evaluate(origin, type, bias, new int[] {0, 1, 0, 0}, 1);
      assertEquals(Double.POSITIVE_INFINITY, score[0]);
      assertEquals(0.75, score[1]);
    }
  }

  @ParameterizedTest
  @MethodSource("io.rowwise.backend.contract.Cases#originsAndTypes")
  default void aRowWithoutProbabilitiesIsWrongWhateverIsWanted(Origin origin, ElementType type) {
    for (int classes : Cases.FEW_AND_MANY_CLASSES) {
      int last = classes - 1;
      for (double special : new double[] {Double.NaN, Double.POSITIVE_INFINITY}) {
        double[] bias = new double[classes];
        bias[last] = special;
        checkAllWrong(origin, type, bias, last);
        bias[0] = special;
        checkAllWrong(origin, type, bias, last);
      }
      for (double special : new double[] {Double.NaN, Double.NEGATIVE_INFINITY}) {
        double[] bias = new double[classes];
        Arrays.fill(bias, special);
        checkAllWrong(origin, type, bias, last);
      }
    }
  }

  private void checkAllWrong(Origin origin, ElementType type, double[] bias, int last) {
    double[] score = evaluate(origin, type, bias, new int[] {0, last, 0}, 1);
    String what = type + ", " + bias.length + " classes, of bias " + bias[0] + " to " + bias[last];
    assertEquals(0, score[1], what);
    assertEquals(Double.NaN, score[0], what);
    score = evaluate(origin, type, bias, new int[] {0, last, 0}, 0.5);
    assertEquals(0, score[1], what + ", not one-hot");
    assertEquals(Double.NaN, score[0], what + ", not one-hot");
  }

  @ParameterizedTest
  @MethodSource("io.rowwise.backend.contract.Cases#originsAndTypes")
  default void aTargetThatIsNaNIsWrong(Origin origin, ElementType type) {
    for (int classes : Cases.FEW_AND_MANY_CLASSES) {
      double[] bias = new double[classes];
      bias[0] = 1;
      double[] score = evaluate(origin, type, bias, new int[] {0, 0}, Double.NaN);
      assertEquals(0, score[1], classes + " classes");
      assertEquals(Double.NaN, score[0], classes + " classes");
    }
  }

  /** Without features every row's logits are the bias. */
  private double[] evaluate(
      Origin origin, ElementType type, double[] bias, int[] labels, double target) {
    int classes = bias.length;
    double[] targets = new double[labels.length * classes];
    for (int row = 0; row < labels.length; row++) {
      targets[row * classes + labels[row]] = target;
    }
    try (Workspace workspace = new Workspace(backend(), type);
        Evaluation evaluation = origin.kernel(backend(), Evaluation.TYPE)) {
      Matrix result = workspace.output(1, 2);
      evaluation.apply(
          workspace.input(labels.length, 0),
          Targets.ofProbabilities(workspace.input(labels.length, classes, targets)),
          workspace.input(0, classes),
          workspace.input(1, classes, bias),
          result);
      workspace.check();
      return result.toDoubles();
    }
  }

  @ParameterizedTest
  @MethodSource("io.rowwise.backend.contract.Cases#originsAndTypes")
  default void onlyTheRowsOfNaNAreWrong(Origin origin, ElementType type) {
    for (int classes : Cases.FEW_AND_MANY_CLASSES) {
      // All rows are of class 0, which is where the first NaN of a row of NaN is.
      double[] weights = new double[2 * classes];
      weights[0] = 1;
      double[] targets = new double[5 * classes];
      for (int row = 0; row < 5; row++) {
        targets[row * classes] = 1;
      }
      double[] x = {1, 0, 2, Double.NaN, Double.NaN, Double.NaN, 3, 0, 4, Double.NaN};
      try (Workspace workspace = new Workspace(backend(), type);
          Evaluation evaluation = origin.kernel(backend(), Evaluation.TYPE)) {
        Matrix result = workspace.output(1, 2);
        evaluation.apply(
            workspace.input(5, 2, x),
            Targets.ofProbabilities(workspace.input(5, classes, targets)),
            workspace.input(2, classes, weights),
            workspace.input(1, classes, new double[classes]),
            result);
        double[] score = result.toDoubles();
        assertEquals(0.4, score[1], 2 * Accuracy.ulp(type, 0.4), classes + " classes");
        assertEquals(Double.NaN, score[0], classes + " classes");
        workspace.check();
      }
    }
  }

  @ParameterizedTest
  @MethodSource("io.rowwise.backend.contract.Cases#originsAndTypes")
  default void aTrainingStepTakesHopelessClasses(Origin origin, ElementType type) {
    try (Workspace workspace = new Workspace(backend(), type);
        TrainingStep step = origin.kernel(backend(), TrainingStep.TYPE)) {
      Matrix weights = workspace.changing(Layout.WHOLE, 1, 3, 0, 0, 0);
      Matrix bias = workspace.changing(Layout.WHOLE, 1, 3, 4000, Double.NEGATIVE_INFINITY, -4000);
      Matrix loss = workspace.output(1, 1);
      step.apply(
          workspace.input(1, 1, 1),
          Targets.ofProbabilities(workspace.input(1, 3, 0, 0, 1)),
          0.5,
          weights,
          bias,
          loss);
      Accuracy.assertSame("loss", new double[] {8000}, loss.toDoubles());
      assertEquals(-0.5, weights.toDoubles()[0]);
      assertEquals(0, weights.toDoubles()[1] + 0.0);
      assertEquals(0.5, weights.toDoubles()[2]);
      Accuracy.assertSame(
          "bias", new double[] {3999.5, Double.NEGATIVE_INFINITY, -3999.5}, bias.toDoubles());
    }
  }
}
