package io.rowwise.backend.cuda;

import io.rowwise.backend.Matrix;
import io.rowwise.kernel.CrossEntropy;
import io.rowwise.kernel.CrossEntropyGradient;
import io.rowwise.kernel.Evaluation;
import io.rowwise.kernel.LinearCrossEntropy;
import io.rowwise.kernel.Targets;
import java.util.Arrays;

/** Exercises where a target is the number of a class, or where rows count by weight. */
final class CountedExercise {
  private static final double IGNORED = -1;
  private static final double NO_CLASS = 0.5;

  private final Targets targets;

  /**
   * The same as rows of probabilities: zeros where a row is ignored, NaN where its number is none
   * of a class.
   */
  private final double[] rows;

  /** How much each row counts; 0 where it is ignored. */
  private final double[] weights;

  private CountedExercise(Targets targets, double[] rows, double[] weights) {
    this.targets = targets;
    this.rows = rows;
    this.weights = weights;
  }

  private static CountedExercise ofProbabilities(Trial t, double[] rows) {
    double[] weights = weights(t);
    Targets targets = Targets.ofProbabilities(t.matrix(t.rows, t.columns, rows));
    return new CountedExercise(targets.weights(t.wide(t.rows, 1, weights)), rows, weights);
  }

  /** All rows count, and each has a class. */
  private static CountedExercise ofClasses(Trial t, double[] numbers) {
    return of(t, numbers, Exercise.each(new double[t.rows], weight -> 1));
  }

  /** Every third row is ignored. */
  private static CountedExercise ofWeightedClasses(Trial t, double[] numbers) {
    double[] weights = weights(t);
    double[] some = numbers.clone();
    for (int row = 1; row < t.rows; row += 3) {
      some[row] = IGNORED;
    }
    CountedExercise counted = of(t, some, weights);
    Targets targets = counted.targets.ignoring(IGNORED).weights(t.wide(t.rows, 1, weights));
    double[] counting = weights.clone();
    for (int row = 1; row < t.rows; row += 3) {
      counting[row] = 0;
    }
    return new CountedExercise(targets, counted.rows, counting);
  }

  private static CountedExercise of(Trial t, double[] numbers, double[] weights) {
    double[] rows = new double[t.rows * t.columns];
    for (int row = 0; row < t.rows; row++) {
      if (numbers[row] == NO_CLASS) {
        Arrays.fill(rows, row * t.columns, (row + 1) * t.columns, Double.NaN);
      } else if (numbers[row] != IGNORED) {
        rows[row * t.columns + (int) numbers[row]] = 1;
      }
    }
    return new CountedExercise(Targets.ofClasses(t.wide(t.rows, 1, numbers)), rows, weights);
  }

  private static double[] weights(Trial t) {
    double[] weights = new double[t.rows];
    Arrays.setAll(weights, row -> t.rounded(0.25 + t.random.nextDouble()));
    return weights;
  }

  /** Anywhere in a row, also in its last column. */
  private static double[] numbers(Trial t) {
    double[] numbers = new double[t.rows];
    Arrays.setAll(numbers, row -> row == 0 ? t.columns - 1 : t.random.nextInt(t.columns));
    return numbers;
  }

  /** How much each row counts where the mean is 1. */
  private double[] shares() {
    double mean = ExpectedRow.sum(weights) / weights.length;
    return Exercise.each(weights, weight -> weight / mean);
  }

  static void gradientOfProbabilities(Trial t) {
    CountedExercise counted = ofProbabilities(t, t.targets());
    counted.compareGradient(t, t.withSpecialRows(t.logits()));
    counted.compareLoss(t, t.logits());
  }

  static void lossOfClasses(Trial t) {
    ofClasses(t, numbers(t)).compareLoss(t, t.logits());
  }

  static void gradientOfClasses(Trial t) {
    double[] numbers = numbers(t);
    if (t.rows > 3) {
      numbers[3] = NO_CLASS;
    }
    ofClasses(t, numbers).compareGradient(t, t.withSpecialRows(t.logits()));
  }

  static void gradientOfWeightedClasses(Trial t) {
    CountedExercise counted = ofWeightedClasses(t, numbers(t));
    counted.compareGradient(t, t.withSpecialRows(t.logits()));
    counted.compareLoss(t, t.logits());
  }

  private void compareLoss(Trial t, double[] logits) {
    Matrix out = t.wideResult(1, 1);
    try (CrossEntropy crossEntropy = t.backend.kernel(CrossEntropy.TYPE)) {
      crossEntropy.apply(t.matrix(t.rows, t.columns, logits), targets, out);
    }
    double[] loss = Exercise.loss(t, logits, rows, shares());
    t.compare("loss", out, new double[] {loss[0]}, new double[] {loss[1]});
  }

  private void compareGradient(Trial t, double[] logits) {
    Matrix out = t.result(t.rows, t.columns);
    try (CrossEntropyGradient gradient = t.backend.kernel(CrossEntropyGradient.TYPE)) {
      gradient.apply(t.matrix(t.rows, t.columns, logits), targets, out);
    }
    double[] sizes = new double[logits.length];
    double[] expected = Exercise.gradient(t, logits, rows, shares(), sizes);
    // The share of a row is rounded when it is made, and the product with it, too.
    t.compare("gradient", out, expected, Exercise.sizes(sizes, 12 * t.epsilon()));
  }

