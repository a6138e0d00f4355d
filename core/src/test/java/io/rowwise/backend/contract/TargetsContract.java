package io.rowwise.backend.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.kernel.CrossEntropy;
import io.rowwise.kernel.CrossEntropyGradient;
import io.rowwise.kernel.Evaluation;
import io.rowwise.kernel.LinearCrossEntropy;
import io.rowwise.kernel.Targets;
import io.rowwise.kernel.TrainingEpoch;
import io.rowwise.kernel.TrainingStep;
import java.util.Arrays;
import java.util.Locale;
import java.util.function.IntPredicate;
import java.util.function.IntUnaryOperator;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Class numbers, ignored rows and weights: the same as one-hot rows that are there as often as they
 * count.
 */
public interface TargetsContract extends BackendUnderTest {
  @ParameterizedTest
  @MethodSource("io.rowwise.backend.contract.Cases#originsAndTypes")
  default void classNumbersAreOneHotRows(Origin origin, ElementType type) {
    for (int[] shape : CountedRows.SHAPES) {
      for (Layout layout : Layout.values()) {
        new CountedRows(this, origin, type, layout, shape[0], shape[1]).check("class numbers");
      }
    }
  }

  @ParameterizedTest
  @MethodSource("io.rowwise.backend.contract.Cases#originsAndTypes")
  default void aWeightIsHowOftenARowIsThere(Origin origin, ElementType type) {
    for (int[] shape : CountedRows.SHAPES) {
      CountedRows rows = new CountedRows(this, origin, type, Layout.COLUMNS, shape[0], shape[1]);
      rows.weigh(i -> new int[] {2, 1, 0, 3}[i % 4]);
      rows.check("weights");
      rows.asProbabilities();
      rows.check("weights of probabilities");
    }
  }

  @ParameterizedTest
  @MethodSource("io.rowwise.backend.contract.Cases#originsAndTypes")
  default void anIgnoredRowIsNotThere(Origin origin, ElementType type) {
    for (int i = 0; i < CountedRows.SHAPES.length; i++) {
      int[] shape = CountedRows.SHAPES[i];
      double ignored = new double[] {-1, -100, shape[1]}[i % 3];
      CountedRows rows = new CountedRows(this, origin, type, Layout.WHOLE, shape[0], shape[1]);
      rows.ignore(ignored, row -> row % 3 == 1);
      rows.check("ignored rows");
      rows.weigh(row -> new int[] {2, 1, 0, 3}[row % 4]);
      rows.check("ignored rows and weights");
    }
  }

  /** By one launch, by products, and with fewer rows in the last batch. */
  @ParameterizedTest
  @MethodSource("io.rowwise.backend.contract.Cases#originsAndTypes")
  default void eachBatchOfAnEpochDividesByItsOwnWeights(Origin origin, ElementType type) {
    for (int classes : new int[] {3, 40}) {
      CountedRows rows = new CountedRows(this, origin, type, Layout.COLUMNS, 11, classes);
      rows.checkBatches("class numbers in batches");
      rows.weigh(i -> new int[] {2, 1, 3, 1}[i % 4]);
      rows.checkBatches("weights in batches");
      rows.ignore(-1, i -> i % 3 == 1);
      rows.checkBatches("ignored rows and weights in batches");
    }
  }

