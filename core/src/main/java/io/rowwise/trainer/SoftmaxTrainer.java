package io.rowwise.trainer;

import io.rowwise.backend.Backend;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.dataset.LabelledTable;
import io.rowwise.dataset.MissingValues;
import io.rowwise.dataset.TableEncoding;
import io.rowwise.dataset.UnknownWords;
import io.rowwise.kernel.Targets;
import io.rowwise.model.ModelCard;
import io.rowwise.model.SoftmaxModel;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Trains a softmax classifier on a labelled table: columns become features, classes numbers, and a
 * solver finds the weights that make {@link SoftmaxObjective} small.
 *
 * <pre>{@code
 * Fit fit = SoftmaxTrainer.defaults().penalty(1e-3).standardize(true).fit(backend, table);
 * fit.model().save(path);
 * }</pre>
 *
 * <p>Unless said otherwise it takes float64, L-BFGS, scikit-learn's C = 1, that is a penalty of 1 /
 * the sum of the rows' weights, rows as they are, and refuses missing values and unknown words.
 *
 * <p>Immutable, for use by many threads: each setting gives another trainer.
 */
public final class SoftmaxTrainer {
  private static final Logger LOG = LoggerFactory.getLogger(SoftmaxTrainer.class);
  private static final int ROWS_AT_ONCE = 1024;
  private static final SoftmaxTrainer DEFAULTS = new SoftmaxTrainer(new Settings());

  /** Copied before it is changed. */
  private static final class Settings implements Cloneable {
    private ElementType type = ElementType.FLOAT64;
    private OptionalDouble penalty = OptionalDouble.empty();
    private Optional<Solver<? super SoftmaxObjective>> solver = Optional.empty();
    private boolean standardize;
    private ClassWeights classWeights = ClassWeights.none();
    private MissingValues missingValues = MissingValues.ERROR;
    private UnknownWords unknownWords = UnknownWords.ERROR;
    private Optional<SoftmaxModel> start = Optional.empty();

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

  /** What most data wants. */
  public static SoftmaxTrainer defaults() {
    return DEFAULTS;
  }

  /** The same, which computes in another type; the model is of that type, too. */
  public SoftmaxTrainer type(ElementType type) {
    Settings copy = settings.copy();
    copy.type = Objects.requireNonNull(type, "type");
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
   * The same, starting from a model that it has trained before, whose columns and classes it keeps.
   * By default all parameters start at 0.
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
    if (table.rows() == 0) {
      throw new IllegalArgumentException("fit: the table has no rows, wanted at least one");
    }
    TableEncoding encoding =
        settings
            .start
            .flatMap(model -> model.card().encoding())
            .orElseGet(
                () ->
                    TableEncoding.of(
                        table.features(), settings.missingValues, settings.unknownWords));
    List<String> classNames =
        settings.start.map(model -> model.card().classNames()).orElse(table.classNames());
    int[] labels = table.labels(classNames);
    int classes = classNames.size();
    Standardization standardization =
        settings.standardize ? Standardization.of(encoding, table.features()) : null;
    double[] weights = rowWeights(table, classNames, labels);
    double total = weights == null ? table.rows() : Arrays.stream(weights).sum();
    if (!(total > 0)) {
      throw new IllegalArgumentException(
          "fit: the weights of all rows add up to " + total + ", wanted more than 0");
    }
    double penalty = settings.penalty.orElse(1 / total);
    double[] start = start(encoding.features(), classes, standardization);
    ElementType type = settings.type;
    try (Matrix x = backend.matrix(type, table.rows(), encoding.features());
        Matrix numbers = backend.matrix(type, table.rows(), 1, doubles(labels));
        Matrix counts = weights == null ? null : backend.matrix(type, table.rows(), 1, weights);
        Matrix parameters = backend.matrix(type, encoding.features() + 1, classes, start)) {
      write(encoding, table, standardization, x);
      Targets targets = Targets.ofClasses(numbers);
      targets = counts == null ? targets : targets.weights(counts);
      long begin = System.nanoTime();
      Solution solution = minimize(backend, x, targets, classes, penalty, parameters, listener);
      double seconds = (System.nanoTime() - begin) * 1e-9;
      SoftmaxModel model =
          model(
              parameters.toDoubles(),
              encoding.features(),
              classes,
              standardization,
              card(backend, table, encoding, classNames, penalty, solution));
      return new Fit(model, solution, penalty, seconds);
    }
  }

