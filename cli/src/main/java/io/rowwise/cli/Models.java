package io.rowwise.cli;

import io.rowwise.dataset.Column;
import io.rowwise.dataset.MissingValues;
import io.rowwise.dataset.NumberColumn;
import io.rowwise.dataset.Table;
import io.rowwise.dataset.TableEncoding;
import io.rowwise.dataset.UnknownWords;
import io.rowwise.model.SoftmaxModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/** Model files as commands take them. */
final class Models {
  private Models() {}

  /**
   * A model of a safetensors file, or by its name of an ONNX file; one that does not say which
   * columns its features are takes those that a file without names has: x0, x1 and so on.
   */
  static SoftmaxModel load(Path path) throws IOException {
    boolean isOnnx = path.toString().toLowerCase(Locale.ROOT).endsWith(".onnx");
    SoftmaxModel model = isOnnx ? SoftmaxModel.importOnnx(path) : SoftmaxModel.load(path);
    if (model.card().encoding().isPresent()) {
      return model;
    }
    return SoftmaxModel.of(
        model.type(),
        model.features(),
        model.classes(),
        model.weights(),
        model.bias(),
        model.card().encoding(numbered(model.features())));
  }

  private static TableEncoding numbered(int features) {
    List<Column> columns =
        IntStream.range(0, features)
            .<Column>mapToObj(k -> NumberColumn.of("x" + k, new double[0]))
            .toList();
    return TableEncoding.of(Table.of(columns), MissingValues.ERROR, UnknownWords.ERROR);
  }

  static TableEncoding encoding(SoftmaxModel model) {
    return model.card().encoding().orElseThrow();
  }
}
