package io.rowwise.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rowwise.backend.ElementType;
import io.rowwise.model.ModelCard;
import io.rowwise.model.SoftmaxModel;
import io.rowwise.predictor.Predictor;
import io.rowwise.predictor.PredictorOptions;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What predictors promise of the CPU: threads, and how exactly one row is as in a batch. */
final class PredictorsTest {
  private static SoftmaxModel model(ElementType type, int features, int classes) {
    SplittableRandom random = new SplittableRandom(42);
    // Logits of some units, as trained ones are.
    double scale = 4 / Math.sqrt(features);
    double[] weights =
        random.doubles((long) features * classes, -1, 1).map(each -> each * scale).toArray();
    double[] bias = random.doubles(classes, -1, 1).toArray();
    return SoftmaxModel.of(type, features, classes, weights, bias, ModelCard.empty());
  }

  /** Opens many predictors, lets each compute enough for helpers to wake, and counts threads. */
  static final class ManyPredictors {
    private ManyPredictors() {}

    public static void main(String[] arguments) {
      boolean shared = Boolean.parseBoolean(arguments[0]);
      int count = Integer.parseInt(arguments[1]);
      SoftmaxModel model = model(ElementType.FLOAT32, 500, 100);
      PredictorOptions options =
          PredictorOptions.defaults()
              .backend("cpu")
              .batches(256, Duration.ZERO)
              .sharedBackend(shared);
      List<Predictor> all = new ArrayList<>();
      float[] x = new float[500 * 256];
      for (int i = 0; i < count; i++) {
        all.add(Predictor.of(model, options));
        for (int repeated = 0; repeated < 3; repeated++) {
          all.get(i).predict(x, 256);
        }
      }
      System.out.println("threads " + ours());
      all.forEach(Predictor::close);
      System.out.println("left " + ours());
    }

    private static long ours() {
      return Thread.getAllStackTraces().keySet().stream()
          .filter(each -> each.getName().startsWith("rowwise"))
          .count();
    }
  }

  private static String many(boolean shared, int count) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:ActiveProcessorCount=16",
                "-cp",
                System.getProperty("java.class.path"),
                ManyPredictors.class.getName(),
                Boolean.toString(shared),
                Integer.toString(count))
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertTrue(process.waitFor(2, TimeUnit.MINUTES), output);
    assertEquals(0, process.exitValue(), output);
    assertTrue(output.contains("left 0"), output);
    return output;
  }

  @Test
  void manyPredictorsHaveTheThreadsOfOne() throws IOException, InterruptedException {
    String output = many(true, 200);
    assertTrue(output.contains("threads 15"), output);
  }

  @Test
  void whoWantsABackendOfItsOwnGetsIt() throws IOException, InterruptedException {
    String output = many(false, 3);
    assertTrue(output.contains("threads 45"), output);
  }

  @Test
  void aModelOfManyFeaturesIsReadyWithoutMuchMemory() {
    int features = 1 << 18;
    SoftmaxModel model = model(ElementType.FLOAT32, features, 3);
    try (Predictor predictor = Predictor.of(model, PredictorOptions.defaults().backend("cpu"))) {
      assertTrue(predictor.deviceMemory() <= (features + 1L) * 3 * 4 + (4L << 20));
      double[] x = new SplittableRandom(1).doubles(20L * features, -1, 1).toArray();
      double[] all = predictor.predict(x, 20);
      double[] last = predictor.predict(Arrays.copyOfRange(x, 19 * features, 20 * features));
      for (int c = 0; c < 3; c++) {
        assertEquals(last[c], all[19 * 3 + c], 1e-5);
      }
    }
  }

  /** As the documentation of {@link Predictor} says. */
  @Test
  void aRowAloneIsAlmostAsInABatch() throws IOException {
    StringBuilder told = new StringBuilder();
    for (ElementType type : ElementType.arithmetic()) {
      double worst = 0;
      double worstRatio = 0;
      for (int features : new int[] {1, 4, 20, 100, 784, 3000}) {
        for (int classes : new int[] {1, 2, 3, 10, 33, 100, 1000}) {
          try (Predictor predictor =
              Predictor.of(
                  model(type, features, classes), PredictorOptions.defaults().backend("cpu"))) {
            double difference = 0;
            double ratio = 0;
            for (int rows : new int[] {2, 5, 64, 300}) {
              double[] x =
                  new SplittableRandom(rows).doubles((long) rows * features, -1, 1).toArray();
              double[] batch = predictor.predict(x, rows);
              for (int row = 0; row < Math.min(rows, 64); row++) {
                double[] one =
                    predictor.predict(Arrays.copyOfRange(x, row * features, (row + 1) * features));
                for (int c = 0; c < classes; c++) {
                  double p = batch[row * classes + c];
                  difference = Math.max(difference, Math.abs(p - one[c]));
                  ratio = Math.max(ratio, Math.abs(p - one[c]) / p);
                }
              }
            }
            told.append(
                String.format(
                    Locale.ROOT,
                    "%s, %d features, %d classes: %.2g, relative %.2g%n",
                    type,
                    features,
                    classes,
                    difference,
                    ratio));
            worst = Math.max(worst, difference);
            worstRatio = Math.max(worstRatio, ratio);
          }
        }
      }
      // Some times what is measured, for other processors.
      assertTrue(worst <= (type == ElementType.FLOAT32 ? 4e-6 : 8e-15), told.toString());
      told.append(String.format(Locale.ROOT, "%s: %.2g, relative %.2g%n", type, worst, worstRatio));
    }
    Files.writeString(Path.of("target", "alone-and-in-a-batch.txt"), told);
  }
}