  @ParameterizedTest
  @MethodSource("io.rowwise.backend.contract.Cases#originsAndTypes")
  default void aNumberThatNoClassHasIsNaN(Origin origin, ElementType type) {
    for (int classes : new int[] {3, 9}) {
      for (double wrong : new double[] {-1, classes, 0.5, Double.NaN, Double.POSITIVE_INFINITY}) {
        try (Workspace workspace = new Workspace(backend(), type);
            CrossEntropy crossEntropy = origin.kernel(backend(), CrossEntropy.TYPE);
            CrossEntropyGradient crossEntropyGradient =
                origin.kernel(backend(), CrossEntropyGradient.TYPE);
            Evaluation evaluation = origin.kernel(backend(), Evaluation.TYPE)) {
          Targets targets = Targets.ofClasses(workspace.input(2, 1, 0, wrong));
          Matrix logits = workspace.input(2, classes, new double[2 * classes]);
          Matrix loss = workspace.output(1, 1);
          Matrix gradient = workspace.output(2, classes);
          Matrix result = workspace.output(1, 2);
          crossEntropy.apply(logits, targets, loss);
          crossEntropyGradient.apply(logits, targets, gradient);
          evaluation.apply(
              workspace.input(2, 0),
              targets,
              workspace.input(0, classes),
              workspace.input(1, classes, new double[classes]),
              result);
          assertEquals(Double.NaN, loss.toDoubles()[0], "loss of class " + wrong);
          double[] ofBoth = gradient.toDoubles();
          assertTrue(
              Arrays.stream(ofBoth, 0, classes).allMatch(Double::isFinite)
                  && Arrays.stream(ofBoth, classes, 2 * classes).allMatch(Double::isNaN),
              "gradient of class " + wrong + ": " + Arrays.toString(ofBoth));
          assertEquals(0.5, result.toDoubles()[1], "accuracy of class " + wrong);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("io.rowwise.backend.contract.Cases#originsAndTypes")
  default void whereNoRowCountsTheMeanIsNaN(Origin origin, ElementType type) {
    try (Workspace workspace = new Workspace(backend(), type);
        CrossEntropy crossEntropy = origin.kernel(backend(), CrossEntropy.TYPE)) {
      Matrix loss = workspace.output(1, 1);
      Matrix logits = workspace.input(2, 3, 1, 2, 3, 4, 5, 6);
      Matrix classes = workspace.input(2, 1, -1, -1);
      crossEntropy.apply(logits, Targets.ofClasses(classes).ignoring(-1), loss);
      assertEquals(Double.NaN, loss.toDoubles()[0]);
    }
  }

  @ParameterizedTest
  @MethodSource("io.rowwise.backend.contract.Cases#originsAndTypes")
  default void targetsThatDoNotFitAreRefused(Origin origin, ElementType type) {
    try (Workspace workspace = new Workspace(backend(), type);
        CrossEntropy crossEntropy = origin.kernel(backend(), CrossEntropy.TYPE)) {
      Matrix logits = workspace.input(2, 3, new double[6]);
      Matrix loss = workspace.output(1, 1);
      Matrix classes = workspace.input(2, 1, 0, 1);
      assertRefused(
          "cross-entropy: the targets' class numbers are 1x1, wanted 2x1",
          () -> crossEntropy.apply(logits, Targets.ofClasses(classes.rows(0, 1)), loss));
      assertRefused(
          "cross-entropy: the targets' weights is 1x1, wanted 2x1",
          () -> {
            Targets targets = Targets.ofClasses(classes).weights(classes.rows(0, 1));
            crossEntropy.apply(logits, targets, loss);
          });
      assertRefused(
          "cross-entropy: targets is 2x2, wanted 2x3",
          () ->
              crossEntropy.apply(
                  logits, Targets.ofProbabilities(workspace.input(2, 2, 1, 0, 0, 1)), loss));
      assertThrows(
          IllegalArgumentException.class,
          () -> crossEntropy.apply(logits, Targets.ofClasses(classes), classes.rows(0, 1)));
    }
  }

  private static void assertRefused(String message, Executable call) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, call).getMessage());
  }
}

/** The same rows twice: as they count, and each as often as it counts. */
final class CountedRows {
  /** Rows and classes: fewer and more than any form of rows takes at once. */
  static final int[][] SHAPES = {{1, 2}, {7, 3}, {40, 8}, {33, 9}, {300, 20}, {9, 300}, {5, 1}};

  private static final int FEATURES = 4;

  private final BackendUnderTest subject;
  private final Origin origin;
  private final ElementType type;
  private final Layout layout;
  private final int rows;
  private final int classes;
  private final double[] x;
  private final double[] weights;
  private final double[] bias;
  private final double[] labels;
  private final double[] numbers;
  private final int[] counts;
  private double ignored = Double.NaN;
  private boolean haveWeights;
  private boolean areProbabilities;
  private final double[] rowWeights;

  CountedRows(
      BackendUnderTest subject,
      Origin origin,
      ElementType type,
      Layout layout,
      int rows,
      int classes) {
    this.subject = subject;
    this.origin = origin;
    this.type = type;
    this.layout = layout;
    this.rows = rows;
    this.classes = classes;
    RandomValues random = new RandomValues(type, 71);
    this.x = random.normal(rows * FEATURES);
    this.weights = random.normal(FEATURES * classes);
    this.bias = random.normal(classes);
    this.labels = new double[rows];
    for (int i = 0; i < rows; i++) {
      labels[i] = (i * 7 + 1) % classes;
    }
    this.numbers = labels.clone();
    this.counts = new int[rows];
    this.rowWeights = new double[rows];
    Arrays.fill(counts, 1);
    Arrays.fill(rowWeights, 1);
  }

  void weigh(IntUnaryOperator count) {
    haveWeights = true;
    for (int i = 0; i < rows; i++) {
      rowWeights[i] = count.applyAsInt(i);
      counts[i] = numbers[i] == ignored ? 0 : count.applyAsInt(i);
    }
  }

