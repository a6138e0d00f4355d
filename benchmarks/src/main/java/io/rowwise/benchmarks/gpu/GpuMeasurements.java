package io.rowwise.benchmarks.gpu;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Times what the JMH classes of this package prepare, in this JVM, what is most wanted first, each
 * result kept the moment it is known: for a machine that is lent for minutes, and a backend that
 * may crash or hang on it. Where there is time, JMH itself says more.
 */
public final class GpuMeasurements {
  /** The widths that there are aims for. */
  static final List<Integer> AIMED_COLUMNS = List.of(256, 512, 1024, 4096, 8192, 16_384, 32_768);

  private static final List<Integer> OTHER_COLUMNS = List.of(32, 128, 3, 131_072);

  /** What stands for the targets of a fit or an epoch: Rowwise takes nothing shorter. */
  private static final String TARGETS = "one-hot";

  private final String backend;
  private final Results results;
  private final boolean quick;
  private final long end;
  private boolean all = true;

  private GpuMeasurements(String backend, Results results, double seconds, boolean quick) {
    this.backend = backend;
    this.results = results;
    this.quick = quick;
    this.end = System.nanoTime() + (long) (seconds * 1e9);
  }

  /**
   * The command; the exit status is 1 if something was not measured.
   *
   * @param arguments the backend; the file for the results; {@code softmax}, or {@code work} for
   *     fit, epoch and prediction; the seconds after which nothing more is begun; and {@code
   *     --quick} for tiny sizes, to try this
   */
  public static void main(String[] arguments) {
    boolean quick = arguments.length == 5 && arguments[4].equals("--quick");
    if (arguments.length != (quick ? 5 : 4) || !arguments[2].matches("softmax|work")) {
      System.err.println("wanted: BACKEND RESULTS softmax|work SECONDS [--quick]");
      System.exit(2);
    }
    GpuMeasurements measurements =
        new GpuMeasurements(
            arguments[0],
            new Results(Path.of(arguments[1])),
            Double.parseDouble(arguments[3]),
            quick);
    if (arguments[2].equals("softmax")) {
      measurements.softmax();
    } else {
      measurements.work();
    }
    System.out.println(Results.DONE);
    System.exit(measurements.all ? 0 : 1);
  }

  private void softmax() {
    if (!quick) {
      wakeUp();
    }
    for (int columns : AIMED_COLUMNS) {
      softmax("float32", columns);
    }
    deviceCopy();
    for (int columns : OTHER_COLUMNS) {
      softmax("float32", columns);
    }
    for (int columns : List.of(256, 1024, 4096, 32_768)) {
      softmax("float64", columns);
      logSoftmax(columns);
    }
  }

  private void work() {
    for (String type : List.of("float64", "float32")) {
      fit(type);
    }
    List<String> problems =
        quick ? List.of("600x784,10/128") : List.of("60000x784,10/128", "8192x1024,1000/1024");
    for (String problem : problems) {
      for (String type : List.of("float32", "float64")) {
        epoch(type, problem);
      }
    }
    for (int rows : quick ? List.of(1) : List.of(1, 10_000)) {
      for (String type : List.of("float32", "float64")) {
        predict(type, rows);
      }
    }
  }

  /** An idle device runs at a fraction of its clock. */
  private void wakeUp() {
    try (GpuSoftmax prepared = prepared("float32", 1024)) {
      Timing.of(prepared::copy, GpuSoftmax.REPETITIONS, 1);
    } catch (RuntimeException | LinkageError e) {
      System.out.println("not woken up: " + e);
    }
  }

  private GpuSoftmax prepared(String type, int columns) {
    GpuSoftmax prepared = in(new GpuSoftmax(), type);
    prepared.mebibytes = quick ? 1 : 256;
    prepared.columns = columns;
    prepared.prepare();
    return prepared;
  }

  private void softmax(String type, int columns) {
    Map<String, String> parameters = parameters("type", type, "columns", "" + columns);
    if (isLate("rowwise.softmax", parameters)) {
      return;
    }
    try (GpuSoftmax prepared = prepared(type, columns)) {
      measure("rowwise.softmax", parameters, prepared::softmax, GpuSoftmax.REPETITIONS);
      measure("rowwise.copy", parameters, prepared::copy, GpuSoftmax.REPETITIONS);
    } catch (RuntimeException | LinkageError e) {
      missing("rowwise.softmax", parameters, e);
    }
  }

