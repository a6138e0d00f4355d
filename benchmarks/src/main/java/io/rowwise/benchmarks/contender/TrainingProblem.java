package io.rowwise.benchmarks.contender;

import io.rowwise.dataset.LabelledData;
import io.rowwise.dataset.MakeClassification;
import java.util.Arrays;
import java.util.SplittableRandom;

/** A classifier to be trained: data, starting parameters and how. Always the same for a shape. */
public final class TrainingProblem {
  private static final double LEARNING_RATE = 0.01;

  private final int features;
  private final int classes;
  private final int batchRows;
  private final int epochs;
  private final double[] x;
  private final int[] labels;
  private final double[] validationX;
  private final int[] validationLabels;
  private final double[] weights;
  private final double[] bias;

  private TrainingProblem(
      int features,
      int classes,
      int batchRows,
      int epochs,
      double[] x,
      int[] labels,
      double[] validationX,
      int[] validationLabels) {
    this.features = features;
    this.classes = classes;
    this.batchRows = batchRows;
    this.epochs = epochs;
    this.x = x;
    this.labels = labels;
    this.validationX = validationX;
    this.validationLabels = validationLabels;
    SplittableRandom random = new SplittableRandom(42);
    this.weights = uniform(random, features * classes, 0.1);
    this.bias = uniform(random, classes, 0.1);
  }

  /**
   * The notebook's: 100 rows of 5 features in 3 classes, batches of 33, 16 epochs, each followed by
   * cross-entropy and accuracy of 10,000 other rows.
   */
  public static TrainingProblem notebook() {
    LabelledData.Split data =
        MakeClassification.defaults()
            .samples(10_100)
            .features(5)
            .classes(3)
            .informative(4)
            .redundant(0)
            .randomState(42)
            .generate()
            .split(100);
    return new TrainingProblem(
        5,
        3,
        33,
        16,
        data.train().x(),
        data.train().labels(),
        data.validation().x(),
        data.validation().labels());
  }

  /** One epoch of random rows, without validation. */
  public static TrainingProblem epoch(int rows, int features, int classes, int batchRows) {
    SplittableRandom random = new SplittableRandom(rows);
    return new TrainingProblem(
        features,
        classes,
        batchRows,
        1,
        uniform(random, Math.multiplyExact(rows, features), 0.5),
        random.ints(rows, 0, classes).toArray(),
        new double[0],
        new int[0]);
  }

  /** The same with only its first rows and as short batches, to be checked by a slow hand. */
  public TrainingProblem small() {
    int rows = Math.min(rows(), 150);
    return new TrainingProblem(
        features,
        classes,
        Math.min(batchRows, 64),
        Math.min(epochs, 2),
        Arrays.copyOf(x, rows * features),
        Arrays.copyOf(labels, rows),
        validationX,
        validationLabels);
  }

  static double[] uniform(SplittableRandom random, int count, double largest) {
    return random.doubles(count).map(each -> (each * 2 - 1) * largest).toArray();
  }

  static double[] oneHot(int[] labels, int classes) {
    double[] oneHot = new double[Math.multiplyExact(labels.length, classes)];
    for (int i = 0; i < labels.length; i++) {
      oneHot[i * classes + labels[i]] = 1;
    }
    return oneHot;
  }

  int rows() {
    return labels.length;
  }

  int features() {
    return features;
  }

  int classes() {
    return classes;
  }

  int batchRows() {
    return batchRows;
  }

  int epochs() {
    return epochs;
  }

  double learningRate() {
    return LEARNING_RATE;
  }

  int validationRows() {
    return validationLabels.length;
  }

  double[] x() {
    return x;
  }

  int[] labels() {
    return labels;
  }

  double[] oneHot() {
    return oneHot(labels, classes);
  }

  double[] validationX() {
    return validationX;
  }

  int[] validationLabels() {
    return validationLabels;
  }

  double[] validationOneHot() {
    return oneHot(validationLabels, classes);
  }

  double[] weights() {
    return weights;
  }

  double[] bias() {
    return bias;
  }

  /** The starting parameters, as {@link Work#result} gives them. */
  double[] parameters() {
    return joined(weights, bias);
  }

  static double[] joined(double[] weights, double[] bias) {
    double[] both = Arrays.copyOf(weights, weights.length + bias.length);
    System.arraycopy(bias, 0, both, weights.length, bias.length);
    return both;
  }
}