  void ignore(double number, IntPredicate which) {
    ignored = number;
    for (int i = 0; i < rows; i++) {
      if (which.test(i)) {
        numbers[i] = number;
        counts[i] = 0;
      }
    }
  }

  void asProbabilities() {
    areProbabilities = true;
  }

  private Targets targets(Workspace workspace) {
    Targets targets =
        areProbabilities
            ? Targets.ofProbabilities(workspace.input(layout, rows, classes, oneHot(1)))
            : Targets.ofClasses(workspace.input(layout, rows, 1, numbers));
    if (!Double.isNaN(ignored)) {
      targets = targets.ignoring(ignored);
    }
    return haveWeights ? targets.weights(workspace.input(layout, rows, 1, rowWeights)) : targets;
  }

  /** Each row so often, or as often as it counts if that is -1. */
  private double[] oneHot(int times) {
    double[] all = new double[total(times) * classes];
    int at = 0;
    for (int i = 0; i < rows; i++) {
      for (int k = 0; k < (times < 0 ? counts[i] : times); k++) {
        all[at * classes + (int) labels[i]] = 1;
        at++;
      }
    }
    return all;
  }

  private int total(int times) {
    return times < 0 ? Arrays.stream(counts).sum() : rows * times;
  }

  /** Rows of so many columns, each as often as it counts. */
  private double[] repeated(double[] values, int columns) {
    double[] all = new double[total(-1) * columns];
    int at = 0;
    for (int i = 0; i < rows; i++) {
      for (int k = 0; k < counts[i]; k++) {
        System.arraycopy(values, i * columns, all, at * columns, columns);
        at++;
      }
    }
    return all;
  }

  /** All kernels; sums of as many terms in another order. */
  void check(String what) {
    int n = FEATURES;
    int all = total(-1);
    if (all == 0) {
      return;
    }
    try (Workspace workspace = new Workspace(subject.backend(), type);
        LinearCrossEntropy objective = origin.kernel(subject.backend(), LinearCrossEntropy.TYPE);
        TrainingStep step = origin.kernel(subject.backend(), TrainingStep.TYPE);
        TrainingEpoch epoch = origin.kernel(subject.backend(), TrainingEpoch.TYPE);
        Evaluation evaluation = origin.kernel(subject.backend(), Evaluation.TYPE)) {
      String name =
          String.format(
              Locale.ROOT, "%s, %s %s %s %dx%d: ", what, origin, type, layout, rows, classes);
      Matrix someX = workspace.input(layout, rows, n, x);
      Matrix allX = workspace.input(all, n, repeated(x, n));
      Targets some = targets(workspace);
      Targets wanted = Targets.ofProbabilities(workspace.input(all, classes, oneHot(-1)));
      Matrix w = workspace.input(layout, n, classes, weights);
      Matrix b = workspace.input(layout, 1, classes, bias);

      Matrix[] of = new Matrix[6];
      for (int i = 0; i < 2; i++) {
        of[3 * i] = workspace.output(layout, 1, 1);
        of[3 * i + 1] = workspace.output(layout, n, classes);
        of[3 * i + 2] = workspace.output(layout, 1, classes);
      }
      objective.apply(someX, some, w, b, of[0], of[1], of[2]);
      objective.apply(allX, wanted, w, b, of[3], of[4], of[5]);
      assertClose(name + "linear-cross-entropy", of[3], of[0]);
      assertClose(name + "gradient of the weights", of[4], of[1]);
      assertClose(name + "gradient of the bias", of[5], of[2]);

      // With a rate of 1 the parameters change by the gradient.
      Matrix stepW = workspace.changing(layout, n, classes, weights);
      Matrix stepB = workspace.changing(layout, 1, classes, bias);
      Matrix stepLoss = workspace.output(1, 1);
      step.apply(someX, some, 1, stepW, stepB, stepLoss);
      assertClose(name + "loss of a step", of[3], stepLoss);
      double[] descended = weights.clone();
      double[] gradient = of[4].toDoubles();
      for (int i = 0; i < descended.length; i++) {
        descended[i] -= gradient[i];
      }
      assertClose(name + "weights of a step", descended, stepW.toDoubles());

      Matrix epochW = workspace.changing(layout, n, classes, weights);
      Matrix epochB = workspace.changing(layout, 1, classes, bias);
      Matrix epochLoss = workspace.output(1, 1);
      epoch.apply(someX, some, rows, 1, epochW, epochB, epochLoss);
      assertClose(name + "loss of an epoch", stepLoss, epochLoss);
      assertClose(name + "weights of an epoch", stepW, epochW);
      assertClose(name + "bias of an epoch", stepB, epochB);

      Matrix someResult = workspace.output(layout, 1, 2);
      Matrix allResult = workspace.output(layout, 1, 2);
      evaluation.apply(someX, some, w, b, someResult);
      evaluation.apply(allX, wanted, w, b, allResult);
      assertClose(name + "evaluation", allResult, someResult);
      workspace.check();
      checkRows(name);
    }
  }

