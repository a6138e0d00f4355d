package io.rowwise.cli;

import io.rowwise.Rowwise;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The command {@code rowwise}. */
@Command(
    name = "rowwise",
    description = "Trains, evaluates and applies softmax classifiers, on a GPU if there is one.",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    footer = {
      "",
      "Exit codes: 0, 2 for wrong usage, 1 for everything else that goes wrong, with one line that"
          + " says what."
    })
public final class Main implements Runnable {
  static final int FAILED = 1;
  static final int WRONG_USAGE = 2;

  @Option(
      names = "--debug",
      description = "Show where an error comes from.",
      scope = ScopeType.INHERIT)
  private boolean debug = Boolean.getBoolean("rowwise.debug");

  @Spec private CommandSpec spec;

  private Main() {}

  /**
   * Runs a command and ends the process with its exit code.
   *
   * @param arguments such as {@code train iris.csv --label species --model iris.safetensors}
   */
  // The script that starts this asks for the console that is null in a pipe, on every JDK.
  @SuppressWarnings("SystemConsoleNull")
  public static void main(String[] arguments) {
    boolean isInteractive = System.console() != null;
    System.exit(run(arguments, new Terminal(System.in, System.out, System.err, isInteractive)));
  }

  /**
   * Runs a command in this process, without progress.
   *
   * @return the exit code: 0, 2 for wrong usage, 1 for all else
   */
  public static int run(String[] arguments, InputStream in, PrintStream out, PrintStream err) {
    return run(arguments, new Terminal(in, out, err, false));
  }

  private static int run(String[] arguments, Terminal terminal) {
    Main main = new Main();
    CommandLine line =
        new CommandLine(main)
            .addSubcommand(new TrainCommand(terminal))
            .addSubcommand(new EvaluateCommand(terminal))
            .addSubcommand(new PredictCommand(terminal))
            .addSubcommand(new DevicesCommand(terminal))
            .setOut(writer(terminal.out()))
            .setErr(writer(terminal.err()))
            .setCaseInsensitiveEnumValuesAllowed(true)
            .setUsageHelpAutoWidth(true)
            .setParameterExceptionHandler((wrong, given) -> main.wrongUsage(wrong, terminal))
            .setExecutionExceptionHandler(
                (failure, command, parsed) -> main.failed(failure, command, parsed, terminal));
    int code;
    try {
      code = line.execute(arguments);
    } catch (OutOfMemoryError e) {
      long mebibytes = Runtime.getRuntime().maxMemory() >> 20;
      terminal
          .err()
          .println(
              "rowwise: needs more memory than the "
                  + mebibytes
                  + " MiB that Java gives it; give more by JAVA_OPTS, such as JAVA_OPTS=-Xmx8g");
      code = FAILED;
    }
    terminal.out().flush();
    terminal.err().flush();
    return code;
  }

  private static PrintWriter writer(PrintStream stream) {
    return new PrintWriter(stream, true, Charset.defaultCharset());
  }

  /** Without a command. */
  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "a command is missing, choose train, evaluate, predict or devices");
  }

  private int wrongUsage(ParameterException wrong, Terminal terminal) {
    String command = wrong.getCommandLine().getCommandSpec().qualifiedName();
    terminal
        .err()
        .println(
            FailureMessage.oneLine(command + ": " + wrong.getMessage())
                + " (see "
                + command
                + " --help)");
    showTrace(wrong, terminal);
    return WRONG_USAGE;
  }

  private int failed(
      Exception failure, CommandLine command, ParseResult unused, Terminal terminal) {
    terminal
        .err()
        .println(command.getCommandSpec().qualifiedName() + ": " + FailureMessage.of(failure));
    showTrace(failure, terminal);
    return FAILED;
  }

  private void showTrace(Exception failure, Terminal terminal) {
    if (debug) {
      failure.printStackTrace(terminal.err());
    }
  }

  /** For picocli. */
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {"rowwise " + Rowwise.version().orElse("of an unknown version")};
    }
  }
}
