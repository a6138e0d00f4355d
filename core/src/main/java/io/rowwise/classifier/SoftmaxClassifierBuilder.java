package io.rowwise.classifier;

import io.rowwise.backend.ElementType;
import java.util.Objects;
import java.util.function.Supplier;

/**
 * What a classifier is made from, by name: {@link SoftmaxClassifier#on} and {@link
 * JacobianSoftmaxClassifier#on} begin, {@link #create} ends. The features and the classes have to
 * be said. For one thread; {@link #create} may be called again for another classifier.
 *
 * @param <C> the classifier's class
 */
public final class SoftmaxClassifierBuilder<C extends SoftmaxClassifier> {
  /** Makes one. */
  @FunctionalInterface
  interface Maker<C extends SoftmaxClassifier> {
    C make(ElementType type, int features, int classes, Supplier<Parameters> starting);
  }

  private final Maker<C> maker;
  private ElementType type = ElementType.FLOAT64;
  private int features;
  private int classes;
  private Long seed;
  private Parameters parameters;

  SoftmaxClassifierBuilder(Maker<C> maker) {
    this.maker = maker;
  }

  /** The element type of the parameters and of all data; by default {@code float64}. */
  public SoftmaxClassifierBuilder<C> type(ElementType newType) {
    type = Objects.requireNonNull(newType, "type");
    return this;
  }

  /** The columns of {@code x}, at least 1. */
  public SoftmaxClassifierBuilder<C> features(int newFeatures) {
    features = newFeatures;
    return this;
  }

  /** The columns of the targets, at least 1. */
  public SoftmaxClassifierBuilder<C> classes(int newClasses) {
    classes = newClasses;
    return this;
  }

  /**
   * What the first parameters are drawn with, 0 to 4294967295; by default 0, so that each run is
   * the same.
   */
  public SoftmaxClassifierBuilder<C> seed(long newSeed) {
    seed = newSeed;
    return this;
  }

  /**
   * The first parameters, such as those of a trained classifier, instead of drawn ones.
   *
   * @param weights features x classes, row-major; copied by {@link #create}
   * @param bias one value for each class; copied by {@link #create}
   */
  public SoftmaxClassifierBuilder<C> parameters(double[] weights, double[] bias) {
    parameters = new Parameters(weights, bias);
    return this;
  }

  /**
   * The first parameters, such as those of a trained classifier, instead of drawn ones.
   *
   * @param weights features x classes, row-major; copied
   * @param bias one value for each class; copied
   */
  public SoftmaxClassifierBuilder<C> parameters(float[] weights, float[] bias) {
    parameters = new Parameters(weights, bias);
    return this;
  }

  /**
   * A new classifier. Whoever calls this closes it, before its backend.
   *
   * @throws IllegalArgumentException if something that has to be said was not, or is out of its
   *     range; or if both a seed and parameters were given
   */
  public C create() {
    if (seed != null && parameters != null) {
      throw new IllegalArgumentException(
          "classifier: both a seed and parameters were given; wanted one of them");
    }
    Parameters given = parameters;
    long drawnWith = seed == null ? 0 : seed;
    int rows = features;
    int columns = classes;
    return maker.make(
        type,
        rows,
        columns,
        () -> given == null ? Parameters.drawn(rows, columns, drawnWith) : given);
  }
}
