package io.rowwise.dataset;

import io.rowwise.array.ArrayLength;
import io.rowwise.random.NumpyRandom;
import java.util.Arrays;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;

/**
 * scikit-learn's {@code sklearn.datasets.make_classification}: a random classification problem, of
 * clusters of normal points about the corners of a hypercube.
 *
 * <pre>{@code
 * var data = MakeClassification.defaults().samples(10_100).features(5).randomState(42).generate();
 * var split = data.split(100);
 * }</pre>
 *
 * <p>All of its parameters are here, with its defaults; each method names its parameter. For the
 * same {@code random_state} the labels equal scikit-learn's, and the features do within 1e-14 where
 * they are of the order of 1. Their last bits are not the same on all machines in scikit-learn
 * either, because they depend on the order in which its BLAS adds. Here products are accumulated
 * with fused multiply-add, in order of the index, from 0.
 *
 * <p>The columns are, before they are shuffled: the informative features; the redundant ones,
 * linear combinations of those; the repeated ones, copies of informative and redundant ones; and
 * noise. The algorithm is that of I. Guyon, <i>Design of experiments for the NIPS 2003 variable
 * selection benchmark</i>, 2003.
 *
 * <p>Each setter checks its own value and {@link #generate()} that they fit each other; both throw
 * {@link IllegalArgumentException}. An instance can be used again; it is not thread-safe.
 */
public final class MakeClassification {
  /** The last of a corner's coordinates, up to this many, are the bits of one random number. */
  private static final int LARGEST_BITS_OF_NUMBER = 30;

  private int samples = 100;
  private int features = 20;
  private int informative = 2;
  private int redundant = 2;
  private int repeated = 0;
  private int classes = 2;
  private int clustersPerClass = 2;
  private double[] weights = null;
  private double flipY = 0.01;
  private double classSeparation = 1.0;
  private boolean hypercube = true;

  /** One value for all features, or one for each, or null for random ones. */
  private double[] shift = {0.0};

  /** As {@link #shift}. */
  private double[] scale = {1.0};

  private boolean shuffle = true;

  private Supplier<NumpyRandom> random = MakeClassification::randomlySeeded;

  private MakeClassification() {}

  /** scikit-learn's defaults: 100 samples of 20 features in 2 classes, from a random seed. */
  public static MakeClassification defaults() {
    return new MakeClassification();
  }

  /** How many rows: {@code n_samples}, at least 1, by default 100. */
  public MakeClassification samples(int samples) {
    this.samples = atLeast(1, samples, "samples");
    return this;
  }

  /** How many columns: {@code n_features}, at least 1, by default 20. */
  public MakeClassification features(int features) {
    this.features = atLeast(1, features, "features");
    return this;
  }

  /** How many columns tell the classes apart: {@code n_informative}, at least 1, by default 2. */
  public MakeClassification informative(int informative) {
    this.informative = atLeast(1, informative, "informative");
    return this;
  }

  /**
   * How many columns are random linear combinations of the informative ones: {@code n_redundant}, 0
   * or more, by default 2.
   */
  public MakeClassification redundant(int redundant) {
    this.redundant = atLeast(0, redundant, "redundant");
    return this;
  }

  /**
   * How many columns are copies of random informative and redundant ones: {@code n_repeated}, 0 or
   * more, by default 0.
   */
  public MakeClassification repeated(int repeated) {
    this.repeated = atLeast(0, repeated, "repeated");
    return this;
  }

  /** How many classes: {@code n_classes}, at least 1, by default 2. */
  public MakeClassification classes(int classes) {
    this.classes = atLeast(1, classes, "classes");
    return this;
  }

  /** How many clusters each class has: {@code n_clusters_per_class}, at least 1, by default 2. */
  public MakeClassification clustersPerClass(int clustersPerClass) {
    this.clustersPerClass = atLeast(1, clustersPerClass, "clustersPerClass");
    return this;
  }

  /**
   * The proportion of the samples that each class gets: {@code weights}. By default all get the
   * same. Samples that rounding leaves over, or that proportions of a sum below 1 do, go to the
   * clusters in turn; where the sum is above 1, the last clusters get fewer or none. Flipped labels
   * change the proportions again.
   *
   * @param weights each 0 to 1; one for each class, or for each but the last, which gets the rest
   */
  public MakeClassification weights(double... weights) {
    for (int i = 0; i < weights.length; i++) {
      if (!(weights[i] >= 0.0 && weights[i] <= 1.0)) {
        throw new IllegalArgumentException(
            "weights: " + weights[i] + " for class " + i + " is outside 0..1");
      }
    }
    this.weights = weights.clone();
    return this;
  }

