package io.rowwise.spark;

import io.rowwise.backend.Backend;
import io.rowwise.backend.Matrix;
import io.rowwise.kernel.Targets;
import io.rowwise.trainer.Standardization;

/** A block's rows on a device. Closed by whoever made it. */
final class DeviceBlock implements AutoCloseable {
  private final int number;
  private final double weight;
  private final Matrix features;
  private final Matrix labels;
  private final Matrix weights;

  /** Copies the rows to the device. */
  DeviceBlock(Backend backend, RowBlock block, Standardization standardization) {
    this.number = block.number();
    this.weight = block.totalWeight();
    this.features = block.features(backend, standardization);
    Matrix ownLabels = null;
    try {
      ownLabels = block.labels(backend);
      this.weights = block.weights(backend);
    } catch (RuntimeException | Error e) {
      features.close();
      if (ownLabels != null) {
        ownLabels.close();
      }
      throw e;
    }
    this.labels = ownLabels;
  }

  int number() {
    return number;
  }

  /** How much its rows weigh together. */
  double weight() {
    return weight;
  }

  Matrix features() {
    return features;
  }

  Targets targets() {
    Targets targets = Targets.ofClasses(labels);
    return weights == null ? targets : targets.weights(weights);
  }

  @Override
  public void close() {
    features.close();
    labels.close();
    if (weights != null) {
      weights.close();
    }
  }
}
