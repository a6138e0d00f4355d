package io.rowwise.benchmarks.notebook;

import io.rowwise.Rowwise;
import io.rowwise.backend.BackendUnavailableException;
import io.rowwise.backend.ElementType;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** The main job: the notebook's run from the command line. */
@Command(
    name = "notebook",
    mixinStandardHelpOptions = true,
    versionProvider = Notebook.Version.class,
    sortOptions = false,
    description = {
      "Trains the notebook's softmax classifier with PyTorch and with Rowwise, and compares them.",
      "-Dbackend=auto|cpu|cuda|cuda:N chooses the device (default: auto);",
      "-Dbackend.fallback=false makes a device that is not usable an error.",
      "-Drowwise.backend and -Drowwise.backend.fallback come before these."
    },
    exitCodeListHeading = "%nExit status:%n",
    exitCodeList = {
      "0:the run is complete",
      "1:it failed, or the device that was asked for is not usable",
      "2:an argument is not known or not possible"
    })
public final class Notebook implements Callable<Integer> {
  private static final String DEFAULT = " (default: ${DEFAULT-VALUE})";

  @Option(
      names = "--samples",
      paramLabel = "N",
      defaultValue = "10100",
      description = "rows of the data set" + DEFAULT)
  private int samples;

  @Option(
      names = "--features",
      paramLabel = "N",
      defaultValue = "5",
      description = "columns of the data set, all but one informative" + DEFAULT)
  private int features;

  @Option(
      names = "--classes",
      paramLabel = "N",
      defaultValue = "3",
      description = "how many classes" + DEFAULT)
  private int classes;

  @Option(
      names = "--train",
      paramLabel = "N",
      defaultValue = "100",
      description = "rows to train on; the others are for validation" + DEFAULT)
  private int train;

  @Option(
      names = "--epochs",
      paramLabel = "N",
      defaultValue = "16",
      description = "passes over the training rows" + DEFAULT)
  private int epochs;

  @Option(
      names = "--learning-rate",
      paramLabel = "X",
      defaultValue = "0.01",
      description = "of the gradient descent" + DEFAULT)
  private double learningRate;

  @Option(
      names = "--batch",
      paramLabel = "N",
      defaultValue = "33",
      description = "rows of a mini-batch" + DEFAULT)
  private int batch;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "42",
      description = "make_classification's random_state and torch.manual_seed" + DEFAULT)
  private int seed;

  @Option(
      names = "--type",
      paramLabel = "TYPE",
      defaultValue = "float64",
      converter = TypeOption.class,
      description = "float64 or float32" + DEFAULT)
  private ElementType type;

  @Option(
      names = "--json",
      paramLabel = "FILE",
      description = "write everything at full precision to this file")
  private Path json;

  @Spec private CommandSpec spec;

  /** For picocli. */
  public Notebook() {}

  /** The library's, which this is built with. */
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {
        "rowwise "
            + Rowwise.version().orElse("of no version, run from its classes")
            + Rowwise.commit().map(commit -> " of commit " + commit).orElse("")
      };
    }
  }

  /** Reads {@code float64} and {@code float32}. */
  static final class TypeOption implements ITypeConverter<ElementType> {
    @Override
    public ElementType convert(String value) {
      try {
        return ElementType.ofArithmetic(value);
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(e.getMessage());
      }
    }
  }

  @Override
  public Integer call() throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    NotebookArguments arguments;
    NotebookRun run;
    try {
      arguments =
          new NotebookArguments(
              samples, features, classes, train, epochs, learningRate, batch, seed, type);
      requireWritable(json);
      run = new NotebookRun(arguments, out);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
    NotebookReport report = run.run();
    if (json != null) {
      report.write(json);
    }
    return CommandLine.ExitCode.OK;
  }

  private static void requireWritable(Path file) {
    if (file == null) {
      return;
    }
    Path folder = file.toAbsolutePath().getParent();
    if (Files.isDirectory(file) || folder == null || !Files.isDirectory(folder)) {
      throw new IllegalArgumentException(
          "--json %s: wanted a file in a folder that exists".formatted(file));
    }
  }

  static CommandLine commandLine() {
    return new CommandLine(new Notebook())
        .setExecutionExceptionHandler(
            (exception, commandLine, parsed) -> {
              if (exception instanceof BackendUnavailableException) {
                commandLine.getErr().println(exception.getMessage());
                return CommandLine.ExitCode.SOFTWARE;
              }
              if (exception instanceof IllegalArgumentException) {
                commandLine.getErr().println(exception.getMessage());
                return CommandLine.ExitCode.USAGE;
              }
              throw exception;
            });
  }

  /**
   * Runs it.
   *
   * @param arguments see {@code --help}
   */
  public static void main(String[] arguments) {
    int status = commandLine().execute(arguments);
    if (status != CommandLine.ExitCode.OK) {
      System.exit(status);
    }
  }
}
