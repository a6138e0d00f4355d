package io.rowwise.reference;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.rowwise.backend.Backend;
import io.rowwise.backend.ElementType;
import io.rowwise.dataset.Csv;
import io.rowwise.dataset.CsvFormat;
import io.rowwise.dataset.LabelledTable;
import io.rowwise.metric.Report;
import io.rowwise.random.NumpyRandom;
import io.rowwise.trainer.ClassWeights;
import io.rowwise.trainer.Fit;
import io.rowwise.trainer.Lbfgs;
import io.rowwise.trainer.SoftmaxTrainer;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.zip.GZIPInputStream;

/**
 * An optimum of the penalised softmax regression to the last digits, found by scikit-learn and
 * Newton's method, and the measures of its model on the rows that it was found for.
 */
public final class LogisticOptimum {
  private final JsonNode node;

  private LogisticOptimum(JsonNode node) {
    this.node = node;
  }

  /** All that there are. */
  public static List<LogisticOptimum> all() {
    try (InputStream in = new GZIPInputStream(open("logistic.json.gz"))) {
      List<LogisticOptimum> all = new ArrayList<>();
      new ObjectMapper().readTree(in).forEach(node -> all.add(new LogisticOptimum(node)));
      return all;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static InputStream open(String name) {
    return LogisticOptimum.class.getResourceAsStream("/reference/" + name);
  }

  /** The data set: {@code iris}. */
  public String data() {
    return node.get("data").asText();
  }

  /** scikit-learn's parameter. */
  public double inversePenalty() {
    return node.get("C").asDouble();
  }

  /** {@code none}, {@code balanced} or {@code random}. */
  public String weights() {
    return node.get("weights").asText();
  }

  private boolean isStandardised() {
    return node.get("features").asText().equals("standardised");
  }

  private LabelledTable table() {
    LabelledTable table = rows();
    return weights().equals("random") ? table.weights(uniform(table.rows())) : table;
  }

  private LabelledTable rows() {
    String name = data() + (data().length() > 4 ? ".csv.gz" : ".csv");
    try (InputStream in = open(name)) {
      return Csv.read(in, CsvFormat.DEFAULT).label("label");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static double[] uniform(int count) {
    NumpyRandom random = new NumpyRandom(42);
    double[] values = new double[count];
    for (int i = 0; i < count; i++) {
      values[i] = 2 * random.nextDouble();
    }
    return values;
  }

  /** Trains for it. */
  public Fit fit(Backend backend) {
    ClassWeights classWeights =
        weights().equals("balanced") ? ClassWeights.balanced() : ClassWeights.none();
    return SoftmaxTrainer.defaults()
        .penalty(node.get("penalty").asDouble())
        .standardize(isStandardised())
        .classWeights(classWeights)
        .solver(Lbfgs.of(ElementType.FLOAT64).tolerance(1e-12))
        .fit(backend, table());
  }

  /**
   * What of a fit is not as good as it should be: the objective to 1e-12, weights to 1e-6, measures
   * to 1e-9, which count each row once. Empty if nothing is.
   */
  public List<String> faults(Backend backend, Fit fit) {
    Report report = fit.model().report(backend, rows());
    List<String> faults = new ArrayList<>();
    double optimum = node.get("objective").asDouble();
    double excess = fit.solution().objective() / optimum - 1;
    if (!(excess <= 1e-12)) {
      faults.add("the objective is " + excess + " above the optimum");
    }
    if (!isStandardised()) {
      compareParameters(fit, faults);
    }
    compare("log_loss", report.logLoss(), faults);
    compare("accuracy", report.accuracy(), faults);
    compare("macro_precision", report.macroPrecision(), faults);
    compare("macro_recall", report.macroRecall(), faults);
    compare("macro_f1", report.macroF1(), faults);
    compare("brier", report.brier(), faults);
    compare("ece", report.expectedCalibrationError(), faults);
    return faults;
  }

  private void compare(String name, double actual, List<String> faults) {
    double expected = node.get(name).asDouble();
    if (!(Math.abs(actual - expected) <= 1e-9)) {
      faults.add(String.format(Locale.ROOT, "%s is %s, wanted %s", name, actual, expected));
    }
  }

  private void compareParameters(Fit fit, List<String> faults) {
    double[] weights = fit.model().weights();
    double[] bias = fit.model().bias();
    JsonNode classes = node.get("classes");
    int count = classes.size();
    double largest = 1;
    double worst = 0;
    for (int j = 0; j < count; j++) {
      int own = fit.model().card().classNames().indexOf(classes.get(j).asText());
      for (int k = 0; k < fit.model().features(); k++) {
        double expected = node.get("w").get(k * count + j).asDouble();
        largest = Math.max(largest, Math.abs(expected));
        worst = Math.max(worst, Math.abs(weights[k * count + own] - expected));
      }
      double expected = node.get("b").get(j).asDouble();
      worst = Math.max(worst, Math.abs(bias[own] - expected) / Math.max(1, Math.abs(expected)));
    }
    if (!(worst <= 1e-6 * largest)) {
      faults.add("a parameter is off by " + worst);
    }
  }

  @Override
  public String toString() {
    return String.join(
        " ", data(), node.get("features").asText(), weights(), "C", node.get("C").asText());
  }
}