  /** An epoch is a step for each batch, three times: the third may be a recording. */
  void checkBatches(String what) {
    int n = FEATURES;
    int batchRows = 4;
    try (Workspace workspace = new Workspace(subject.backend(), type);
        TrainingStep step = origin.kernel(subject.backend(), TrainingStep.TYPE);
        TrainingEpoch epoch = origin.kernel(subject.backend(), TrainingEpoch.TYPE)) {
      String name = String.format(Locale.ROOT, "%s, %s %s %d: ", what, origin, type, classes);
      Matrix data = workspace.input(layout, rows, n, x);
      Targets wanted = targets(workspace);
      Matrix stepW = workspace.changing(layout, n, classes, weights);
      Matrix stepB = workspace.changing(layout, 1, classes, bias);
      Matrix epochW = workspace.changing(layout, n, classes, weights);
      Matrix epochB = workspace.changing(layout, 1, classes, bias);
      Matrix stepLoss = workspace.output(1, 1);
      Matrix epochLoss = workspace.output(1, 1);
      for (int i = 0; i < 3; i++) {
        double loss = 0;
        for (int from = 0; from < rows; from += batchRows) {
          int to = Math.min(rows, from + batchRows);
          step.apply(data.rows(from, to), wanted.rows(from, to), 0.5, stepW, stepB, stepLoss);
          loss += stepLoss.toDoubles()[0];
        }
        epoch.apply(data, wanted, batchRows, 0.5, epochW, epochB, epochLoss);
        int batches = (rows + batchRows - 1) / batchRows;
        assertClose(
            name + "loss of an epoch", new double[] {loss / batches}, epochLoss.toDoubles());
        assertClose(name + "weights of an epoch", stepW, epochW);
        assertClose(name + "bias of an epoch", stepB, epochB);
      }
      workspace.check();
    }
  }

  /** The kernels of given logits. */
  private void checkRows(String name) {
    try (Workspace workspace = new Workspace(subject.backend(), type);
        CrossEntropy crossEntropy = origin.kernel(subject.backend(), CrossEntropy.TYPE);
        CrossEntropyGradient crossEntropyGradient =
            origin.kernel(subject.backend(), CrossEntropyGradient.TYPE)) {
      double[] z = new RandomValues(type, 72).normal(rows * classes);
      Matrix logits = workspace.input(layout, rows, classes, z);
      Targets some = targets(workspace);
      Targets each = Targets.ofProbabilities(workspace.input(rows, classes, oneHot(1)));
      Matrix allLogits = workspace.input(total(-1), classes, repeated(z, classes));
      Targets all = Targets.ofProbabilities(workspace.input(total(-1), classes, oneHot(-1)));
      Matrix gradient = workspace.output(layout, rows, classes);
      Matrix unweighted = workspace.output(rows, classes);
      crossEntropyGradient.apply(logits, some, gradient);
      crossEntropyGradient.apply(logits, each, unweighted);
      double[] expected = unweighted.toDoubles();
      for (int i = 0; i < expected.length; i++) {
        expected[i] *= counts[i / classes] * (double) rows / total(-1);
      }
      assertClose(name + "cross-entropy-gradient", expected, gradient.toDoubles());
      Matrix loss = workspace.output(layout, 1, 1);
      Matrix expectedLoss = workspace.output(layout, 1, 1);
      crossEntropy.apply(logits, some, loss);
      crossEntropy.apply(allLogits, all, expectedLoss);
      assertClose(name + "cross-entropy", expectedLoss, loss);
      workspace.check();
    }
  }

  private void assertClose(String what, Matrix expected, Matrix actual) {
    assertClose(what, expected.toDoubles(), actual.toDoubles());
  }

  /**
   * Within what adding up to 600 terms of about 1 in different orders, and multiplying by shares
   * that were rounded, come to.
   */
  private void assertClose(String what, double[] expected, double[] actual) {
    double bound = 300 * Accuracy.unitRoundoff(type);
    for (int i = 0; i < expected.length; i++) {
      int element = i;
      double size = Math.max(1, Math.abs(expected[i]));
      assertTrue(
          Math.abs(expected[i] - actual[i]) <= bound * size,
          () ->
              String.format(
                  Locale.ROOT,
                  "%s: element %d is %s, wanted %s",
                  what,
                  element,
                  actual[element],
                  expected[element]));
    }
  }
}
