package io.rowwise.predictor;

/** A trained classifier's parameters on the host, of which each backend gets a copy. */
final class Parameters {
  private final int features;
  private final int classes;
  private final double[] weights;
  private final double[] bias;

  /**
   * @param weights features x classes, row-major; not changed any more
   * @param bias one number for each class; not changed any more
   */
  Parameters(int features, int classes, double[] weights, double[] bias) {
    this.features = features;
    this.classes = classes;
    this.weights = weights;
    this.bias = bias;
  }

  int features() {
    return features;
  }

  int classes() {
    return classes;
  }

  double[] weights() {
    return weights;
  }

  double[] bias() {
    return bias;
  }
}