  /**
   * The fraction of the samples that get a random label, which may be the one they have: {@code
   * flip_y}, 0 to 1, by default 0.01.
   */
  public MakeClassification flipY(double flipY) {
    if (!(flipY >= 0.0 && flipY <= 1.0)) {
      throw new IllegalArgumentException("flipY: " + flipY + " is outside 0..1");
    }
    this.flipY = flipY;
    return this;
  }

  /** Half the length of the hypercube's sides: {@code class_sep}, above 0, by default 1. */
  public MakeClassification classSeparation(double classSeparation) {
    this.classSeparation = positive(classSeparation, "classSeparation");
    return this;
  }

  /**
   * Whether the clusters are at the corners of a hypercube, or of a random polytope: {@code
   * hypercube}, by default true.
   */
  public MakeClassification hypercube(boolean hypercube) {
    this.hypercube = hypercube;
    return this;
  }

  /** Adds this to all features: {@code shift}, by default 0. */
  public MakeClassification shift(double shift) {
    this.shift = new double[] {finite(shift, "shift")};
    return this;
  }

  /** Adds to each feature a value of its own: {@code shift} as an array, one value a feature. */
  public MakeClassification shift(double[] shift) {
    for (double value : shift) {
      finite(value, "shift");
    }
    this.shift = shift.clone();
    return this;
  }

  /**
   * Adds to each feature a random value from {@code -classSeparation} to {@code classSeparation}:
   * {@code shift=None}.
   */
  public MakeClassification randomShift() {
    this.shift = null;
    return this;
  }

  /** Multiplies all features, after the shift, by this: {@code scale}, above 0, by default 1. */
  public MakeClassification scale(double scale) {
    this.scale = new double[] {positive(scale, "scale")};
    return this;
  }

  /**
   * Multiplies each feature, after the shift, by a value of its own: {@code scale} as an array, one
   * value a feature. As in scikit-learn these may be 0 or negative.
   */
  public MakeClassification scale(double[] scale) {
    for (double value : scale) {
      finite(value, "scale");
    }
    this.scale = scale.clone();
    return this;
  }

  /**
   * Multiplies each feature, after the shift, by a random value from 1 to 101: {@code scale=None}.
   */
  public MakeClassification randomScale() {
    this.scale = null;
    return this;
  }

  /** Whether to shuffle the rows and the columns: {@code shuffle}, by default true. */
  public MakeClassification shuffle(boolean shuffle) {
    this.shuffle = shuffle;
    return this;
  }

  /**
   * The seed: {@code random_state} as a number, 0 to 4294967295. The same seed gives the same data
   * at each call. By default each call takes a random seed.
   */
  public MakeClassification randomState(long seed) {
    // Made here as well, so that a bad seed fails where it is given.
    new NumpyRandom(seed);
    this.random = () -> new NumpyRandom(seed);
    return this;
  }

  /**
   * The generator: {@code random_state} as a {@code RandomState}. Each call goes on from where the
   * generator stands.
   */
  public MakeClassification randomState(NumpyRandom random) {
    Objects.requireNonNull(random, "randomState: the generator is null");
    this.random = () -> random;
    return this;
  }

  /**
   * Makes a data set.
   *
   * @throws IllegalArgumentException if the parameters do not fit each other; the message says
   *     which
   */
  public LabelledData generate() {
    checkTogether();
    double[] proportions = proportions();
    // From here to the end, the order in which random numbers are taken is scikit-learn's.
    NumpyRandom random = this.random.get();
    double[] x = new double[samples * features];
    int[] labels = new int[samples];
    double[] centroids = centroids(random);
    fillWithNormals(x, 0, informative, random);
    placeClusters(x, labels, proportions, centroids, random);
    addRedundant(x, random);
    addRepeated(x, random);
    fillWithNormals(x, informative + redundant + repeated, features, random);
    flipLabels(labels, random);
    shiftAndScale(x, random);
    if (shuffle) {
      return shuffled(x, labels, random);
    }
    return new LabelledData(x, features, labels, classes);
  }

  private void checkTogether() {
    long used = (long) informative + redundant + repeated;
    if (used > features) {
      throw new IllegalArgumentException(
          "features: "
              + features
              + " are fewer than the "
              + used
              + " of "
              + informative
              + " informative, "
              + redundant
              + " redundant and "
              + repeated
              + " repeated ones");
    }
    long clusters = (long) classes * clustersPerClass;
    if (informative < Long.SIZE - 1 && clusters > 1L << informative) {
      throw new IllegalArgumentException(
          "informative: the hypercube of "
              + informative
              + " informative features has "
              + (1L << informative)
              + " corners, too few for "
              + classes
              + " classes of "
              + clustersPerClass
              + " clusters");
    }
    checkArraySize("samples x features", samples, features);
    checkArraySize("clusters x informative features", clusters, informative);
    checkArraySize("informative x informative features", informative, informative);
    checkArraySize("informative x redundant features", informative, redundant);
    checkPerFeature(shift, "shift");
    checkPerFeature(scale, "scale");
  }

