package io.rowwise.trainer;

import io.rowwise.backend.Backend;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.dataset.LabelledRows;
import io.rowwise.dataset.LabelledStream;
import io.rowwise.dataset.LabelledTable;
import io.rowwise.dataset.MissingValues;
import io.rowwise.dataset.TableEncoding;
import io.rowwise.dataset.UnknownWords;
import io.rowwise.metric.ConformalThreshold;
import io.rowwise.model.SoftmaxModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Trains a softmax classifier on a labelled table: columns become features, classes numbers, and a
 * solver finds the weights that make {@link SoftmaxObjective} small.
 *
 * <pre>{@code
 * Fit fit = SoftmaxTrainer.defaults().penalty(1e-3).standardize(true).fit(backend, table);
 * fit.model().save(path);
 *
 * SoftmaxTrainer.defaults()
 *     .solver(Adam.defaults().epochs(100).batchRows(256))
 *     .validation(0.2)
 *     .patience(5)
 *     .calibrate(true)
 *     .fit(backend, table);
 * }</pre>
 *
 * <p>Unless said otherwise it takes float64, L-BFGS, scikit-learn's C = 1, that is a penalty of 1 /
 * the sum of the rows' weights, rows as they are, and refuses missing values and unknown words.
 *
 * <p>Immutable, for use by many threads: each setting gives another trainer.
 */
public final class SoftmaxTrainer {
  private static final Logger LOG = LoggerFactory.getLogger(SoftmaxTrainer.class);
  private static final SoftmaxTrainer DEFAULTS = new SoftmaxTrainer(new Settings());

  /** Copied before it is changed. */
  static final class Settings implements Cloneable {
    ElementType type = ElementType.FLOAT64;
    OptionalDouble penalty = OptionalDouble.empty();
    Optional<Solver<? super SoftmaxObjective>> solver = Optional.empty();
    boolean standardize;
    double divisor = 1;
    ClassWeights classWeights = ClassWeights.none();
    MissingValues missingValues = MissingValues.ERROR;
    UnknownWords unknownWords = UnknownWords.ERROR;
    Optional<SoftmaxModel> start = Optional.empty();
    Optional<LabelledRows> validationRows = Optional.empty();
    OptionalDouble validationFraction = OptionalDouble.empty();
    OptionalInt patience = OptionalInt.empty();
    long seed;
    double l1;
    boolean calibrate;
    OptionalDouble coverage = OptionalDouble.empty();

    /** Learns how columns are encoded. */
    TableEncoding.Builder newEncoding() {
      return new TableEncoding.Builder(missingValues, unknownWords);
    }

    Settings copy() {
      try {
        return (Settings) clone();
      } catch (CloneNotSupportedException e) {
        throw new AssertionError(e);
      }
    }
  }

  private final Settings settings;

  private SoftmaxTrainer(Settings settings) {
    this.settings = settings;
  }

  Settings settings() {
    return settings;
  }

  /** What most data wants. */
  public static SoftmaxTrainer defaults() {
    return DEFAULTS;
  }

  /**
   * The same, which computes in another type; the model is of that type, too.
   *
   * @throws IllegalArgumentException if it has 16 bits, in which nothing is trained
   */
  public SoftmaxTrainer type(ElementType type) {
    Settings copy = settings.copy();
    copy.type = Objects.requireNonNull(type, "type");
    if (type.isHalf()) {
      throw new IllegalArgumentException(
          ("trainer: the type is %s, wanted float32 or float64; round the trained model to it by"
                  + " model.type(...)")
              .formatted(type));
    }
    return new SoftmaxTrainer(copy);
  }

