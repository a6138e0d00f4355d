package io.rowwise.trainer;

import io.rowwise.backend.Matrix;
import io.rowwise.dataset.TableEncoding;
import io.rowwise.model.ModelCard;
import io.rowwise.model.SoftmaxModel;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** One training of a {@link SoftmaxTrainer}, from prepared samples to a model and its card. */
final class PreparedTraining {
  private final SoftmaxTrainer trainer;
  private final SoftmaxTrainer.Settings settings;
  private final Data data;
  private final Samples samples;
  private final int features;
  private final int classes;
  private final double penalty;

  /**
   * What is trained on.
   *
   * @param encoding that made features of columns
   * @param standardization that the samples had after it, if any
   * @param samples encoded and standardised
   * @param totalWeight of the samples
   * @param validation the same of rows kept aside
   */
  record Data(
      TableEncoding encoding,
      String labelName,
      List<String> classNames,
      Optional<Standardization> standardization,
      Samples samples,
      double totalWeight,
      Optional<Samples> validation) {}

  PreparedTraining(SoftmaxTrainer trainer, Data data) {
    this.trainer = trainer;
    this.settings = trainer.settings();
    this.data = data;
    this.samples = data.samples();
    this.features = samples.features();
    this.classes = samples.classes();
    this.penalty = trainer.penaltyFor(data.totalWeight());
  }

  Fit fit(ProgressListener listener) {
    try (Matrix parameters =
        samples.backend().matrix(samples.type(), features + 1, classes, start())) {
      long begin = System.nanoTime();
      Solution solution =
          trainer.minimize(samples, data.validation(), penalty, parameters, listener);
      double seconds = (System.nanoTime() - begin) * 1e-9;
      SoftmaxModel model =
          data.validation().isPresent()
              ? withHeldOut(card(solution), data.validation().get(), parameters)
              : model(parameters.toDoubles(), card(solution));
      return new Fit(model, solution, penalty, seconds);
    }
  }

  private double[] start() {
    double[] parameters = new double[Math.multiplyExact(features + 1, classes)];
    if (settings.start.isPresent()) {
      SoftmaxModel model = settings.start.get();
      if (model.features() != features || model.classes() != classes) {
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT,
                "fit: the start has %d features and %d classes, the table %d and %d",
                model.features(),
                model.classes(),
                features,
                classes));
      }
      double[] weights = model.weights();
      double[] bias = model.bias();
      data.standardization().ifPresent(used -> used.fold(weights, bias));
      System.arraycopy(weights, 0, parameters, 0, weights.length);
      System.arraycopy(bias, 0, parameters, weights.length, classes);
    }
    return parameters;
  }

  private SoftmaxModel model(double[] parameters, ModelCard card) {
    double[] weights = Arrays.copyOf(parameters, features * classes);
    double[] bias = Arrays.copyOfRange(parameters, features * classes, parameters.length);
    data.standardization().ifPresent(used -> used.unfold(weights, bias));
    // The same for all classes changes no probability.
    double mean = Arrays.stream(bias).sum() / classes;
    for (int j = 0; j < classes; j++) {
      bias[j] -= mean;
    }
    return SoftmaxModel.of(settings.type, features, classes, weights, bias, card);
  }

  private ModelCard card(Solution solution) {
    ModelCard card =
        ModelCard.empty()
            .classNames(data.classNames())
            .label(data.labelName())
            .encoding(data.encoding())
            .device(samples.backend().device().id())
            .fact("penalty", Double.toString(penalty))
            .fact("objective", Double.toString(solution.objective()))
            .fact("gradient_norm", Double.toString(solution.gradientNorm()))
            .fact("iterations", Integer.toString(solution.iterations()))
            .fact("stop_reason", solution.stopReason().toString())
            .fact("training_rows", Integer.toString(samples.count()));
    if (settings.l1 > 0) {
      card = card.fact("l1", Double.toString(settings.l1));
    }
    boolean isShuffled =
        settings.validationFraction.isPresent() || trainer.solver().dependsOnRowOrder();
    return isShuffled ? card.fact("row_order_seed", Long.toString(settings.seed)) : card;
  }

  /** With what the rows kept aside say of the model, and change about it. */
  private SoftmaxModel withHeldOut(ModelCard card, Samples kept, Matrix parameters) {
    double[] found = parameters.toDoubles();
    HeldOutLogits heldOut =
        settings.calibrate || settings.coverage.isPresent()
            ? new HeldOutLogits(kept, parameters)
            : null;
    Temperature temperature = settings.calibrate ? heldOut.temperature() : null;
    ModelCard more = card.fact("validation_rows", Integer.toString(kept.count()));
    if (settings.coverage.isPresent()) {
      Map<String, String> facts =
          heldOut
              .conformalThreshold(
                  settings.coverage.getAsDouble(), temperature == null ? 1 : temperature.value())
              .facts();
      for (Map.Entry<String, String> fact : facts.entrySet()) {
        more = more.fact(fact.getKey(), fact.getValue());
      }
    }
    if (temperature != null) {
      more = more.fact("validation_loss", Double.toString(temperature.lossAfter()));
      return temperature.applyTo(model(found, more));
    }
    return model(
        found, more.fact("validation_loss", Double.toString(kept.crossEntropy(parameters))));
  }
}
