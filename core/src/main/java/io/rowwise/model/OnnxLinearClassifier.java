package io.rowwise.model;

import io.rowwise.backend.ElementType;
import io.rowwise.file.Quoted;
import io.rowwise.model.OnnxValue.Logits;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * What a node <a
 * href="https://github.com/onnx/onnx/blob/main/docs/Operators-ml.md#aionnxmllinearclassifier">{@code
 * LinearClassifier}</a> does, which is where skl2onnx puts a {@code LogisticRegression}.
 *
 * @param logits of rows as they are
 * @param givesProbabilities whether it gives their softmax, else themselves
 */
record OnnxLinearClassifier(Logits logits, boolean givesProbabilities, List<String> classNames) {
  static OnnxLinearClassifier of(OnnxNode node) throws ModelFormatException {
    double[] coefficients = node.numbers("coefficients");
    double[] intercepts = node.numbers("intercepts");
    List<String> names = node.texts("classlabels_strings");
    names = names.isEmpty() ? node.texts("classlabels_ints") : names;
    int rows = intercepts.length == 0 ? names.size() : intercepts.length;
    if (rows == 0 || coefficients.length == 0 || coefficients.length % rows != 0) {
      throw node.refused(
          String.format(
              Locale.ROOT,
              "has %d coefficients and %d intercepts, wanted a row of coefficients for each class",
              coefficients.length,
              intercepts.length));
    }
    if (names.size() != rows && !(rows == 1 && names.size() == 2)) {
      throw node.refused(
          String.format(
              Locale.ROOT, "has %d class labels for %d rows of weights", names.size(), rows));
    }
    int features = coefficients.length / rows;
    double[] weights = OnnxTensor.transposed(coefficients, rows, features);
    double[] bias = intercepts.length == 0 ? new double[rows] : intercepts;
    String transform = node.text("post_transform", "NONE");
    if (transform.equals("LOGISTIC")) {
      return new OnnxLinearClassifier(
          ofLogistic(node, features, weights, bias, names.size()), true, names);
    }
    boolean isSoftmax = transform.equals("SOFTMAX");
    if (!isSoftmax && !transform.equals("NONE")) {
      throw node.refused(
          "has the post_transform "
              + Quoted.of(transform)
              + ", wanted SOFTMAX or NONE, or of two classes LOGISTIC");
    }
    if (rows < names.size()) {
      throw node.refused("has one row of weights for two classes, wanted LOGISTIC with it");
    }
    Logits logits = new Logits(features, weights, bias, ElementType.FLOAT32);
    // Of two classes the scores of a sigmoid are -z and z, and may be said to be multinomial, too.
    boolean isMultinomial = rows > 2 && node.integer("multi_class", 0) == 1;
    return new OnnxLinearClassifier(
        isSoftmax || isMultinomial ? logits : logits.orOther(), isSoftmax, names);
  }

  /** The sigmoid of z is the softmax of -z/2 and z/2, and halves are exact. */
  private static Logits ofLogistic(
      OnnxNode node, int features, double[] weights, double[] bias, int classes)
      throws ModelFormatException {
    boolean isPair = bias.length == 2 && bias[0] == -bias[1];
    for (int k = 0; isPair && k < features; k++) {
      isPair = weights[2 * k] == -weights[2 * k + 1];
    }
    if (classes != 2 || (bias.length == 2 && !isPair)) {
      throw node.refused(
          String.format(
              Locale.ROOT,
              "gives each of %d classes a probability by itself (LOGISTIC, one against the rest),"
                  + " which no softmax does; train it as multinomial",
              classes));
    }
    int last = bias.length - 1;
    double[] halves = new double[2 * features];
    Arrays.setAll(halves, i -> (i % 2 == 0 ? -0.5 : 0.5) * weights[i / 2 * bias.length + last]);
    double half = bias[last] / 2;
    return new Logits(features, halves, new double[] {-half, half}, ElementType.FLOAT32);
  }
}