  private void logSoftmax(int columns) {
    Map<String, String> parameters = parameters("type", "float32", "columns", "" + columns);
    if (isLate("rowwise.log-softmax", parameters)) {
      return;
    }
    try (GpuSoftmax prepared = prepared("float32", columns)) {
      measure("rowwise.log-softmax", parameters, prepared::logSoftmax, GpuSoftmax.REPETITIONS);
    } catch (RuntimeException | LinkageError e) {
      missing("rowwise.log-softmax", parameters, e);
    }
  }

  private void deviceCopy() {
    Map<String, String> parameters = parameters("mebibytes", quick ? "1" : "256");
    if (!backend.equals("cuda")) {
      return;
    }
    try (DeviceCopy copy = new DeviceCopy(quick ? 1 << 20 : 256 << 20)) {
      measure(
          "cuMemcpyDtoD",
          parameters,
          () -> copy.copy(GpuSoftmax.REPETITIONS),
          GpuSoftmax.REPETITIONS);
    } catch (RuntimeException | LinkageError e) {
      missing("cuMemcpyDtoD", parameters, e);
    }
  }

  private void fit(String type) {
    Map<String, String> parameters = parameters("type", type, "targets", TARGETS);
    if (isLate("rowwise.fit", parameters)) {
      return;
    }
    try (GpuNotebookFit prepared = in(new GpuNotebookFit(), type)) {
      prepared.prepare();
      measure("rowwise.fit.told-at-end", parameters, prepared::unwatched, 1);
      measure("rowwise.fit.told-every-epoch", parameters, prepared::watched, 1);
    } catch (RuntimeException | LinkageError e) {
      missing("rowwise.fit", parameters, e);
    }
  }

  private void epoch(String type, String problem) {
    Map<String, String> parameters =
        parameters("type", type, "problem", problem, "targets", TARGETS);
    if (isLate("rowwise.epoch", parameters)) {
      return;
    }
    try (GpuEpoch prepared = in(new GpuEpoch(), type)) {
      prepared.problem = problem;
      prepared.prepare();
      measure("rowwise.epoch", parameters, prepared::epoch, 1);
    } catch (RuntimeException | LinkageError e) {
      missing("rowwise.epoch", parameters, e);
    }
  }

  private void predict(String type, int rows) {
    Map<String, String> parameters = parameters("type", type, "rows", "" + rows);
    if (isLate("rowwise.prediction", parameters)) {
      return;
    }
    try (GpuPrediction prepared = in(new GpuPrediction(), type)) {
      prepared.rows = rows;
      prepared.prepare();
      measure("rowwise.prediction", parameters, prepared::predict, 1);
    } catch (RuntimeException | LinkageError e) {
      missing("rowwise.prediction", parameters, e);
    }
  }

  private <S extends GpuState> S in(S state, String type) {
    state.backend = backend;
    state.type = type;
    return state;
  }

  private void measure(String name, Map<String, String> parameters, Runnable work, int operations) {
    Timing timing;
    try {
      timing = Timing.of(work, operations, quick ? 0.01 : 0.3);
    } catch (RuntimeException | LinkageError e) {
      missing(name, parameters, e);
      return;
    }
    results.measured(name, parameters, timing);
  }

  private void missing(String name, Map<String, String> parameters, Throwable reason) {
    all = false;
    results.notMeasured(name, parameters, reason.toString().lines().findFirst().orElse(""));
  }

  /** Whether the time is over; if so, it is said that this is not measured. */
  private boolean isLate(String name, Map<String, String> parameters) {
    boolean late = System.nanoTime() > end;
    if (late) {
      all = false;
      results.notMeasured(name, parameters, "no time left");
    }
    return late;
  }

  private static Map<String, String> parameters(String... pairs) {
    Map<String, String> parameters = new LinkedHashMap<>();
    for (int i = 0; i < pairs.length; i += 2) {
      parameters.put(pairs[i], pairs[i + 1]);
    }
    return parameters;
  }
}
