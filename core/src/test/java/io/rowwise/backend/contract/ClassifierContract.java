package io.rowwise.backend.contract;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.backend.contract.Cases.Classifier;
import io.rowwise.kernel.Evaluation;
import io.rowwise.kernel.LinearSoftmax;
import io.rowwise.kernel.Targets;
import io.rowwise.kernel.TrainingEpoch;
import io.rowwise.kernel.TrainingStep;
import java.util.Arrays;
import java.util.Locale;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The kernels of a softmax classifier: prediction, training and evaluation. */
public interface ClassifierContract extends BackendUnderTest {
  /** Random data and parameters. */
  @SuppressWarnings("ArrayRecordComponent") // Never compared, only carried.
  record Data(Classifier of, double[] x, double[] targets, double[] weights, double[] bias) {
    static Data oneHot(Classifier of, long seed) {
      RandomValues random = new RandomValues(of.type(), seed);
      return new Data(
          of,
          random.normal(of.rows() * of.features()),
          random.oneHot(of.rows(), of.classes()),
          random.normal(of.features() * of.classes()),
          random.normal(of.classes()));
    }

    Data withSoftTargets(long seed) {
      double[] soft = new RandomValues(of.type(), seed).uniform(targets.length, 0, 1);
      return new Data(of, x, soft, weights, bias);
    }

    ExactClassifier exact(BackendUnderTest subject) {
      return new ExactClassifier(
          of.type(), subject::sumUlps, of.features(), of.classes(), weights, bias);
    }

    Matrix x(Workspace workspace) {
      return workspace.input(of.layout(), of.rows(), of.features(), x);
    }

    Matrix targets(Workspace workspace) {
      return workspace.input(of.layout(), of.rows(), of.classes(), targets);
    }

    Matrix weights(Workspace workspace) {
      return workspace.changing(of.layout(), of.features(), of.classes(), weights);
    }

    Matrix bias(Workspace workspace) {
      return workspace.changing(of.layout(), 1, of.classes(), bias);
    }
  }

  @ParameterizedTest
  @MethodSource("io.rowwise.backend.contract.Cases#predictions")
  default void linearSoftmaxPredictsProbabilities(Classifier of) {
    Data data = Data.oneHot(of, 51);
    try (Workspace workspace = new Workspace(backend(), of.type());
        LinearSoftmax linearSoftmax = of.origin().kernel(backend(), LinearSoftmax.TYPE)) {
      Matrix weights = workspace.input(of.layout(), of.features(), of.classes(), data.weights());
      Matrix bias = workspace.input(of.layout(), 1, of.classes(), data.bias());
      Matrix out = workspace.output(of.layout(), of.rows(), of.classes());
      linearSoftmax.apply(data.x(workspace), weights, bias, out);
      Accuracy.assertWithin(
          of + ": linear-softmax",
          of.type(),
          data.exact(this).probabilities(data.x(), of.rows()),
          out.toDoubles());
      workspace.check();
    }
  }

  @ParameterizedTest
  @MethodSource("io.rowwise.backend.contract.Cases#originsAndTypes")
  default void linearSoftmaxOfNoRowsGivesNone(Origin origin, ElementType type) {
    try (Workspace workspace = new Workspace(backend(), type);
        LinearSoftmax linearSoftmax = origin.kernel(backend(), LinearSoftmax.TYPE)) {
      Matrix weights = workspace.input(5, 3, new double[15]);
      linearSoftmax.apply(
          workspace.input(0, 5), weights, workspace.input(1, 3, 1, 2, 3), workspace.output(0, 3));
      workspace.check();
    }
  }

  @ParameterizedTest
  @MethodSource("io.rowwise.backend.contract.Cases#classifiers")
  default void evaluationGivesLossAndAccuracy(Classifier of) {
    Data data = Data.oneHot(of, 52);
    checkEvaluation(of, data);
    checkEvaluation(of, data.withSoftTargets(53));
  }