  private void checkPerFeature(double[] values, String name) {
    // As NumPy broadcasts: a single value is for all features.
    if (values != null && values.length != 1 && values.length != features) {
      throw new IllegalArgumentException(
          name + ": " + values.length + " values for " + features + " features");
    }
  }

  /** The proportion of each class, also of the last. */
  private double[] proportions() {
    if (weights == null) {
      double[] equal = new double[classes];
      Arrays.fill(equal, 1.0 / classes);
      return equal;
    }
    if (weights.length != classes && weights.length != classes - 1) {
      throw new IllegalArgumentException(
          "weights: "
              + weights.length
              + " values for "
              + classes
              + " classes, want one for each, or for each but the last");
    }
    double[] all = Arrays.copyOf(weights, classes);
    if (weights.length < classes) {
      double sum = 0.0;
      for (double weight : weights) {
        sum += weight;
      }
      all[classes - 1] = 1.0 - sum;
      // Decimal fractions of sum 1 may add up to a little more; that leaves nothing, not an error.
      if (all[classes - 1] < -1e-9) {
        throw new IllegalArgumentException(
            "weights: the sum is " + sum + ", which leaves nothing for the last class");
      }
    }
    return all;
  }

  /** clusters x informative: the corners that the clusters lie about. */
  private double[] centroids(NumpyRandom random) {
    int clusters = classes * clustersPerClass;
    double[] centroids = new double[clusters * informative];
    int bitsOfNumber = Math.min(informative, LARGEST_BITS_OF_NUMBER);
    int bitsAlone = informative - bitsOfNumber;
    for (int k = 0; k < clusters; k++) {
      for (int j = 0; j < bitsAlone; j++) {
        centroids[k * informative + j] = random.randint(2);
      }
    }
    int[] corners = SampleWithoutReplacement.draw(1 << bitsOfNumber, clusters, random);
    for (int k = 0; k < clusters; k++) {
      for (int j = bitsAlone; j < informative; j++) {
        centroids[k * informative + j] = (corners[k] >>> (informative - 1 - j)) & 1;
      }
    }
    for (int i = 0; i < centroids.length; i++) {
      centroids[i] = centroids[i] * (2 * classSeparation) - classSeparation;
    }
    if (!hypercube) {
      for (int k = 0; k < clusters; k++) {
        double factor = random.nextDouble();
        for (int j = 0; j < informative; j++) {
          centroids[k * informative + j] *= factor;
        }
      }
      for (int j = 0; j < informative; j++) {
        double factor = random.nextDouble();
        for (int k = 0; k < clusters; k++) {
          centroids[k * informative + j] *= factor;
        }
      }
    }
    return centroids;
  }

  /** Fills a range of the columns, row by row. */
  private void fillWithNormals(double[] x, int from, int to, NumpyRandom random) {
    for (int row = 0; row < samples; row++) {
      for (int column = from; column < to; column++) {
        x[row * features + column] = random.standardNormal();
      }
    }
  }

  /** Gives each cluster its rows, and those a covariance, a place and a label. */
  private void placeClusters(
      double[] x, int[] labels, double[] proportions, double[] centroids, NumpyRandom random) {
    int[] ends = clusterEnds(proportions);
    double[] product = new double[informative];
    int row = 0;
    for (int k = 0; k < ends.length; k++) {
      double[] covariance = uniformMatrix(informative, informative, random);
      for (; row < ends[k]; row++) {
        multiplyRow(x, row, covariance, product);
        for (int j = 0; j < informative; j++) {
          x[row * features + j] = product[j] + centroids[k * informative + j];
        }
        labels[row] = k % classes;
      }
    }
  }

  /** The row after the last of each cluster. */
  private int[] clusterEnds(double[] proportions) {
    int clusters = classes * clustersPerClass;
    long[] sizes = new long[clusters];
    long left = samples;
    for (int k = 0; k < clusters; k++) {
      sizes[k] = (long) (samples * proportions[k % classes] / clustersPerClass);
      left -= sizes[k];
    }
    for (long i = 0; i < left; i++) {
      sizes[(int) (i % clusters)]++;
    }
    int[] ends = new int[clusters];
    long end = 0;
    for (int k = 0; k < clusters; k++) {
      end += sizes[k];
      ends[k] = (int) Math.min(end, samples);
    }
    return ends;
  }

