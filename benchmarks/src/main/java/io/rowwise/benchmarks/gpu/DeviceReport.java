package io.rowwise.benchmarks.gpu;

import io.rowwise.Rowwise;
import io.rowwise.backend.Backend;
import io.rowwise.backend.BackendUnavailableException;
import io.rowwise.backend.Backends;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.classifier.SoftmaxClassifier;
import io.rowwise.classifier.TrainingOptions;
import java.nio.file.Path;
import java.util.Map;

/**
 * Tells whether a backend is usable on this machine, how long a program waits there for its first
 * answers, and what Rowwise finds.
 */
public final class DeviceReport {
  /** The exit status where the backend is not usable. */
  static final int UNUSABLE = 3;

  private static final int ROWS = 100;
  private static final int FEATURES = 5;
  private static final int CLASSES = 3;

  private final Results results;
  private final Map<String, String> parameters;
  private long before = System.nanoTime();

  private DeviceReport(Results results, String start) {
    this.results = results;
    this.parameters = Map.of("start", start);
  }

  /**
   * The command; the exit status is 3 if the backend is not usable, and the reason is the last
   * line.
   *
   * @param arguments the backend, {@code cuda} for one; the file for the results; what kind of
   *     start this is, {@code cold} for one; and {@code --describe} to have all backends described
   */
  public static void main(String[] arguments) {
    try {
      new DeviceReport(new Results(Path.of(arguments[1])), arguments[2]).start(arguments[0]);
    } catch (BackendUnavailableException e) {
      System.err.println(e.getMessage());
      System.exit(UNUSABLE);
    }
    if (arguments.length > 3) {
      System.out.println(Rowwise.describe());
    }
    System.out.println(Results.DONE);
  }

  private void start(String name) {
    try (Backend backend = Backends.choose(name, false).backend()) {
      passed("open");
      System.out.println(name + ": " + backend.device());
      ElementType type = ElementType.FLOAT32;
      try (Matrix x = backend.matrix(type, ROWS, FEATURES);
          Matrix targets = backend.matrix(type, ROWS, CLASSES);
          SoftmaxClassifier classifier =
              new SoftmaxClassifier(backend, type, FEATURES, CLASSES, 42)) {
        try (Matrix probabilities = classifier.predict(x)) {
          probabilities.toDoubles();
        }
        passed("first-prediction");
        classifier.fit(x, targets, new TrainingOptions(2, 0.01, 33));
        passed("first-fit");
      }
    }
  }

  private void passed(String what) {
    double microseconds = (System.nanoTime() - before) / 1e3;
    results.measured(
        "rowwise.start." + what, parameters, new Timing(microseconds, microseconds, microseconds));
    before = System.nanoTime();
  }
}
