package io.rowwise.cli;

import io.rowwise.backend.ElementType;
import io.rowwise.trainer.Adam;
import io.rowwise.trainer.Lbfgs;
import io.rowwise.trainer.LearningRateSchedule;
import io.rowwise.trainer.MiniBatches;
import io.rowwise.trainer.Progress;
import io.rowwise.trainer.Sgd;
import io.rowwise.trainer.SoftmaxTrainer;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.ToDoubleFunction;
import picocli.CommandLine.Option;

/** How the smallest objective is looked for. */
final class SolverOptions {
  /** By the names of the options. */
  enum Name {
    LBFGS,
    SGD,
    ADAM
  }

  @Option(
      names = "--solver",
      paramLabel = "lbfgs|sgd|adam",
      description = "How to train; by default lbfgs, which finds the optimum.")
  private Name solver = Name.LBFGS;

  @Option(
      names = "--tolerance",
      paramLabel = "T",
      description =
          "lbfgs ends when no component of the gradient is larger; by default 1e-8, of float32"
              + " 1e-6.")
  private Double tolerance;

  @Option(
      names = "--max-iterations",
      paramLabel = "N",
      description = "lbfgs ends after so many at the latest; by default 10000.")
  private Integer maxIterations;

  @Option(names = "--l1", paramLabel = "L1", description = "Factor of the sum of all |weights|.")
  private Double l1;

  @Option(names = "--epochs", paramLabel = "N", description = "How often sgd and adam see a row.")
  private Integer epochs;

  @Option(names = "--batch", paramLabel = "N", description = "Rows in a step of sgd and adam.")
  private Integer batch;

  @Option(
      names = "--learning-rate",
      paramLabel = "R",
      description = "How far a step of sgd and adam goes.")
  private Double learningRate;

  @Option(
      names = "--schedule",
      paramLabel = "SCHEDULE",
      description =
          "How the learning rate changes from epoch to epoch: constant, cosine, step:EVERY:FACTOR,"
              + " exponential:FACTOR, inverse:DECAY, warmup:EPOCHS:SCHEDULE.")
  private String schedule;

  @Option(names = "--momentum", paramLabel = "M", description = "How much sgd keeps of a step.")
  private Double momentum;

  @Option(
      names = "--validation",
      paramLabel = "FRACTION|FILE",
      description = "Rows that are not trained on and say how good the model is.")
  private String validation;

  @Option(
      names = "--patience",
      paramLabel = "N",
      description = "End when the validation loss was not better for so many epochs.")
  private Integer patience;

  @Option(names = "--seed", paramLabel = "N", description = "Of all that is drawn by chance.")
  private Long seed;

  @Option(
      names = "--calibrate",
      description = "Fit the temperature of the probabilities to the validation rows.")
  private boolean calibrate;

  @Option(
      names = "--coverage",
      paramLabel = "SHARE",
      description =
          "Put into the model how probable a class has to be, so that sets of such classes have the"
              + " true one for this share of rows.")
  private Double coverage;

  /**
   * Checks that each option that was given belongs to the solver.
   *
   * @throws IllegalArgumentException that names the first that does not
   */
  void requireTogether() {
    boolean isLbfgs = solver == Name.LBFGS;
    Map<String, Object> ofLbfgs = new LinkedHashMap<>();
    ofLbfgs.put("--tolerance", tolerance);
    ofLbfgs.put("--max-iterations", maxIterations);
    ofLbfgs.put("--l1", l1);
    Map<String, Object> ofBatches = new LinkedHashMap<>();
    ofBatches.put("--epochs", epochs);
    ofBatches.put("--batch", batch);
    ofBatches.put("--learning-rate", learningRate);
    ofBatches.put("--schedule", schedule);
    ofBatches.put("--momentum", momentum);
    (isLbfgs ? ofBatches : ofLbfgs)
        .forEach(
            (option, value) -> {
              if (value != null) {
                throw new IllegalArgumentException(
                    option
                        + " does not go with --solver "
                        + name()
                        + (isLbfgs ? "; give --solver sgd or adam" : "; leave one of them out"));
              }
            });
    if (solver == Name.ADAM && momentum != null) {
      throw new IllegalArgumentException(
          "--momentum does not go with --solver adam, which has its own; give --solver sgd");
    }
    if (validation == null && (patience != null || calibrate || coverage != null)) {
      throw new IllegalArgumentException(
          (calibrate ? "--calibrate" : patience != null ? "--patience" : "--coverage")
              + " needs rows to validate with; give --validation 0.1 or a file, too");
    }
  }

  /** The file of rows to validate with, if it is one and not a fraction. */
  Optional<Path> validationFile() {
    return validation == null || fraction().isPresent()
        ? Optional.empty()
        : Optional.of(Path.of(validation));
  }

  private OptionalDouble fraction() {
    try {
      return OptionalDouble.of(Double.parseDouble(validation));
    } catch (NumberFormatException e) {
      return OptionalDouble.empty();
    }
  }

  /**
   * The trainer with the solver that is asked for.
   *
   * @throws IllegalArgumentException if a value is out of its range
   */
  SoftmaxTrainer configure(SoftmaxTrainer trainer, ElementType type) {
    SoftmaxTrainer configured =
        switch (solver) {
          case LBFGS -> trainer.solver(lbfgs(type));
          case SGD -> trainer.solver(sgd());
          case ADAM -> trainer.solver(adam());
        };
    configured = configured.calibrate(calibrate);
    configured = l1 == null ? configured : configured.l1(l1);
    configured = coverage == null ? configured : configured.coverage(coverage);
    configured = seed == null ? configured : configured.seed(seed);
    configured = patience == null ? configured : configured.patience(patience);
    return validation != null && fraction().isPresent()
        ? configured.validation(fraction().getAsDouble())
        : configured;
  }

  /** Tells how much of the solver's work is done. */
  ToDoubleFunction<Progress> progress(ElementType type) {
    if (solver == Name.LBFGS) {
      return new SolverProgress(lbfgs(type).tolerance());
    }
    int most = (solver == Name.SGD ? sgd().batches() : adam().batches()).epochs();
    return at -> (double) at.iteration() / most;
  }

  private Lbfgs lbfgs(ElementType type) {
    Lbfgs lbfgs = Lbfgs.of(type);
    lbfgs = tolerance == null ? lbfgs : lbfgs.tolerance(tolerance);
    return maxIterations == null ? lbfgs : lbfgs.maxIterations(maxIterations);
  }

  private Sgd sgd() {
    Sgd sgd = Sgd.defaults();
    sgd = sgd.batches(batches(sgd.batches()));
    return momentum == null ? sgd : sgd.momentum(momentum);
  }

  private Adam adam() {
    Adam adam = Adam.defaults();
    return adam.batches(batches(adam.batches()));
  }

  private MiniBatches batches(MiniBatches defaults) {
    return new MiniBatches(
        Objects.requireNonNullElse(epochs, defaults.epochs()),
        Objects.requireNonNullElse(batch, defaults.batchRows()),
        Objects.requireNonNullElse(learningRate, defaults.learningRate()),
        schedule == null ? defaults.schedule() : LearningRateSchedule.parse(schedule),
        Objects.requireNonNullElse(seed, defaults.seed()));
  }

  /** As the option names it. */
  String name() {
    return solver.name().toLowerCase(Locale.ROOT);
  }
}
