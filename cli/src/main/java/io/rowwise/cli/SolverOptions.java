package io.rowwise.cli;

import io.rowwise.backend.ElementType;
import io.rowwise.trainer.Lbfgs;
import io.rowwise.trainer.SoftmaxTrainer;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
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
              + " 1e-5.")
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
      description = "How the learning rate changes from epoch to epoch.")
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

  /**
   * The one place that knows what cannot be trained yet; whoever adds it takes its line out and
   * passes it on in {@link #configure}.
   *
   * @throws FailedException that names the first option that asks for it
   */
  void requireAvailable() throws FailedException {
    Map<String, Boolean> missing = new LinkedHashMap<>();
    missing.put("--solver " + solver.name().toLowerCase(Locale.ROOT), solver != Name.LBFGS);
    missing.put("--l1", l1 != null);
    missing.put("--epochs", epochs != null);
    missing.put("--batch", batch != null);
    missing.put("--learning-rate", learningRate != null);
    missing.put("--schedule", schedule != null);
    missing.put("--momentum", momentum != null);
    missing.put("--validation", validation != null);
    missing.put("--patience", patience != null);
    missing.put("--seed", seed != null);
    missing.put("--calibrate", calibrate);
    for (Map.Entry<String, Boolean> option : missing.entrySet()) {
      if (option.getValue()) {
        throw new FailedException(
            option.getKey() + " is not in this version; train without it, by lbfgs");
      }
    }
  }

  /**
   * The trainer with the solver that is asked for.
   *
   * @throws IllegalArgumentException if a value is out of its range
   */
  SoftmaxTrainer configure(SoftmaxTrainer trainer, ElementType type) {
    Lbfgs lbfgs = Lbfgs.of(type);
    if (tolerance != null) {
      lbfgs = lbfgs.tolerance(tolerance);
    }
    return trainer.solver(
        lbfgs.maxIterations(Objects.requireNonNullElse(maxIterations, lbfgs.maxIterations())));
  }

  /** As the option names it. */
  String name() {
    return solver.name().toLowerCase(Locale.ROOT);
  }
}