  private void addRedundant(double[] x, NumpyRandom random) {
    double[] combination = uniformMatrix(informative, redundant, random);
    double[] product = new double[redundant];
    for (int row = 0; row < samples; row++) {
      multiplyRow(x, row, combination, product);
      System.arraycopy(product, 0, x, row * features + informative, redundant);
    }
  }

  private void addRepeated(double[] x, NumpyRandom random) {
    int first = informative + redundant;
    for (int j = 0; j < repeated; j++) {
      int original = (int) ((first - 1) * random.nextDouble() + 0.5);
      for (int row = 0; row < samples; row++) {
        x[row * features + first + j] = x[row * features + original];
      }
    }
  }

  private void flipLabels(int[] labels, NumpyRandom random) {
    boolean[] flipped = new boolean[samples];
    for (int row = 0; row < samples; row++) {
      flipped[row] = random.nextDouble() < flipY;
    }
    for (int row = 0; row < samples; row++) {
      if (flipped[row]) {
        labels[row] = random.randint(classes);
      }
    }
  }

  private void shiftAndScale(double[] x, NumpyRandom random) {
    double[] shifts = shift != null ? broadcast(shift) : new double[features];
    if (shift == null) {
      for (int j = 0; j < features; j++) {
        shifts[j] = (2 * random.nextDouble() - 1) * classSeparation;
      }
    }
    double[] scales = scale != null ? broadcast(scale) : new double[features];
    if (scale == null) {
      for (int j = 0; j < features; j++) {
        scales[j] = 1 + 100 * random.nextDouble();
      }
    }
    for (int row = 0; row < samples; row++) {
      for (int j = 0; j < features; j++) {
        int i = row * features + j;
        x[i] = (x[i] + shifts[j]) * scales[j];
      }
    }
  }

  private double[] broadcast(double[] values) {
    if (values.length == features) {
      return values;
    }
    double[] perFeature = new double[features];
    Arrays.fill(perFeature, values[0]);
    return perFeature;
  }

  private LabelledData shuffled(double[] x, int[] labels, NumpyRandom random) {
    int[] rowOrder = random.permutation(samples);
    int[] columnOrder = random.permutation(features);
    double[] shuffledX = new double[x.length];
    int[] shuffledLabels = new int[samples];
    for (int row = 0; row < samples; row++) {
      int from = rowOrder[row] * features;
      for (int j = 0; j < features; j++) {
        shuffledX[row * features + j] = x[from + columnOrder[j]];
      }
      shuffledLabels[row] = labels[rowOrder[row]];
    }
    return new LabelledData(shuffledX, features, shuffledLabels, classes);
  }

  /** The informative features of a row, times a matrix of informative x {@code product.length}. */
  private void multiplyRow(double[] x, int row, double[] matrix, double[] product) {
    Arrays.fill(product, 0.0);
    for (int k = 0; k < informative; k++) {
      double value = x[row * features + k];
      for (int j = 0; j < product.length; j++) {
        // Fused, in order of k: for few features this is what OpenBLAS computes, bit for bit.
        product[j] = Math.fma(value, matrix[k * product.length + j], product[j]);
      }
    }
  }

  /** rows x columns, each from -1 to 1. */
  private static double[] uniformMatrix(int rows, int columns, NumpyRandom random) {
    double[] matrix = new double[rows * columns];
    for (int i = 0; i < matrix.length; i++) {
      matrix[i] = 2 * random.nextDouble() - 1;
    }
    return matrix;
  }

  private static NumpyRandom randomlySeeded() {
    return new NumpyRandom(ThreadLocalRandom.current().nextLong(1L << 32));
  }

  private static void checkArraySize(String what, long rows, long columns) {
    // Divided, because the product may overflow.
    if (columns != 0 && rows > ArrayLength.LARGEST / columns) {
      throw new IllegalArgumentException(
          what
              + ": "
              + rows
              + " x "
              + columns
              + " values are more than a Java array holds, "
              + ArrayLength.LARGEST);
    }
  }

  private static int atLeast(int least, int value, String name) {
    if (value < least) {
      throw new IllegalArgumentException(name + ": " + value + ", want at least " + least);
    }
    return value;
  }

  private static double finite(double value, String name) {
    if (!Double.isFinite(value)) {
      throw new IllegalArgumentException(name + ": " + value + ", want a finite number");
    }
    return value;
  }

  private static double positive(double value, String name) {
    if (!(finite(value, name) > 0.0)) {
      throw new IllegalArgumentException(name + ": " + value + ", want more than 0");
    }
    return value;
  }
}
