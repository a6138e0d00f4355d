package io.rowwise.model;

import io.rowwise.backend.ElementType;
import java.util.Arrays;

/** What is known of a value while a graph is followed from its input to its output. */
sealed interface OnnxValue {
  /** Numbers of the file. */
  record Constant(OnnxTensor tensor, boolean isTransposed) implements OnnxValue {}

  /** Labels or probabilities: what follows cannot change them. */
  record Answer() implements OnnxValue {}

  /** What the model takes, each column by its factor and with its summand. */
  final class Rows implements OnnxValue {
    static final Rows AS_THEY_ARE = new Rows(new double[] {1}, new double[] {0});

    private final double[] factor;
    private final double[] summand;

    /**
     * @param factor one for each column, or one for all
     * @param summand the same
     */
    private Rows(double[] factor, double[] summand) {
      this.factor = factor;
      this.summand = summand;
    }

    /** Whether one factor and one summand are for all columns. */
    boolean isEvenly() {
      return factor.length == 1 && summand.length == 1;
    }

    boolean isAsTheyAre() {
      return isEvenly() && factor[0] == 1 && summand[0] == 0;
    }

    /** By a factor and then with a summand, each for all columns or for each. */
    Rows then(double[] by, double[] plus) {
      int columns =
          Math.max(Math.max(factor.length, summand.length), Math.max(by.length, plus.length));
      double[] newFactor = new double[columns];
      double[] newSummand = new double[columns];
      for (int k = 0; k < columns; k++) {
        newFactor[k] = at(factor, k) * at(by, k);
        newSummand[k] = at(summand, k) * at(by, k) + at(plus, k);
      }
      return new Rows(newFactor, newSummand);
    }

    /** How many columns there are, or 1 if that is not known. */
    int columns() {
      return Math.max(factor.length, summand.length);
    }

    /**
     * The logits of these rows.
     *
     * @param layer the logits of rows as they are; its arrays are changed
     */
    Logits logits(Logits layer) {
      if (isAsTheyAre()) {
        return layer;
      }
      int classes = layer.bias.length;
      for (int k = 0; k < layer.features; k++) {
        for (int j = 0; j < classes; j++) {
          layer.bias[j] += at(summand, k) * layer.weights[k * classes + j];
          layer.weights[k * classes + j] *= at(factor, k);
        }
      }
      return layer.wide();
    }
  }

  /** A number for each class, whose softmax is the probabilities. */
  final class Logits implements OnnxValue {
    final int features;
    final double[] weights;
    final double[] bias;
    final ElementType type;

    /**
     * Whether they may be another kind of score, such as a support vector machine's, unless a
     * softmax follows.
     */
    final boolean mayBeOther;

    /**
     * @param weights features x classes, row-major
     * @param bias one for each class
     * @param type that holds them exactly
     */
    Logits(int features, double[] weights, double[] bias, ElementType type) {
      this(features, weights, bias, type, false);
    }

    private Logits(
        int features, double[] weights, double[] bias, ElementType type, boolean mayBeOther) {
      this.features = features;
      this.weights = weights;
      this.bias = bias;
      this.type = type;
      this.mayBeOther = mayBeOther;
    }

    /** The same, of which it is not known that they are logits. */
    Logits orOther() {
      return new Logits(features, weights, bias, type, true);
    }

    /** The same, as what no longer has the numbers of the file. */
    Logits wide() {
      return new Logits(features, weights, bias, ElementType.FLOAT64, mayBeOther);
    }

    /** By a factor and then with a summand, each for all classes or for each. */
    Logits then(double[] by, double[] plus) {
      int classes = bias.length;
      double[] newWeights = weights.clone();
      double[] newBias = new double[classes];
      for (int i = 0; i < newWeights.length; i++) {
        newWeights[i] *= at(by, i % classes);
      }
      for (int j = 0; j < classes; j++) {
        newBias[j] = bias[j] * at(by, j) + at(plus, j);
      }
      boolean isOnlyBias =
          Arrays.stream(bias).allMatch(b -> b == 0) && Arrays.stream(by).allMatch(b -> b == 1);
      return new Logits(
          features, newWeights, newBias, isOnlyBias ? type : ElementType.FLOAT64, mayBeOther);
    }
  }

  private static double at(double[] numbers, int index) {
    return numbers.length == 1 ? numbers[0] : numbers[index];
  }
}
