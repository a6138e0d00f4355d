package io.rowwise.cli;

import io.rowwise.backend.Backend;
import io.rowwise.cli.report.HtmlReport;
import io.rowwise.dataset.CellException;
import io.rowwise.dataset.Column;
import io.rowwise.dataset.LabelledTable;
import io.rowwise.dataset.Table;
import io.rowwise.metric.Report;
import io.rowwise.metric.ReportAccumulator;
import io.rowwise.model.SoftmaxModel;
import io.rowwise.model.TableClassifier;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Says how good a model is. */
@Command(
    name = "evaluate",
    description = "Says how good a model is on rows whose classes are known.",
    mixinStandardHelpOptions = true,
    abbreviateSynopsis = true,
    sortOptions = false)
final class EvaluateCommand implements Callable<Integer> {
  private static final int ROWS_AT_ONCE = 4096;

  private final Terminal terminal;

  @Parameters(paramLabel = "FILE", description = "The rows, with their classes.")
  private Path file;

  @Option(
      names = "--model",
      required = true,
      paramLabel = "FILE",
      description = "What rowwise train made.")
  private Path model;

  @Option(
      names = "--label",
      paramLabel = "COLUMN",
      description = "The column of the classes; by default the one of the training.")
  private String label;

  @Option(
      names = "--labels",
      paramLabel = "FILE",
      description = "The classes, if they are in a file of their own.")
  private Path labels;

  @Option(
      names = "--weights",
      paramLabel = "COLUMN",
      description = "How much each row counts; by default all count the same.")
  private String weights;

  @Option(
      names = "--json",
      paramLabel = "FILE",
      description = "Where to write the numbers for programs; - for standard output.")
  private String json;

  @Option(
      names = "--report",
      paramLabel = "FILE",
      description = "Where to write a page (HTML) of all of it.")
  private Path report;

  @Mixin private InputOptions input;
  @Mixin private BackendOption backendOption;

  EvaluateCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws IOException, FailedException {
    SoftmaxModel loaded = Models.load(model);
    LabelSource labelSource =
        LabelSource.of(
            label != null ? label : loaded.card().label().orElse(DataFile.LABEL),
            labels == null ? null : input.labels(labels),
            loaded);
    DataFile data = labelSource.withKind(input.file(file));
    if (weights != null && data.isCsv()) {
      data = data.csv(data.csv().numbers(weights));
    }
    Report result;
    try (Pieces pieces = Pieces.open(data, Models.encoding(loaded));
        Backend backend = backendOption.open();
        TableClassifier classifier = TableClassifier.of(backend, loaded)) {
      result = evaluate(pieces, labelSource, classifier);
    }
    boolean isJsonAlone = JsonFile.STANDARD_OUTPUT.equals(json);
    if (!isJsonAlone) {
      terminal.out().print(result.toText());
    }
    if (json != null) {
      JsonFile.write(json, result.toJson(), terminal);
    }
    if (report != null) {
      HtmlReport.write(EvaluationPage.of(model, loaded, file, result), report);
      if (!isJsonAlone) {
        terminal.out().println();
        terminal.out().println(report + ": written");
      }
    }
    return 0;
  }

  private Report evaluate(Pieces pieces, LabelSource labelSource, TableClassifier classifier)
      throws IOException, FailedException {
    ReportAccumulator accumulator = new ReportAccumulator(classifier.classNames());
    long rows = 0;
    try (ProgressLine progress = new ProgressLine(terminal)) {
      for (Table piece = pieces.next(ROWS_AT_ONCE);
          piece.rows() > 0;
          piece = pieces.next(ROWS_AT_ONCE)) {
        rows += piece.rows();
        if (!labelSource.hasLabels(rows)) {
          // Read on, to say how many rows there are.
          continue;
        }
        LabelledTable labelled = labelSource.label(piece, pieces);
        try {
          if (weights != null) {
            labelled = labelled.weights(weights);
          }
          classifier.add(labelled, accumulator);
        } catch (CellException e) {
          throw labelSource.failure(e, pieces);
        } catch (IllegalArgumentException e) {
          throw new FailedException(pieces.source() + ": " + e.getMessage(), e);
        }
        progress.show(rows + " rows", pieces.fraction());
      }
    }
    labelSource.requireRows(rows, pieces);
    return accumulator.report();
  }

  /** Where the labels are: in a column of the rows, or in a file of their own. */
  private record LabelSource(String name, DataFile file, Column apart, List<String> classNames) {
    static LabelSource of(String name, DataFile file, SoftmaxModel model)
        throws IOException, FailedException {
      Column apart = file == null ? null : file.readLabels(name);
      return new LabelSource(name, file, apart, model.card().classNames());
    }

    /** With the kind that the column had in training, so that {@code 1.0} is the class 1 again. */
    DataFile withKind(DataFile data) {
      if (apart != null || !data.isCsv()) {
        return data;
      }
      boolean areNumbers = classNames.stream().allMatch(LabelSource::isNumber);
      return data.csv(areNumbers ? data.csv().numbers(name) : data.csv().words(name));
    }

    private static boolean isNumber(String text) {
      try {
        return !Double.isNaN(Double.parseDouble(text));
      } catch (NumberFormatException e) {
        return false;
      }
    }

    boolean hasLabels(long rows) {
      return apart == null || rows <= apart.rows();
    }

    LabelledTable label(Table piece, Pieces pieces) throws FailedException {
      try {
        if (apart == null) {
          return piece.label(name);
        }
        int first = (int) pieces.rowsBefore();
        int[] rows = IntStream.range(first, first + piece.rows()).toArray();
        return (piece.has(name) ? piece.without(name) : piece).label(apart.rows(rows));
      } catch (CellException e) {
        throw failure(e, pieces);
      } catch (IllegalArgumentException e) {
        throw new FailedException(pieces.source() + ": " + e.getMessage(), e);
      }
    }

    FailedException failure(CellException wrong, Pieces pieces) {
      return apart != null && wrong.column().equals(name)
          ? file.failure(wrong, pieces.rowsBefore(), "")
          : pieces.failure(wrong);
    }

    void requireRows(long rows, Pieces pieces) throws FailedException {
      if (rows == 0) {
        throw new FailedException(pieces.source() + ": has no rows, want at least one");
      }
      if (apart != null) {
        file.requireLabels(apart.rows(), rows, pieces.source());
      }
    }
  }
}