  /**
   * Finds the parameters for rows that are on a backend already. Preparation, class weights and a
   * start do not apply.
   *
   * @param x m x features, stays the caller's
   * @param targets of m rows
   * @param parameters (features + 1) x classes, the bias in the last row: where it starts, and what
   *     it found
   */
  public Solution minimize(
      Backend backend, Matrix x, Targets targets, Matrix parameters, ProgressListener listener) {
    double total = x.rows();
    if (targets.hasWeights()) {
      total = Arrays.stream(targets.weights().toDoubles()).sum();
    }
    return minimize(
        backend,
        x,
        targets,
        parameters.columns(),
        settings.penalty.orElse(1 / total),
        parameters,
        listener);
  }

  private Solution minimize(
      Backend backend,
      Matrix x,
      Targets targets,
      int classes,
      double penalty,
      Matrix parameters,
      ProgressListener listener) {
    Solution solution;
    try (SoftmaxObjective objective = new SoftmaxObjective(backend, x, targets, classes, penalty)) {
      solution = solver().minimize(objective, parameters, listener);
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

  private Solver<? super SoftmaxObjective> solver() {
    return settings.solver.isPresent() ? settings.solver.get() : Lbfgs.of(settings.type);
  }

  private double[] rowWeights(LabelledTable table, List<String> classNames, int[] labels) {
    if (table.weights().isEmpty() && settings.classWeights.areNone()) {
      return null;
    }
    double[] ofClass = settings.classWeights.of(classNames, labels);
    double[] weights = table.weights().map(double[]::clone).orElse(null);
    if (weights == null) {
      weights = new double[labels.length];
      Arrays.fill(weights, 1);
    }
    for (int i = 0; i < weights.length; i++) {
      weights[i] *= ofClass[labels[i]];
    }
    return weights;
  }

  private static double[] doubles(int[] labels) {
    return Arrays.stream(labels).asDoubleStream().toArray();
  }

  private double[] start(int features, int classes, Standardization standardization) {
    double[] parameters = new double[Math.multiplyExact(features + 1, classes)];
    if (settings.start.isPresent()) {
      SoftmaxModel model = settings.start.get();
      if (model.features() != features || model.classes() != classes) {
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT,
                "fit: the start has %d features and %d classes, the table %d and %d",
                model.features(),
                model.classes(),
                features,
                classes));
      }
      double[] weights = model.weights();
      double[] bias = model.bias();
      if (standardization != null) {
        standardization.fold(weights, bias);
      }
      System.arraycopy(weights, 0, parameters, 0, weights.length);
      System.arraycopy(bias, 0, parameters, weights.length, classes);
    }
    return parameters;
  }

  private static void write(
      TableEncoding encoding, LabelledTable table, Standardization standardization, Matrix x) {
    if (encoding.features() == 0) {
      return;
    }
    int n = encoding.features();
    for (int from = 0; from < table.rows(); from += ROWS_AT_ONCE) {
      int to = Math.min(table.rows(), from + ROWS_AT_ONCE);
      double[] rows = new double[(to - from) * n];
      encoding.encode(table.features(), from, to, rows);
      if (standardization != null) {
        standardization.apply(rows, to - from);
      }
      x.rows(from, to).write(rows);
    }
  }

  private SoftmaxModel model(
      double[] parameters,
      int features,
      int classes,
      Standardization standardization,
      ModelCard card) {
    double[] weights = Arrays.copyOf(parameters, features * classes);
    double[] bias = Arrays.copyOfRange(parameters, features * classes, parameters.length);
    if (standardization != null) {
      standardization.unfold(weights, bias);
    }
    // The same for all classes changes no probability.
    double mean = Arrays.stream(bias).sum() / classes;
    for (int j = 0; j < classes; j++) {
      bias[j] -= mean;
    }
    return SoftmaxModel.of(settings.type, features, classes, weights, bias, card);
  }

  private static ModelCard card(
      Backend backend,
      LabelledTable table,
      TableEncoding encoding,
      List<String> classNames,
      double penalty,
      Solution solution) {
    return ModelCard.empty()
        .classNames(classNames)
        .label(table.labelName())
        .encoding(encoding)
        .device(backend.device().id())
        .fact("penalty", Double.toString(penalty))
        .fact("objective", Double.toString(solution.objective()))
        .fact("gradient_norm", Double.toString(solution.gradientNorm()))
        .fact("iterations", Integer.toString(solution.iterations()))
        .fact("stop_reason", solution.stopReason().toString())
        .fact("training_rows", Integer.toString(table.rows()));
  }
}