  /** With a bias, and the gradient where the logits were. */
  static void objectiveOfClasses(Trial t) {
    CountedExercise counted = ofClasses(t, numbers(t));
    double[] logits = t.logits();
    double[] bias = t.numbers(t.columns, 3);
    Matrix loss = t.result(1, 1);
    Matrix gradient = t.result(t.rows, t.columns);
    Matrix biasGradient = t.result(1, t.columns);
    try (LinearCrossEntropy objective = t.backend.kernel(LinearCrossEntropy.TYPE)) {
      objective.apply(
          t.identity(),
          counted.targets,
          t.matrix(t.rows, t.columns, logits),
          t.matrix(1, t.columns, bias),
          loss,
          gradient,
          biasGradient);
    }
    double[] sums = Exercise.biased(t, logits, bias);
    double[] expectedLoss = Exercise.loss(t, sums, counted.rows, counted.shares());
    t.compare("loss", loss, new double[] {expectedLoss[0]}, new double[] {expectedLoss[1]});
    double[] sizes = new double[logits.length];
    double[] expected = Exercise.gradient(t, sums, counted.rows, counted.shares(), sizes);
    double[] allowed = Exercise.sizes(sizes, 12 * t.epsilon());
    t.compare("gradient", gradient, expected, allowed);
    double[] allowedSums = new double[t.columns];
    double[] columnSums = Exercise.columnSums(t, expected, new double[t.columns]);
    Exercise.columnSums(t, allowed, allowedSums);
    t.compare("bias", biasGradient, columnSums, allowedSums);
  }

  static void evaluationOfProbabilities(Trial t) {
    double[] logits = t.logits();
    double[] bias = t.numbers(t.columns, 3);
    double[] targets = t.targets();
    double[] right = rightInPart(t, logits, bias);
    for (int row = 0; row < t.rows; row++) {
      // More than in any other column.
      targets[row * t.columns + (int) right[row]] = 1.5;
    }
    ofProbabilities(t, targets).compareEvaluation(t, logits, bias);
  }

  static void evaluationOfClasses(Trial t) {
    double[] logits = t.logits();
    double[] bias = t.numbers(t.columns, 3);
    double[] numbers = rightInPart(t, logits, bias);
    ofClasses(t, numbers).compareEvaluation(t, logits, bias);
    numbers[t.rows - 1] = NO_CLASS;
    ofClasses(t, numbers).compareEvaluation(t, logits, bias);
  }

  static void evaluationOfWeightedClasses(Trial t) {
    double[] logits = t.logits();
    double[] bias = t.numbers(t.columns, 3);
    ofWeightedClasses(t, rightInPart(t, logits, bias)).compareEvaluation(t, logits, bias);
    // With a bias that is not finite, neither is the largest logit: nothing is right.
    bias[t.columns - 1] = Double.POSITIVE_INFINITY;
    double[] last = Exercise.each(new double[t.rows], number -> t.columns - 1);
    ofWeightedClasses(t, last).compareEvaluation(t, logits, bias);
  }

  /** The class of the largest logit, in every other row the next one. */
  private static double[] rightInPart(Trial t, double[] logits, double[] bias) {
    double[] sums = Exercise.biased(t, logits, bias);
    double[] numbers = new double[t.rows];
    for (int row = 0; row < t.rows; row++) {
      int largest = ExpectedRow.indexOfLargest(sums, row, t.columns);
      numbers[row] = row % 2 == 0 ? largest : (largest + 1) % t.columns;
    }
    return numbers;
  }

  private void compareEvaluation(Trial t, double[] logits, double[] bias) {
    Matrix out = t.result(1, 2);
    try (Evaluation evaluation = t.backend.kernel(Evaluation.TYPE)) {
      evaluation.apply(
          t.identity(),
          targets,
          t.matrix(t.rows, t.columns, logits),
          t.matrix(1, t.columns, bias),
          out);
    }
    double[] sums = Exercise.biased(t, logits, bias);
    double[] shares = shares();
    double right = 0;
    for (int row = 0; row < t.rows; row++) {
      int predicted = ExpectedRow.indexOfLargest(sums, row, t.columns);
      int wanted = ExpectedRow.indexOfLargest(rows, row, t.columns);
      boolean known =
          Double.isFinite(sums[row * t.columns + predicted])
              && !Double.isNaN(rows[row * t.columns + wanted]);
      right += known && predicted == wanted ? shares[row] : 0;
    }
    double[] loss = Exercise.loss(t, sums, rows, shares);
    t.compare(
        "loss and accuracy",
        out,
        new double[] {loss[0], right / t.rows},
        new double[] {loss[1], 4 * t.epsilon()});
  }

  static void epochOfClasses(Trial t) {
    CountedExercise counted = ofClasses(t, numbers(t));
    Exercise.trainingEpoch(t, counted.targets, counted.rows, counted.weights);
  }

  static void epochOfProbabilities(Trial t) {
    CountedExercise counted = ofProbabilities(t, t.targets());
    Exercise.trainingEpoch(t, counted.targets, counted.rows, counted.weights);
  }

  static void epochOfWeightedClasses(Trial t) {
    CountedExercise counted = ofWeightedClasses(t, numbers(t));
    Exercise.trainingEpoch(t, counted.targets, counted.rows, counted.weights);
  }

  static void gridEpochOfWeightedClasses(Trial t) {
    CountedExercise counted = ofWeightedClasses(t, numbers(t));
    Exercise.trainingEpoch(
        t,
        counted.targets,
        counted.rows,
        counted.weights,
        Exercise.FEATURES_OF_GRID,
        Exercise.batchOfGrid(t));
  }
}
