package io.rowwise.benchmarks.gpu;

import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import org.junit.platform.engine.FilterResult;
import org.junit.platform.engine.TestDescriptor;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.TestSource;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.PostDiscoveryFilter;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/**
 * Runs the tests of one class, and prints the name of each before it starts: when a device hangs or
 * takes the JVM with it, the last name says where.
 */
public final class ContractRun implements TestExecutionListener {
  private static final int MOST_LINES_OF_A_FAILURE = 15;
  private static final int MOST_CHARACTERS_OF_A_FAILURE = 500;

  /** How many are told of at length: on a broken device it may be a thousand. */
  private static final int MOST_FAILURES = 50;

  private final Results results;
  private int held;
  private int failed;
  private int skipped;

  private ContractRun(Results results) {
    this.results = results;
  }

  /**
   * The command; the exit status is 0 if at least one test ran and none failed.
   *
   * @param arguments the class; the file for the results; and, if not all, a regular expression for
   *     the names of the methods
   */
  public static void main(String[] arguments) {
    String methods = arguments.length > 2 ? arguments[2] : ".*";
    PostDiscoveryFilter named =
        test -> FilterResult.includedIf(method(test).map(m -> m.matches(methods)).orElse(true));
    LauncherDiscoveryRequest request =
        LauncherDiscoveryRequestBuilder.request()
            .selectors(DiscoverySelectors.selectClass(arguments[0]))
            .filters(named)
            .build();
    ContractRun run = new ContractRun(new Results(Path.of(arguments[1])));
    LauncherFactory.create().execute(request, run);
    String counts =
        String.format(
            Locale.ROOT,
            "%d tests held, %d failed, %d were skipped",
            run.held,
            run.failed,
            run.skipped);
    boolean good = run.held > 0 && run.failed == 0;
    run.results.checked("contract", good, counts);
    System.out.println(counts);
    System.out.println(Results.DONE);
    System.exit(good ? 0 : 1);
  }

  private static Optional<String> method(TestDescriptor test) {
    return test.getSource()
        .filter(MethodSource.class::isInstance)
        .map(source -> ((MethodSource) source).getMethodName());
  }

  private static String name(TestIdentifier test) {
    Optional<TestSource> source = test.getSource();
    String shown = test.getDisplayName();
    if (source.isPresent() && source.get() instanceof MethodSource method) {
      String name = method.getMethodName();
      return shown.startsWith(name) ? name : name + " " + shown;
    }
    return shown;
  }

  @Override
  public void executionStarted(TestIdentifier test) {
    if (test.isTest()) {
      say("started " + name(test));
    }
  }

  @Override
  public void executionSkipped(TestIdentifier test, String reason) {
    skipped++;
    say("skipped " + name(test) + ": " + reason);
  }

  @Override
  public void executionFinished(TestIdentifier test, TestExecutionResult result) {
    switch (result.getStatus()) {
      case SUCCESSFUL -> {
        if (test.isTest()) {
          held++;
          say("held " + name(test));
        }
      }
      case ABORTED -> {
        skipped++;
        say("skipped " + name(test) + ": " + line(result));
      }
      case FAILED -> {
        failed++;
        say("failed " + name(test) + ": " + line(result));
        if (failed <= MOST_FAILURES) {
          result.getThrowable().ifPresent(ContractRun::sayWhere);
          results.checked("contract: " + name(test), false, line(result));
        }
      }
    }
  }

  private static String line(TestExecutionResult result) {
    String line =
        result
            .getThrowable()
            .map(thrown -> String.join(" ", thrown.toString().lines().limit(3).toList()))
            .orElse("");
    return line.substring(0, Math.min(line.length(), MOST_CHARACTERS_OF_A_FAILURE));
  }

  private static void sayWhere(Throwable thrown) {
    int lines = 0;
    for (StackTraceElement each : thrown.getStackTrace()) {
      if (each.getClassName().startsWith("io.rowwise.") && lines < MOST_LINES_OF_A_FAILURE) {
        System.out.println("    at " + each);
        lines++;
      }
    }
    if (thrown.getCause() != null) {
      System.out.println(
          "    because of " + thrown.getCause().toString().lines().findFirst().orElse(""));
    }
    System.out.flush();
  }

  private static void say(String line) {
    System.out.println(line);
    System.out.flush();
  }
}
