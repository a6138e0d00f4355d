package io.rowwise.benchmarks.notebook;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Everything that a run has shown, at full precision. Its JSON has the components' names.
 *
 * @param arguments what was asked, by the options' names
 * @param backend what it ran on
 * @param history the epochs of {@code pytorch}, {@code rowwise} and {@code jacobian}; each epoch is
 *     mean batch cross-entropy, validation cross-entropy, validation accuracy
 * @param mape the mean absolute percentage errors by name
 * @param labels the first ten labels of the data set
 * @param seconds how long each fit took, by the names of {@code history}
 */
record NotebookReport(
    Map<String, Object> arguments,
    BackendUsed backend,
    Map<String, List<double[]>> history,
    Map<String, Double> mape,
    List<Integer> labels,
    Map<String, Double> seconds) {
  /**
   * What the run ran on.
   *
   * @param requested what was asked for
   * @param chosen the backend's name
   * @param device the device in one line
   * @param reason why it is not what was asked for, or null
   * @param pytorch which PyTorch it was compared with, or why there was none
   */
  record BackendUsed(
      String requested, String chosen, String device, String reason, String pytorch) {}

  static NotebookReport of(NotebookArguments arguments, NotebookData data, BackendUsed backend) {
    Map<String, Object> named = new LinkedHashMap<>();
    named.put("samples", arguments.samples());
    named.put("features", arguments.features());
    named.put("classes", arguments.classes());
    named.put("train", arguments.train());
    named.put("epochs", arguments.epochs());
    named.put("learning_rate", arguments.learningRate());
    named.put("batch", arguments.batch());
    named.put("seed", arguments.seed());
    named.put("type", arguments.type().toString());
    return new NotebookReport(
        named,
        backend,
        new LinkedHashMap<>(),
        new LinkedHashMap<>(),
        Arrays.stream(data.all().labels()).limit(10).boxed().toList(),
        new LinkedHashMap<>());
  }

  void write(Path file) throws IOException {
    new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT).writeValue(file.toFile(), this);
  }
}
