package io.rowwise.cli;

import io.rowwise.Rowwise;
import io.rowwise.backend.Backend;
import io.rowwise.backend.ElementType;
import io.rowwise.dataset.CellException;
import io.rowwise.dataset.Column;
import io.rowwise.dataset.CsvFormat;
import io.rowwise.dataset.LabelledStream;
import io.rowwise.dataset.LabelledTable;
import io.rowwise.dataset.MissingValues;
import io.rowwise.dataset.Table;
import io.rowwise.dataset.UnknownWords;
import io.rowwise.model.ModelCard;
import io.rowwise.model.SoftmaxModel;
import io.rowwise.trainer.ClassWeights;
import io.rowwise.trainer.Fit;
import io.rowwise.trainer.ProgressListener;
import io.rowwise.trainer.SoftmaxTrainer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Makes a model. */
@Command(
    name = "train",
    description = "Trains a softmax classifier on the rows of a file.",
    mixinStandardHelpOptions = true,
    abbreviateSynopsis = true,
    sortOptions = false)
final class TrainCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Spec private CommandSpec spec;

  @Parameters(
      paramLabel = "FILE",
      description =
          "The rows: CSV, .npy, IDX (...-ubyte) or .libsvm, also compressed by gzip; or .parquet.")
  private Path file;

  @Option(names = "--label", paramLabel = "COLUMN", description = "The column of the classes.")
  private String label;

  @Option(
      names = "--labels",
      paramLabel = "FILE",
      description = "The classes, if they are in a file of their own: .npy, IDX, CSV of a column.")
  private Path labels;

  @Option(
      names = "--model",
      required = true,
      paramLabel = "FILE",
      description = "Where to save the model, as safetensors.")
  private Path model;

  @Option(
      names = "--penalty",
      paramLabel = "L2",
      description = "Factor of half the sum of all squared weights; by default 1 / rows.")
  private Double penalty;

  @Option(
      names = "--class-weights",
      paramLabel = "none|balanced|FILE",
      description =
          "How much the rows of a class count; a file is CSV of the columns class,weight.")
  private String classWeights = "none";

  @Option(
      names = "--weights",
      paramLabel = "COLUMN",
      description = "How much each row counts; by default all count the same.")
  private String weights;

  @Option(
      names = "--standardize",
      description = "Put the penalty on features less their mean, by their deviation.")
  private boolean standardize;

  @Option(
      names = "--divide-by",
      paramLabel = "D",
      description = "Put the penalty on features divided by it, such as 255 for pixels.")
  private Double divideBy;

  @Option(
      names = "--type",
      paramLabel = "float64|float32",
      converter = TypeOption.class,
      description = "What to compute in; by default float64.")
  private ElementType type = ElementType.FLOAT64;

  @Option(
      names = "--missing",
      paramLabel = "error|mean|median",
      description = "What stands for a missing number; by default it is an error.")
  private MissingValues missing;

  @Option(
      names = "--unknown",
      paramLabel = "error|zeros",
      description =
          "What a word is in later rows that these rows do not have; by default an error.")
  private UnknownWords unknown;

  @Option(
      names = "--init",
      paramLabel = "MODEL",
      description = "The model to start from, whose columns and classes are kept.")
  private Path init;

  @Option(
      names = "--json",
      paramLabel = "FILE",
      description = "Where to write the numbers for programs; - for standard output.")
  private String json;

  @Mixin private SolverOptions solver;
  @Mixin private InputOptions input;
  @Mixin private RowsOption rows;
  @Mixin private BackendOption backendOption;

  TrainCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws IOException, FailedException {
    DataFile data = input.file(file);
    if (label == null && labels == null && data.format() != DataFormat.LIBSVM) {
      throw new ParameterException(
          spec.commandLine(),
          "say which column has the classes by --label, or which file by --labels");
    }
    try {
      solver.requireTogether();
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
    SoftmaxModel start = init == null ? null : Models.load(init);
    if (start != null && (missing != null || unknown != null)) {
      throw new ParameterException(
          spec.commandLine(), "--missing and --unknown are those of the model of --init");
    }
    if (data.isCsv()) {
      data = data.csv(kinds(data.csv(), start));
    }
    SoftmaxTrainer trainer = trainer(start);
    if (labels != null && solver.validationFile().isPresent()) {
      throw new ParameterException(
          spec.commandLine(),
          "--validation with a file takes its classes from the column of --label; with --labels"
              + " give a fraction");
    }
    try (Backend backend = backendOption.open();
        ProgressLine line = new ProgressLine(terminal)) {
      ProgressListener progress = new TrainingProgress(line, solver.progress(type));
      if (rows.areOnDisk(data)) {
        fitOnDisk(trainer, data, start, backend, progress);
      } else {
        fitInMemory(trainer, data, start, backend, progress);
      }
    } catch (CellException e) {
      throw failure(e.isOfValidation() ? validationFile(data, start) : data, e);
    } catch (IllegalArgumentException e) {
      throw new FailedException(file + ": " + e.getMessage(), e);
    }
    return 0;
  }

  private void fitInMemory(
      SoftmaxTrainer trainer,
      DataFile data,
      SoftmaxModel start,
      Backend backend,
      ProgressListener progress)
      throws IOException, FailedException {
    LabelledTable table =
        read(data, labels, start == null ? List.of() : Models.encoding(start).columnNames());
    SoftmaxTrainer validating =
        solver.validationFile().isPresent()
            ? trainer.validation(
                read(validationFile(data, start), null, table.features().columnNames()))
            : trainer;
    save(validating.fit(backend, table, progress), table.rows(), backend);
  }

  private void fitOnDisk(
      SoftmaxTrainer trainer,
      DataFile data,
      SoftmaxModel start,
      Backend backend,
      ProgressListener progress)
      throws IOException, FailedException {
    List<String> known = start == null ? List.of() : Models.encoding(start).columnNames();
    FileStream stream = new FileStream(data, () -> known, this::failure);
    SoftmaxTrainer validating = trainer;
    if (solver.validationFile().isPresent()) {
      DataFile apart = validationFile(data, start);
      validating =
          trainer.validation(labelled(new FileStream(apart, stream::columnNames, this::failure)));
    }
    Path folder = model.toAbsolutePath().getParent();
    Fit fit = validating.fit(backend, labelled(stream), folder, progress);
    save(fit, stream.rows(), backend);
  }

  private LabelledStream labelled(FileStream stream) throws IOException, FailedException {
    String name = Objects.requireNonNullElse(label, DataFile.LABEL);
    LabelledStream labelled =
        labels == null ? stream.label(name) : stream.label(input.labels(labels).readLabels(name));
    return weights == null ? labelled : labelled.weights(weights);
  }

  private void save(Fit fit, int rowCount, Backend backend) throws IOException {
    SoftmaxModel trained = withFacts(fit);
    trained.save(model);
    tell(fit, trained, rowCount, backend.device().id());
  }

  private CsvFormat kinds(CsvFormat csv, SoftmaxModel start) {
    CsvFormat known = start == null ? csv : Models.encoding(start).format(csv);
    return weights == null ? known : known.numbers(weights);
  }

  private DataFile validationFile(DataFile trained, SoftmaxModel start) throws FailedException {
    DataFile data = input.file(solver.validationFile().orElseThrow());
    return data.isCsv() ? data.csv(kinds(trained.csv(), start)) : data;
  }

  /**
   * The rows with their classes.
   *
   * @param columns that the rows have to have; those that LIBSVM leaves out are 0
   */
  private LabelledTable read(DataFile data, Path labels, List<String> columns)
      throws IOException, FailedException {
    Table table = data.read();
    if (data.format() == DataFormat.LIBSVM) {
      table = table.withZeros(columns);
    }
    String name = Objects.requireNonNullElse(label, DataFile.LABEL);
    try {
      LabelledTable labelled;
      if (labels == null) {
        labelled = table.label(name);
      } else {
        DataFile labelFile = input.labels(labels);
        Column apart = labelFile.readLabels(name);
        labelFile.requireLabels(apart.rows(), table.rows(), file.toString());
        labelled = table.label(apart);
      }
      return weights == null ? labelled : labelled.weights(weights);
    } catch (CellException e) {
      throw failure(data, e);
    } catch (IllegalArgumentException e) {
      throw new FailedException(file + ": " + e.getMessage(), e);
    }
  }

  private FailedException failure(DataFile data, CellException wrong) throws FailedException {
    if (labels != null
        && wrong.column().equals(Objects.requireNonNullElse(label, DataFile.LABEL))) {
      return input.labels(labels).failure(wrong, 0, "");
    }
    String advice = "";
    if (wrong.kind() == CellException.Kind.MISSING) {
      advice =
          wrong.column().equals(label) || wrong.column().equals(weights)
              ? "; take such rows out"
              : "; take such rows out, or train with --missing mean or median";
    }
    return data.failure(wrong, 0, advice);
  }

  private SoftmaxTrainer trainer(SoftmaxModel start) throws IOException, FailedException {
    ClassWeights ofClasses = ClassWeightsOption.of(classWeights);
    try {
      SoftmaxTrainer trainer =
          SoftmaxTrainer.defaults()
              .type(type)
              .standardize(standardize)
              .classWeights(ofClasses)
              .missingValues(Objects.requireNonNullElse(missing, MissingValues.ERROR))
              .unknownWords(Objects.requireNonNullElse(unknown, UnknownWords.ERROR));
      trainer = solver.configure(trainer, type);
      trainer = penalty == null ? trainer : trainer.penalty(penalty);
      trainer = divideBy == null ? trainer : trainer.divideBy(divideBy);
      return start == null ? trainer : trainer.start(start);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
  }

  private SoftmaxModel withFacts(Fit fit) {
    SoftmaxModel found = fit.model();
    ModelCard card =
        found
            .card()
            .fact(Curve.FACT, Curve.of(fit.solution().history()))
            .fact("solver", solver.name());
    if (standardize) {
      card = card.fact("standardized", "true");
    }
    if (divideBy != null) {
      card = card.fact("divided_by", divideBy.toString());
    }
    if (!classWeights.equals("none")) {
      card = card.fact("class_weights", classWeights);
    }
    if (Rowwise.version().isPresent()) {
      card = card.version(Rowwise.version().get());
    }
    return found.card(card);
  }

  private void tell(Fit fit, SoftmaxModel trained, int rowCount, String device) throws IOException {
    TrainingSummary summary = new TrainingSummary(fit, trained, rowCount, device, solver.name());
    if (json != null) {
      JsonFile.write(json, summary.toJson(), terminal);
    }
    if (!JsonFile.STANDARD_OUTPUT.equals(json)) {
      terminal.out().print(summary.toText(file, model));
    }
    if (!fit.solution().stopReason().isConverged()) {
      terminal
          .err()
          .printf(
              Locale.ROOT,
              "WARN not converged after %d iterations: the largest component of the gradient is"
                  + " %.3g; give more by --max-iterations, a larger --penalty, or --standardize%n",
              fit.solution().iterations(),
              fit.solution().gradientNorm());
    }
  }
}
