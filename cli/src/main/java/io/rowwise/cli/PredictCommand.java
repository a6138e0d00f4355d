package io.rowwise.cli;

import io.rowwise.backend.Backend;
import io.rowwise.dataset.CellException;
import io.rowwise.dataset.Table;
import io.rowwise.dataset.TableEncoding;
import io.rowwise.file.AtomicFile;
import io.rowwise.file.Quoted;
import io.rowwise.metric.ConformalThreshold;
import io.rowwise.model.SoftmaxModel;
import io.rowwise.model.TableClassifier;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Function;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Says the classes of rows. */
@Command(
    name = "predict",
    description =
        "Says the class of each row and how probable each class is, as CSV. By a pipe every row is"
            + " answered at once.",
    mixinStandardHelpOptions = true,
    abbreviateSynopsis = true,
    sortOptions = false)
final class PredictCommand implements Callable<Integer> {
  private static final String PIPE = "-";
  private static final int ROWS_AT_ONCE = 4096;

  private final Terminal terminal;

  @Spec private CommandSpec spec;

  @Parameters(
      arity = "0..1",
      paramLabel = "FILE",
      description = "The rows; without it, or by -, CSV from standard input.")
  private String file = PIPE;

  @Option(
      names = "--model",
      required = true,
      paramLabel = "FILE",
      description = "What rowwise train made.")
  private Path model;

  @Option(
      names = "--output",
      paramLabel = "FILE",
      description = "Where to write the answers; standard output otherwise, and by -.")
  private String output = PIPE;

  @Option(
      names = "--top",
      paramLabel = "K",
      description = "Only the K most probable classes, as class_1,probability_1,class_2,...")
  private Integer top;

  @Option(
      names = "--set",
      paramLabel = "SHARE",
      description =
          "Also the set of classes that has the true one for this share of rows, of a model that"
              + " was trained with --coverage; between them there is a |.")
  private Double coverage;

  @Mixin private InputOptions input;
  @Mixin private BackendOption backendOption;

  PredictCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws IOException, FailedException {
    if (top != null && top < 1) {
      throw new ParameterException(spec.commandLine(), "--top is " + top + ", want at least 1");
    }
    SoftmaxModel loaded = Models.load(model);
    TableEncoding encoding = Models.encoding(loaded);
    ConformalThreshold threshold = threshold(loaded);
    boolean isPipe = file.equals(PIPE);
    try (Pieces pieces =
            isPipe
                ? Pieces.open(terminal.in(), input, encoding)
                : Pieces.open(input.file(Path.of(file)), encoding);
        Backend backend = backendOption.open();
        TableClassifier classifier = TableClassifier.of(backend, loaded)) {
      Function<OutputStream, PredictionWriter> writer =
          out ->
              new PredictionWriter(
                  out,
                  classifier.classNames(),
                  loaded.type(),
                  top == null ? 0 : top,
                  Optional.ofNullable(threshold));
      if (output.equals(PIPE)) {
        write(pieces, classifier, writer.apply(terminal.out()), isPipe ? 1 : ROWS_AT_ONCE);
      } else {
        AtomicFile.write(Path.of(output), out -> writeFile(pieces, classifier, writer.apply(out)));
      }
    } catch (FailedInside e) {
      throw e.failure();
    }
    return 0;
  }

  /** A failure on its way through what only lets IOException pass. */
  private static final class FailedInside extends IOException {
    private static final long serialVersionUID = 1L;

    FailedInside(FailedException failure) {
      super(failure);
    }

    FailedException failure() {
      return (FailedException) getCause();
    }
  }

  /** Null if none is asked for. */
  private ConformalThreshold threshold(SoftmaxModel loaded) throws FailedException {
    if (coverage == null) {
      return null;
    }
    if (!(coverage > 0 && coverage < 1)) {
      throw new ParameterException(
          spec.commandLine(), "--set is " + coverage + ", want a share above 0 and below 1");
    }
    ConformalThreshold known =
        ConformalThreshold.ofFacts(loaded.card().facts())
            .orElseThrow(
                () ->
                    new FailedException(
                        model
                            + ": has no threshold for prediction sets; train it with --validation"
                            + " and --coverage "
                            + coverage));
    if (coverage > known.coverage()) {
      throw new FailedException(
          model
              + ": promises a coverage of up to "
              + known.coverage()
              + ", and --set is "
              + coverage
              + "; train it with --coverage "
              + coverage);
    }
    for (String name : loaded.card().classNames()) {
      if (name.contains(PredictionWriter.BETWEEN_CLASSES)) {
        throw new FailedException(
            model
                + ": has the class "
                + Quoted.of(name)
                + ", and --set writes "
                + PredictionWriter.BETWEEN_CLASSES
                + " between classes; take Predictor.set of the library");
      }
    }
    return known;
  }

  private void writeFile(Pieces pieces, TableClassifier classifier, PredictionWriter writer)
      throws IOException {
    try {
      write(pieces, classifier, writer, ROWS_AT_ONCE);
    } catch (FailedException e) {
      throw new FailedInside(e);
    }
  }

  private void write(Pieces pieces, TableClassifier classifier, PredictionWriter writer, int rows)
      throws IOException, FailedException {
    writer.writeHeader();
    try (ProgressLine progress = new ProgressLine(terminal)) {
      for (Table piece = pieces.next(rows); piece.rows() > 0; piece = pieces.next(rows)) {
        try {
          writer.write(classifier.probabilities(piece), piece.rows());
        } catch (CellException e) {
          throw pieces.failure(e);
        } catch (IllegalArgumentException e) {
          throw new FailedException(pieces.source() + ": " + e.getMessage(), e);
        } finally {
          writer.flush();
        }
        if (terminal.out().checkError()) {
          throw new FailedException("standard output: nobody takes what is written");
        }
        if (!output.equals(PIPE)) {
          progress.show(pieces.rowsBefore() + piece.rows() + " rows", pieces.fraction());
        }
      }
    }
  }
}
