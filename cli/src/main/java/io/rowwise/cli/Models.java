package io.rowwise.cli;

import io.rowwise.dataset.TableEncoding;
import io.rowwise.model.SoftmaxModel;
import java.io.IOException;
import java.nio.file.Path;

/** Model files as commands take them. */
final class Models {
  private Models() {}

  static SoftmaxModel load(Path path) throws IOException, FailedException {
    SoftmaxModel model = SoftmaxModel.load(path);
    if (model.card().encoding().isEmpty()) {
      throw new FailedException(
          path
              + ": does not say which columns its "
              + model.features()
              + " features are; give a model that was made by rowwise train");
    }
    return model;
  }

  static TableEncoding encoding(SoftmaxModel model) {
    return model.card().encoding().orElseThrow();
  }
}
