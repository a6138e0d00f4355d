package io.rowwise.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.rowwise.model.SoftmaxModel;
import io.rowwise.trainer.Fit;
import io.rowwise.trainer.Solution;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * How a training went, for people and for programs.
 *
 * @param trained with its card
 * @param rows that it was trained on
 * @param device that it was trained on
 */
record TrainingSummary(Fit fit, SoftmaxModel trained, int rows, String device, String solver) {
  private static final JsonFactory FACTORY = new JsonFactory();
  private static final int MOST_NAMES = 10;

  /** A few lines. */
  String toText(Path data, Path model) {
    Solution solution = fit.solution();
    return String.format(
        Locale.ROOT,
        "%s: %,d rows, %,d features, %d classes (%s)%n"
            + "trained on %s in %.3f s: %d iterations, objective %.10g, penalty %.6g%n"
            + "%s: saved%n",
        data,
        rows,
        trained.features(),
        trained.classes(),
        listed(trained.card().classNames()),
        device,
        fit.seconds(),
        solution.iterations(),
        solution.objective(),
        fit.penalty(),
        model);
  }

  private static String listed(List<String> names) {
    String first = String.join(", ", names.subList(0, Math.min(MOST_NAMES, names.size())));
    return names.size() > MOST_NAMES ? first + ", ..." : first;
  }

  /** One line. */
  String toJson() throws IOException {
    Solution solution = fit.solution();
    StringWriter text = new StringWriter();
    try (JsonGenerator json = FACTORY.createGenerator(text)) {
      json.writeStartObject();
      number(json, "objective", solution.objective());
      number(json, "gradient_norm", solution.gradientNorm());
      json.writeNumberField("iterations", solution.iterations());
      json.writeNumberField("evaluations", solution.evaluations());
      json.writeStringField("stop_reason", solution.stopReason().toString());
      number(json, "seconds", fit.seconds());
      json.writeStringField("backend", device);
      json.writeArrayFieldStart("classes");
      for (String name : trained.card().classNames()) {
        json.writeString(name);
      }
      json.writeEndArray();
      json.writeNumberField("features", trained.features());
      json.writeNumberField("rows", rows);
      number(json, "penalty", fit.penalty());
      json.writeStringField("solver", solver);
      json.writeStringField("type", trained.type().toString().toLowerCase(Locale.ROOT));
      json.writeEndObject();
    }
    return text.toString();
  }

  /** JSON has no other numbers than finite ones. */
  private static void number(JsonGenerator json, String name, double value) throws IOException {
    if (Double.isFinite(value)) {
      json.writeNumberField(name, value);
    } else {
      json.writeNullField(name);
    }
  }
}
