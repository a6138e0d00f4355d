package io.rowwise.reference;

import io.rowwise.backend.Backend;
import io.rowwise.backend.ElementType;
import io.rowwise.dataset.Csv;
import io.rowwise.dataset.CsvFormat;
import io.rowwise.dataset.LabelledTable;
import io.rowwise.metric.Report;
import io.rowwise.model.SoftmaxModel;
import io.rowwise.random.NumpyRandom;
import io.rowwise.trainer.ClassWeights;
import io.rowwise.trainer.Fit;
import io.rowwise.trainer.Lbfgs;
import io.rowwise.trainer.SoftmaxTrainer;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.zip.GZIPInputStream;

/**
 * An optimum of the penalised softmax regression to the last digits, found by scikit-learn and
 * Newton's method, and the measures of its model on the rows that it was found for.
 */
public final class LogisticOptimum {
  private static final List<String> MEASURES =
      List.of(
          "log_loss", "accuracy", "macro_precision", "macro_recall", "macro_f1", "brier", "ece");

  private final String[] head;
  private final double[] weights;
  private final double[] bias;

  private LogisticOptimum(String head, String weights, String bias) {
    this.head = head.split(" ", -1);
    this.weights = numbers(weights);
    this.bias = numbers(bias);
  }

  private static double[] numbers(String line) {
    return Arrays.stream(line.split(" ", -1)).mapToDouble(Double::parseDouble).toArray();
  }

  /** All that there are: of each a line of names and numbers, one of weights, and the bias. */
  public static List<LogisticOptimum> all() {
    try (InputStream in = new GZIPInputStream(open("logistic.txt.gz"))) {
      List<String> lines = new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
      List<LogisticOptimum> all = new ArrayList<>();
      for (int i = 0; i < lines.size(); i += 3) {
        all.add(new LogisticOptimum(lines.get(i), lines.get(i + 1), lines.get(i + 2)));
      }
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
    return head[0];
  }

  /** scikit-learn's parameter. */
  public double inversePenalty() {
    return Double.parseDouble(head[3]);
  }

  /** {@code none}, {@code balanced} or {@code random}. */
  public String weights() {
    return head[2];
  }

  /** Whether the penalty is on the weights of standardised features. */
  public boolean isStandardised() {
    return head[1].equals("standardised");
  }

  /** The factor of the penalty. */
  public double penalty() {
    return Double.parseDouble(head[4]);
  }

  /** The objective's value there. */
  public double objective() {
    return Double.parseDouble(head[5]);
  }

  /** The rows, with weights if they have some. */
  public LabelledTable table() {
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
        .penalty(penalty())
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
    double excess = fit.solution().objective() / objective() - 1;
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
    double expected = Double.parseDouble(head[6 + MEASURES.indexOf(name)]);
    if (!(Math.abs(actual - expected) <= 1e-9)) {
      faults.add(String.format(Locale.ROOT, "%s is %s, wanted %s", name, actual, expected));
    }
  }

  private void compareParameters(Fit fit, List<String> faults) {
    double worst = worstParameter(fit.model());
    if (!(worst <= 1e-6)) {
      faults.add("a parameter is off by " + worst);
    }
  }

  /**
   * How far a parameter is from the optimum at most: a weight relative to the largest, or to 1 if
   * that is larger, and the bias of a class to itself, or to 1.
   *
   * @param model with the classes' names
   */
  public double worstParameter(SoftmaxModel model) {
    double[] found = model.weights();
    double[] foundBias = model.bias();
    String[] classes = head[6 + MEASURES.size()].split(",", -1);
    int count = classes.length;
    double largest = 1;
    double worst = 0;
    double worstBias = 0;
    for (int j = 0; j < count; j++) {
      int own = model.card().classNames().indexOf(classes[j]);
      for (int k = 0; k < model.features(); k++) {
        double expected = weights[k * count + j];
        largest = Math.max(largest, Math.abs(expected));
        worst = Math.max(worst, Math.abs(found[k * count + own] - expected));
      }
      double error = Math.abs(foundBias[own] - bias[j]);
      worstBias = Math.max(worstBias, error / Math.max(1, Math.abs(bias[j])));
    }
    return Math.max(worst / largest, worstBias);
  }

  @Override
  public String toString() {
    return String.join(" ", data(), head[1], weights(), "C", head[3]);
  }
}