  /**
   * The same with another factor of half the sum of the squares of the weights.
   *
   * @throws IllegalArgumentException if it is negative or not finite
   */
  public SoftmaxTrainer penalty(double penalty) {
    if (!(penalty >= 0) || Double.isInfinite(penalty)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT, "penalty is %s, wanted a finite number of at least 0", penalty));
    }
    Settings copy = settings.copy();
    copy.penalty = OptionalDouble.of(penalty);
    return new SoftmaxTrainer(copy);
  }

  /**
   * The same with another factor of the sum of the absolute weights, by default 0. It comes in
   * addition to the {@link #penalty}, and makes many weights exactly 0. L-BFGS becomes {@link
   * OwlQn}; there is no other solver for it.
   *
   * @throws IllegalArgumentException if it is negative or not finite
   */
  public SoftmaxTrainer l1(double factor) {
    if (!(factor >= 0) || Double.isInfinite(factor)) {
      throw new IllegalArgumentException(
          String.format(Locale.ROOT, "l1 is %s, wanted a finite number of at least 0", factor));
    }
    Settings copy = settings.copy();
    copy.l1 = factor;
    return new SoftmaxTrainer(copy);
  }

  /** The same with another solver; by default {@link Lbfgs#of} the type. */
  public SoftmaxTrainer solver(Solver<? super SoftmaxObjective> solver) {
    Settings copy = settings.copy();
    copy.solver = Optional.of(solver);
    return new SoftmaxTrainer(copy);
  }

  /**
   * The same, where the penalty is on the weights of standardised features: less their mean,
   * divided by their population standard deviation, or by 1 where that is 0. The model takes rows
   * as they are nevertheless.
   */
  public SoftmaxTrainer standardize(boolean standardize) {
    Settings copy = settings.copy();
    copy.standardize = standardize;
    return new SoftmaxTrainer(copy);
  }

  /**
   * The same, where the penalty is on the weights of features that are divided by a number, such as
   * 255 for pixels; features that are standardised are not. The model takes rows as they are
   * nevertheless.
   *
   * @throws IllegalArgumentException if it is not a finite number above 0
   */
  public SoftmaxTrainer divideBy(double divisor) {
    if (!(divisor > 0) || Double.isInfinite(divisor)) {
      throw new IllegalArgumentException(
          String.format(Locale.ROOT, "divide by is %s, wanted a finite number above 0", divisor));
    }
    Settings copy = settings.copy();
    copy.divisor = divisor;
    return new SoftmaxTrainer(copy);
  }

  /** The same, where rows count by their class, too. */
  public SoftmaxTrainer classWeights(ClassWeights classWeights) {
    Settings copy = settings.copy();
    copy.classWeights = Objects.requireNonNull(classWeights, "classWeights");
    return new SoftmaxTrainer(copy);
  }

  /** The same with another way to treat missing numbers. */
  public SoftmaxTrainer missingValues(MissingValues missingValues) {
    Settings copy = settings.copy();
    copy.missingValues = Objects.requireNonNull(missingValues, "missingValues");
    return new SoftmaxTrainer(copy);
  }

  /** The same with another way to treat words that the training table does not have. */
  public SoftmaxTrainer unknownWords(UnknownWords unknownWords) {
    Settings copy = settings.copy();
    copy.unknownWords = Objects.requireNonNull(unknownWords, "unknownWords");
    return new SoftmaxTrainer(copy);
  }

  /**
   * The same with rows to validate with, whose columns and classes are those of the rows to train
   * on. Their loss is the mean cross-entropy by their own weights: weights of classes do not apply.
   * Without {@link #patience} it is told of, and changes nothing.
   */
  public SoftmaxTrainer validation(LabelledRows rows) {
    Settings copy = settings.copy();
    copy.validationRows = Optional.of(rows);
    copy.validationFraction = OptionalDouble.empty();
    return new SoftmaxTrainer(copy);
  }

  /**
   * The same, where a part of the rows is kept aside to validate with, as {@link
   * #validation(LabelledRows)} does: the last ones, after all were shuffled by the {@link #seed}.
   * Which words a column has and what stands for missing cells is taken of all rows, means and
   * standard deviations of those to train on.
   *
   * @param fraction above 0 and below 1
   * @throws IllegalArgumentException if it is out of its range
   */
  public SoftmaxTrainer validation(double fraction) {
    if (!(fraction > 0 && fraction < 1)) {
      throw new IllegalArgumentException(
          "the fraction of rows to validate with is %s, wanted one above 0 and below 1"
              .formatted(fraction));
    }
    Settings copy = settings.copy();
    copy.validationRows = Optional.empty();
    copy.validationFraction = OptionalDouble.of(fraction);
    return new SoftmaxTrainer(copy);
  }

  /**
   * The same, which keeps the parameters with the lowest validation loss, and stops after so many
   * iterations or epochs without a lower one: {@link EarlyStopping}. It needs a validation.
   *
   * @throws IllegalArgumentException if it is less than 1
   */
  public SoftmaxTrainer patience(int iterations) {
    if (iterations < 1) {
      throw new IllegalArgumentException(
          String.format(Locale.ROOT, "the patience is %d, wanted at least 1", iterations));
    }
    Settings copy = settings.copy();
    copy.patience = OptionalInt.of(iterations);
    return new SoftmaxTrainer(copy);
  }

  /**
   * The same, where after the training the {@link Temperature} of the rows to validate with is
   * found, and the model's weights and bias are divided by it. It needs a validation.
   */
  public SoftmaxTrainer calibrate(boolean calibrate) {
    Settings copy = settings.copy();
    copy.calibrate = calibrate;
    return new SoftmaxTrainer(copy);
  }

  /**
   * The same, where the model's card gets the {@link ConformalThreshold} of the rows to validate
   * with, after a calibration if there is one, each row counting once. It needs a validation.
   *
   * @param share of the rows whose set of classes is to have the true one, above 0 and below 1
   * @throws IllegalArgumentException if it is out of its range
   */
  public SoftmaxTrainer coverage(double share) {
    if (!(share > 0 && share < 1)) {
      throw new IllegalArgumentException(
          "the coverage is %s, wanted one above 0 and below 1".formatted(share));
    }
    Settings copy = settings.copy();
    copy.coverage = OptionalDouble.of(share);
    return new SoftmaxTrainer(copy);
  }

  /**
   * The same with another seed, by default 0, of the order of rows: for a validation that is a
   * fraction, and for a solver that {@linkplain Solver#dependsOnRowOrder depends} on it.
   *
   * @param seed 0 to 4294967295
   * @throws IllegalArgumentException if it is out of its range
   */
  public SoftmaxTrainer seed(long seed) {
    if (seed < 0 || seed > 0xFFFF_FFFFL) {
      throw new IllegalArgumentException(
          String.format(Locale.ROOT, "the seed is %d, wanted 0 to %d", seed, 0xFFFF_FFFFL));
    }
    Settings copy = settings.copy();
    copy.seed = seed;
    return new SoftmaxTrainer(copy);
  }

  /**
   * The same, starting from a model that it has trained before, whose columns and classes it keeps.
   * By default all parameters start at 0.
   *
   * <p>With a solver of epochs that is a partial fit: new rows move a model without training it
   * anew, such as {@code start(model).solver(Sgd.defaults().epochs(1))}. Each fit starts its
   * schedule, momentum and order of batches from the beginning.
   */
  public SoftmaxTrainer start(SoftmaxModel model) {
    Settings copy = settings.copy();
    copy.start = Optional.of(model);
    return new SoftmaxTrainer(copy);
  }

  /**
   * Trains.
   *
   * @param backend stays the caller's
   * @param table at least one row
   * @throws IllegalArgumentException if a cell is missing or not finite, and the like; the message
   *     names row and column
   */
  public Fit fit(Backend backend, LabelledTable table) {
    return fit(backend, table, progress -> {});
  }

  /**
   * Trains.
   *
   * @param backend stays the caller's
   * @param table at least one row
   * @param listener is told of the start and of each iteration
   * @throws IllegalArgumentException if a cell is missing or not finite, and the like; the message
   *     names row and column
   */
  public Fit fit(Backend backend, LabelledTable table, ProgressListener listener) {
    return new TableTraining(this, backend, table).fit(listener);
  }

  /** As {@link #fit(Backend, LabelledStream, Path, ProgressListener)}, and tells nobody. */
  public Fit fit(Backend backend, LabelledStream rows, Path folder) throws IOException {
    return fit(backend, rows, folder, progress -> {});
  }

  /**
   * Trains on rows that do not fit into memory, to the same result as on a table of them, but for
   * rounding. They are read twice, with {@link #standardize} three times, for {@link
   * MissingValues#MEDIAN} some three to five times more, and written once, as numbers of the type:
   * the solver reads this copy, which is deleted at the end, as it is if anything fails. A copy
   * without zeros is written once more where the order of rows is drawn.
   *
   * <pre>{@code
   * Fit fit =
   *     SoftmaxTrainer.defaults()
   *         .solver(Sgd.defaults().epochs(5))
   *         .fit(backend, Csv.stream(path).label("species"), folder);
   * }</pre>
   *
   * <p>On the heap a row takes 4 bytes; 8 more where rows have weights; 8 more where their order is
   * drawn, by a solver or for a validation, and 16 for both; 8 more where they are copied without
   * their zeros, as a table in memory would be trained on, and 16 while they are put in order; and
   * those to validate with 8 bytes a class for a calibration or a coverage. A backend whose memory
   * is another than the CPU's takes as much as fits into a half of it, and brings the others again
   * and again, a sixteenth of it at most at once.
   *
   * @param backend stays the caller's
   * @param rows at least one
   * @param folder where the copy is, with as much room as (features + 2) numbers a row take, or 12
   *     bytes a number that is not 0, 24 where the order of rows is drawn
   * @param listener is told of the reading, of the start, and of each iteration
   * @throws IllegalArgumentException if a cell is missing or not finite, and the like; the message
   *     names row and column
   * @throws IOException if the rows cannot be read, or the copy cannot be written
   */
  public Fit fit(Backend backend, LabelledStream rows, Path folder, ProgressListener listener)
      throws IOException {
    return new StreamTraining(this, backend, new DiskSpace(folder), listener).fit(rows);
  }

  /**
   * Finds the parameters for rows that are prepared already. Preparation, class weights, a start
   * and a validation do not apply; nor are the rows shuffled. The penalty is by default 1 / the sum
   * of the rows' weights.
   *
   * @param samples stay the caller's
   * @param parameters (features + 1) x classes, the bias in the last row: where it starts, and what
   *     it found
   */
  public Solution minimize(Samples samples, Matrix parameters, ProgressListener listener) {
    double[] weights = samples.weights();
    double total = weights == null ? samples.count() : Arrays.stream(weights).sum();
    return minimize(samples, Optional.empty(), penaltyFor(total), parameters, listener);
  }

  /** The one that was set, or scikit-learn's for rows of some weight in all. */
  double penaltyFor(double totalWeight) {
    return settings.penalty.orElse(1 / totalWeight);
  }

  Solution minimize(
      Samples samples,
      Optional<Samples> validation,
      double penalty,
      Matrix parameters,
      ProgressListener listener) {
    Solution solution;
    try (SoftmaxObjective objective = new SoftmaxObjective(samples, penalty)) {
      if (validation.isEmpty()) {
        solution = solver().minimize(objective, parameters, listener);
      } else if (settings.patience.isPresent()) {
        int patience = settings.patience.getAsInt();
        solution =
            new EarlyStopping<SoftmaxObjective>(solver(), validation.get(), patience)
                .minimize(objective, parameters, listener);
      } else {
        solution = solver().minimize(objective, parameters, watching(validation.get(), listener));
      }
    }
    if (!solution.stopReason().isConverged()) {
      LOG.warn(
          "not converged: {} iterations, the largest component of the gradient is {}; give it more"
              + " iterations, a larger penalty, or standardise the features",
          solution.iterations(),
          solution.gradientNorm());
    }
    return solution;
  }

  /** Tells of the validation's loss on the way to the end. */
  private static ProgressListener watching(Samples validation, ProgressListener listener) {
    return new ProgressListener() {
      @Override
      public void onProgress(Progress progress) {
        listener.onProgress(progress);
      }

      @Override
      public double validationLoss(int iteration, Matrix current) {
        return validation.crossEntropy(current);
      }

      @Override
      public boolean isEnough() {
        return listener.isEnough();
      }
    };
  }

  Solver<? super SoftmaxObjective> solver() {
    Solver<? super SoftmaxObjective> solver =
        settings.solver.isPresent() ? settings.solver.get() : Lbfgs.of(settings.type);
    if (settings.l1 == 0) {
      return solver;
    }
    if (!(solver instanceof Lbfgs lbfgs)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "fit: l1 is %s with the solver %s; wanted L-BFGS for it, or an l1 of 0",
              settings.l1,
              solver));
    }
    return OwlQn.of(lbfgs, settings.l1);
  }
}