  private void checkEvaluation(Classifier of, Data data) {
    ExactClassifier exact = data.exact(this);
    try (Workspace workspace = new Workspace(backend(), of.type());
        Evaluation evaluation = of.origin().kernel(backend(), Evaluation.TYPE)) {
      Matrix weights = workspace.input(of.layout(), of.features(), of.classes(), data.weights());
      Matrix bias = workspace.input(of.layout(), 1, of.classes(), data.bias());
      Matrix result = workspace.output(of.layout(), 1, 2);
      evaluation.apply(
          data.x(workspace),
          Targets.ofProbabilities(data.targets(workspace)),
          weights,
          bias,
          result);
      double[] actual = result.toDoubles();
      Accuracy.assertWithin(
          of + ": evaluation, the loss",
          of.type(),
          exact.crossEntropy(data.x(), data.targets(), of.rows()),
          new double[] {actual[0]});
      int[] right = exact.right(data.x(), data.targets(), of.rows());
      // The count is exact, its division by the rows at worst a rounded product with 1 / rows.
      double count = actual[1] * of.rows();
      double slack = 4 * Accuracy.unitRoundoff(of.type()) * of.rows();
      assertTrue(
          right[0] - slack <= count && count <= right[1] + slack,
          String.format(
              Locale.ROOT,
              "%s: evaluation, the accuracy: %s of %d rows, wanted %d to %d of them",
              of,
              actual[1],
              of.rows(),
              right[0],
              right[1]));
      workspace.check();
    }
  }

  @ParameterizedTest
  @MethodSource("io.rowwise.backend.contract.Cases#originsAndTypes")
  default void evaluationTakesTheFirstOfEquals(Origin origin, ElementType type) {
    try (Workspace workspace = new Workspace(backend(), type);
        Evaluation evaluation = origin.kernel(backend(), Evaluation.TYPE)) {
      // Without features every row's logits are the bias: classes 1 and 2 tie, 1 is predicted.
      Matrix x = workspace.input(4, 0);
      Matrix targets = workspace.input(4, 3, 0, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0.5, 0.5);
      Matrix result = workspace.output(1, 2);
      evaluation.apply(
          x,
          Targets.ofProbabilities(targets),
          workspace.input(0, 3),
          workspace.input(1, 3, -1, 2, 2),
          result);
      Accuracy.assertSame("accuracy", new double[] {0.5}, new double[] {result.toDoubles()[1]});
    }
  }

