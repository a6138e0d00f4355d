package io.rowwise.benchmarks.gpu;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.rowwise.backend.Backend;
import io.rowwise.backend.Backends;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.classifier.EpochResult;
import io.rowwise.classifier.SoftmaxClassifier;
import io.rowwise.classifier.TrainingOptions;
import io.rowwise.dataset.LabelledData;
import io.rowwise.dataset.MakeClassification;
import io.rowwise.dataset.OneHot;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.BiConsumer;

/**
 * The notebook's fit on a device, for three seeds and both types, against stored values: those of
 * the CPU in {@code float64}, starting from the parameters of the seed.
 */
public final class NotebookCheck {
  private static final String STORED = "notebook.json";
  private static final int[] SEEDS = {42, 0, 7};
  private static final TrainingOptions OPTIONS = new TrainingOptions(16, 0.01, 33);

  /** Sums in other orders, a few units in the last place a step, over 64 steps. */
  private static final double FLOAT64_TOLERANCE = 1e-12;

  /** The same, and the rounding of the data. */
  private static final double FLOAT32_TOLERANCE = 1e-5;

  private NotebookCheck() {}

  /**
   * The command; the exit status is 0 if all agrees.
   *
   * @param arguments the backend; and the file for the results, or {@code --store} to print the
   *     values instead of comparing them
   */
  public static void main(String[] arguments) throws IOException {
    try (Backend backend = Backends.choose(arguments[0], false).backend()) {
      if (arguments.length > 1 && arguments[1].equals("--store")) {
        System.out.println(store(backend).toPrettyString());
        return;
      }
      Results results = new Results(Path.of(arguments[1]));
      List<String> differences =
          compare(
              backend,
              (fit, difference) -> {
                results.checked("notebook, " + fit, difference.isEmpty(), difference);
                System.out.println(fit + ": " + (difference.isEmpty() ? "as stored" : difference));
              });
      System.out.printf(
          "%s: the notebook's fit, seeds 42, 0 and 7, float64 and float32: %s%n",
          backend.device(), differences.isEmpty() ? "as stored" : "DIFFERENT");
      System.out.println(Results.DONE);
      if (!differences.isEmpty()) {
        System.exit(1);
      }
    }
  }

  /** What a fit leaves behind: every epoch's three values, the weights, and the bias. */
  private static double[] fit(Backend backend, ElementType type, int seed) {
    LabelledData.Split data =
        MakeClassification.defaults()
            .samples(10_100)
            .features(5)
            .classes(3)
            .informative(4)
            .redundant(0)
            .randomState(seed)
            .generate()
            .split(100);
    LabelledData train = data.train();
    LabelledData valid = data.validation();
    List<Double> values = new ArrayList<>();
    try (Matrix x = backend.matrix(type, train.rows(), 5, train.x());
        Matrix y = backend.matrix(type, train.rows(), 3, OneHot.encode(train.labels(), 3));
        Matrix validX = backend.matrix(type, valid.rows(), 5, valid.x());
        Matrix validY = backend.matrix(type, valid.rows(), 3, OneHot.encode(valid.labels(), 3));
        SoftmaxClassifier classifier = new SoftmaxClassifier(backend, type, 5, 3, seed)) {
      for (EpochResult epoch : classifier.fit(x, y, validX, validY, OPTIONS)) {
        values.add(epoch.crossEntropy());
        values.add(epoch.validationCrossEntropy());
        values.add(epoch.validationAccuracy());
      }
      for (double each : classifier.weights().toDoubles()) {
        values.add(each);
      }
      for (double each : classifier.bias().toDoubles()) {
        values.add(each);
      }
    }
    return values.stream().mapToDouble(Double::doubleValue).toArray();
  }

  private static ObjectNode store(Backend backend) {
    ObjectNode all = new ObjectMapper().createObjectNode();
    for (int seed : SEEDS) {
      ArrayNode values = all.putArray(String.valueOf(seed));
      for (double each : fit(backend, ElementType.FLOAT64, seed)) {
        values.add(each);
      }
    }
    return all;
  }

  /**
   * Compares every fit.
   *
   * @param told of each fit as it is known: which, and where it differs, or nothing
   * @return a line for every fit that differs
   */
  static List<String> compare(Backend backend, BiConsumer<String, String> told) throws IOException {
    JsonNode stored;
    try (InputStream in = NotebookCheck.class.getResourceAsStream(STORED)) {
      stored = new ObjectMapper().readTree(in);
    }
    List<String> differences = new ArrayList<>();
    for (int seed : SEEDS) {
      for (ElementType type : ElementType.arithmetic()) {
        String fit = String.format(Locale.ROOT, "seed %d, %s", seed, type);
        String difference;
        try {
          difference = difference(fit(backend, type, seed), stored.get("" + seed), type);
        } catch (RuntimeException e) {
          difference = "failed: " + e;
        }
        told.accept(fit, difference);
        if (!difference.isEmpty()) {
          differences.add(fit + ": " + difference);
        }
      }
    }
    return differences;
  }

  /** The first value that differs, or nothing. */
  private static String difference(double[] actual, JsonNode expected, ElementType type) {
    double tolerance = type == ElementType.FLOAT64 ? FLOAT64_TOLERANCE : FLOAT32_TOLERANCE;
    for (int i = 0; i < expected.size(); i++) {
      // In this form a NaN differs as well.
      if (!(Math.abs(actual[i] - expected.get(i).asDouble()) <= tolerance)) {
        return String.format(
            Locale.ROOT,
            "value %d is %s, stored is %s, within %s wanted",
            i,
            actual[i],
            expected.get(i).asDouble(),
            tolerance);
      }
    }
    return "";
  }
}
