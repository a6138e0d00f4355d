package io.rowwise.cli;

import io.rowwise.dataset.Column;
import io.rowwise.dataset.MissingValues;
import io.rowwise.dataset.NumberColumn;
import io.rowwise.dataset.Table;
import io.rowwise.dataset.TableEncoding;
import io.rowwise.dataset.UnknownWords;
import io.rowwise.model.ModelCard;
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
   * columns its features are takes those that a file without names has: x0, x1 and so on; one that
   * does not say what its classes are called has 0, 1 and so on.
   */
  static SoftmaxModel load(Path path) throws IOException {
    boolean isOnnx = path.toString().toLowerCase(Locale.ROOT).endsWith(".onnx");
    SoftmaxModel model = isOnnx ? SoftmaxModel.importOnnx(path) : SoftmaxModel.load(path);
    ModelCard card = model.card();
    if (card.classNames().isEmpty()) {
      card = card.classNames(numbers("", model.classes()));
    }
    if (card.encoding().isEmpty()) {
      card = card.encoding(numbered(model.features()));
    }
    return model.card(card);
  }

  private static TableEncoding numbered(int features) {
    List<Column> columns =
        numbers("x", features).stream()
            .<Column>map(name -> NumberColumn.of(name, new double[0]))
            .toList();
    return TableEncoding.of(Table.of(columns), MissingValues.ERROR, UnknownWords.ERROR);
  }

  private static List<String> numbers(String before, int count) {
    return IntStream.range(0, count).mapToObj(k -> before + k).toList();
  }

  static TableEncoding encoding(SoftmaxModel model) {
    return model.card().encoding().orElseThrow();
  }
}