  @ParameterizedTest
  @MethodSource("io.rowwise.backend.contract.Cases#originsAndTypes")
  default void evaluationTellsTheSmallestDifferences(Origin origin, ElementType type) {
    double smallest = type == ElementType.FLOAT32 ? Float.MIN_VALUE : Double.MIN_VALUE;
    double[][] biases = {
      {0, smallest, 0}, {-smallest, smallest, 0}, {-1, 2, 2}, {0, 1e30, -1e30}, {0, 0, -smallest}
    };
    int[] labels = {1, 2, 0, 1};
    double[] accuracies = {0.5, 0.5, 0.5, 0.5, 0.25};
    for (int i = 0; i < biases.length; i++) {
      for (int classes : new int[] {3, 50}) {
        try (Workspace workspace = new Workspace(backend(), type);
            Evaluation evaluation = origin.kernel(backend(), Evaluation.TYPE)) {
          // The classes beyond the third are never the largest.
          double[] bias = Arrays.copyOf(biases[i], classes);
          Arrays.fill(bias, 3, classes, -1);
          double[] targets = new double[4 * classes];
          for (int row = 0; row < 4; row++) {
            targets[row * classes + labels[row]] = 1;
          }
          Matrix result = workspace.output(1, 2);
          evaluation.apply(
              workspace.input(4, 0),
              Targets.ofProbabilities(workspace.input(4, classes, targets)),
              workspace.input(0, classes),
              workspace.input(1, classes, bias),
              result);
          Accuracy.assertSame(
              "accuracy of " + Arrays.toString(biases[i]) + " and " + (classes - 3) + " more",
              new double[] {accuracies[i]},
              new double[] {result.toDoubles()[1]});
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("io.rowwise.backend.contract.Cases#classifiers")
  default void aTrainingStepDescends(Classifier of) {
    Data data = Data.oneHot(of, 54);
    checkStep(of, data, 0.1);
    checkStep(of, data.withSoftTargets(55), 2);
    checkStep(of, data, 0);
  }

  private void checkStep(Classifier of, Data data, double rate) {
    ExactClassifier exact = data.exact(this);
    try (Workspace workspace = new Workspace(backend(), of.type());
        TrainingStep step = of.origin().kernel(backend(), TrainingStep.TYPE)) {
      Matrix weights = data.weights(workspace);
      Matrix bias = data.bias(workspace);
      Matrix loss = workspace.output(of.layout(), 1, 1);
      step.apply(
          data.x(workspace),
          Targets.ofProbabilities(data.targets(workspace)),
          rate,
          weights,
          bias,
          loss);
      Expected expectedLoss = exact.step(data.x(), data.targets(), of.rows(), rate);
      String what = of + ": training-step, rate " + rate + ", the ";
      Accuracy.assertWithin(what + "loss", of.type(), expectedLoss, loss.toDoubles());
      Accuracy.assertWithin(what + "weights", of.type(), exact.weights(), weights.toDoubles());
      Accuracy.assertWithin(what + "bias", of.type(), exact.bias(), bias.toDoubles());
      if (rate == 0) {
        Accuracy.assertSame(what + "weights", data.weights(), weights.toDoubles());
        Accuracy.assertSame(what + "bias", data.bias(), bias.toDoubles());
      }
      workspace.check();
    }
  }

  @ParameterizedTest
  @MethodSource("io.rowwise.backend.contract.Cases#originsAndTypes")
  default void aTrainingStepLearnsFromSaturatedLogits(Origin origin, ElementType type) {
    try (Workspace workspace = new Workspace(backend(), type);
        TrainingStep step = origin.kernel(backend(), TrainingStep.TYPE)) {
      Matrix x = workspace.input(1, 1, 1);
      Matrix targets = workspace.input(1, 2, 0, 1);
      Matrix weights = workspace.changing(Layout.WHOLE, 1, 2, 4000, -4000);
      Matrix bias = workspace.changing(Layout.WHOLE, 1, 2, 0, 0);
      Matrix loss = workspace.output(1, 1);
      step.apply(x, Targets.ofProbabilities(targets), 0.5, weights, bias, loss);
      Accuracy.assertSame("loss", new double[] {8000}, loss.toDoubles());
      Accuracy.assertSame("weights", new double[] {3999.5, -3999.5}, weights.toDoubles());
      Accuracy.assertSame("bias", new double[] {-0.5, 0.5}, bias.toDoubles());
    }
  }

  @ParameterizedTest
  @MethodSource("io.rowwise.backend.contract.Cases#originsAndTypes")
  default void anEpochIsAStepOnEachBatch(Origin origin, ElementType type) {
    // One kernel for all, so that it meets other shapes than it has scratch memory for.
    try (TrainingEpoch epoch = origin.kernel(backend(), TrainingEpoch.TYPE)) {
      for (int[] rowsAndBatch : Cases.EPOCHS) {
        for (Layout layout : Layout.values()) {
          checkEpoch(
              epoch, new Classifier(origin, type, rowsAndBatch[0], 4, 3, layout), rowsAndBatch[1]);
        }
      }
      checkEpoch(epoch, new Classifier(origin, type, 6, 3, 65, Layout.WHOLE), 4);
      checkEpoch(epoch, new Classifier(origin, type, 6, 0, 3, Layout.WHOLE), 4);
      checkEpoch(epoch, new Classifier(origin, type, 6, 3, 1, Layout.WHOLE), 4);
      // More than one block of a GPU does at once, with fewer rows in the last batch.
      checkEpoch(epoch, new Classifier(origin, type, 25, 210, 32, Layout.COLUMNS), 11);
    }
  }

  private void checkEpoch(TrainingEpoch epoch, Classifier of, int batchRows) {
    double rate = 0.125;
    Data data = Data.oneHot(of, 56);
    ExactClassifier exact = data.exact(this);
    try (Workspace workspace = new Workspace(backend(), of.type())) {
      Matrix x = data.x(workspace);
      Matrix targets = data.targets(workspace);
      Matrix weights = data.weights(workspace);
      Matrix bias = data.bias(workspace);
      Matrix loss = workspace.output(of.layout(), 1, 1);
      // Twice, since the second epoch starts from what the first has left.
      for (int pass = 1; pass <= 2; pass++) {
        epoch.apply(x, Targets.ofProbabilities(targets), batchRows, rate, weights, bias, loss);
        Expected expectedLoss = exact.epoch(data.x(), data.targets(), of.rows(), batchRows, rate);
        String what =
            String.format(
                Locale.ROOT, "training-epoch %d, %s, batches of %d, the ", pass, of, batchRows);
        Accuracy.assertWithin(what + "loss", of.type(), expectedLoss, loss.toDoubles());
        Accuracy.assertWithin(what + "weights", of.type(), exact.weights(), weights.toDoubles());
        Accuracy.assertWithin(what + "bias", of.type(), exact.bias(), bias.toDoubles());
      }
      workspace.check();
    }
  }
}
