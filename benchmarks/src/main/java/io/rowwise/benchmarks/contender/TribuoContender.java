package io.rowwise.benchmarks.contender;

import com.oracle.labs.mlrg.olcut.provenance.ConfiguredObjectProvenance;
import com.oracle.labs.mlrg.olcut.provenance.impl.ConfiguredObjectProvenanceImpl;
import io.rowwise.backend.ElementType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.IntStream;
import org.tribuo.Example;
import org.tribuo.ImmutableFeatureMap;
import org.tribuo.ImmutableOutputInfo;
import org.tribuo.Model;
import org.tribuo.MutableDataset;
import org.tribuo.Prediction;
import org.tribuo.classification.Label;
import org.tribuo.classification.LabelFactory;
import org.tribuo.classification.sgd.linear.LinearSGDTrainer;
import org.tribuo.classification.sgd.objectives.LogMulticlass;
import org.tribuo.impl.ArrayExample;
import org.tribuo.math.StochasticGradientOptimiser;
import org.tribuo.math.la.DenseMatrix;
import org.tribuo.math.la.Tensor;
import org.tribuo.provenance.SimpleDataSourceProvenance;

/**
 * Tribuo's linear model, which predicts from named features, in {@code float64} only. It is not
 * trained: its trainer starts from zeros each time it is called, converts the data each time, and
 * gives a short last batch another rate than the mean of its rows has.
 */
final class TribuoContender implements Contender {
  private static final LabelFactory LABELS = new LabelFactory();
  private static final Logger TRIBUO = Logger.getLogger("org.tribuo");

  TribuoContender() {
    // It tells of every training.
    TRIBUO.setLevel(Level.WARNING);
  }

  /** Takes one step, from zeros to the parameters that the model is to have. */
  private static final class Jump implements StochasticGradientOptimiser {
    private final DenseMatrix parameters;

    Jump(DenseMatrix parameters) {
      this.parameters = parameters;
    }

    @Override
    public Tensor[] step(Tensor[] updates, double weight) {
      return new Tensor[] {parameters};
    }

    @Override
    public void reset() {
      // It keeps nothing.
    }

    @Override
    public StochasticGradientOptimiser copy() {
      return this;
    }

    @Override
    public ConfiguredObjectProvenance getProvenance() {
      return new ConfiguredObjectProvenanceImpl(this, "StochasticGradientOptimiser");
    }
  }

  @Override
  public Work prediction(ElementType type, TrainingProblem problem) {
    if (type != ElementType.FLOAT64) {
      throw new UnsupportedOperationException("tribuo: float64 only");
    }
    int features = problem.features();
    // So many digits that their order as texts is that of the columns.
    String[] names = names("feature", features);
    String[] labels = names("class", problem.classes());
    List<Example<Label>> rows = new ArrayList<>();
    for (int row = 0; row < problem.rows(); row++) {
      double[] values = Arrays.copyOfRange(problem.x(), row * features, (row + 1) * features);
      rows.add(new ArrayExample<>(LabelFactory.UNKNOWN_LABEL, names, values));
    }
    Model<Label> model = model(problem, names, labels);
    List<Prediction<Label>> predictions = new ArrayList<>();
    return new HeapWork(
        () -> {
          predictions.clear();
          predictions.addAll(model.predict(rows));
        },
        () -> scores(predictions, labels));
  }

  private static double[] scores(List<Prediction<Label>> predictions, String[] labels) {
    return predictions.stream()
        .map(Prediction::getOutputScores)
        .flatMapToDouble(
            scores -> Arrays.stream(labels).mapToDouble(label -> scores.get(label).getScore()))
        .toArray();
  }

  private static String[] names(String what, int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> String.format(Locale.ROOT, "%s%06d", what, i))
        .toArray(String[]::new);
  }

  private static Model<Label> model(TrainingProblem problem, String[] names, String[] labels) {
    MutableDataset<Label> domain =
        new MutableDataset<>(
            new SimpleDataSourceProvenance("all features, all classes", LABELS), LABELS);
    double[] ones = new double[names.length];
    Arrays.fill(ones, 1);
    for (String label : labels) {
      domain.add(new ArrayExample<>(new Label(label), names, ones));
    }
    DenseMatrix parameters = parameters(problem, names, labels, domain);
    LinearSGDTrainer trainer =
        new LinearSGDTrainer(new LogMulticlass(), new Jump(parameters), 1, -1, labels.length, 42);
    return trainer.train(domain);
  }

  /** Classes x features and bias, in the order in which Tribuo numbers them. */
  private static DenseMatrix parameters(
      TrainingProblem problem, String[] names, String[] labels, MutableDataset<Label> domain) {
    ImmutableFeatureMap columns = domain.getFeatureIDMap();
    ImmutableOutputInfo<Label> rows = domain.getOutputIDInfo();
    DenseMatrix parameters = new DenseMatrix(labels.length, names.length + 1);
    for (int j = 0; j < labels.length; j++) {
      int row = rows.getID(new Label(labels[j]));
      for (int k = 0; k < names.length; k++) {
        parameters.set(row, columns.getID(names[k]), problem.weights()[k * labels.length + j]);
      }
      parameters.set(row, names.length, problem.bias()[j]);
    }
    return parameters;
  }

  @Override
  public void close() {
    // Nothing is open.
  }
}
