package io.rowwise.spark;

import io.rowwise.backend.Backend;
import io.rowwise.backend.Matrix;
import io.rowwise.kernel.SparseProduct;
import io.rowwise.kernel.SparseRows;
import io.rowwise.kernel.Targets;
import io.rowwise.trainer.FeatureMoments;
import io.rowwise.trainer.Standardization;
import java.util.ArrayDeque;
import java.util.Deque;

/** A block's rows on a device, with their zeros or without. Closed by whoever made it. */
abstract class DeviceBlock implements AutoCloseable {
  private final int number;
  private final double weight;
  private final Deque<Runnable> closing = new ArrayDeque<>();
  private Targets targets;

  private DeviceBlock(RowBlock block) {
    this.number = block.number();
    this.weight = block.totalWeight();
  }

  /**
   * Copies the rows to the device.
   *
   * @param standardization of the features with their zeros; null where they stay as they are
   */
  static DeviceBlock of(Backend backend, RowBlock block, Standardization standardization) {
    DeviceBlock made =
        block.values() instanceof RowValues.Sparse
            ? new Sparse(block)
            : new Dense(block, standardization);
    try {
      Targets targets = Targets.ofClasses(made.own(block.labels(backend)));
      Matrix weights = block.weights(backend);
      made.targets = weights == null ? targets : targets.weights(made.own(weights));
      made.fill(backend, block.values());
      return made;
    } catch (RuntimeException | Error e) {
      made.close();
      throw e;
    }
  }

  /** Copies the features. */
  abstract void fill(Backend backend, RowValues values);

  final Matrix own(Matrix matrix) {
    closing.push(matrix::close);
    return matrix;
  }

  final int number() {
    return number;
  }

  /** How much its rows weigh together. */
  final double weight() {
    return weight;
  }

  final Targets targets() {
    return targets;
  }

  /** How many numbers its features are, on the device. */
  abstract long elements();

  /** The mean loss of its rows, and the gradient, at the workspace's parameters. */
  abstract void crossEntropy(Workspace workspace, Matrix loss, Matrix gradient);

  /** Adds its rows to moments, at the workspace's parameters. */
  abstract void addTo(FeatureMoments moments, Workspace workspace);

  @Override
  public final void close() {
    closing.forEach(Runnable::run);
    closing.clear();
  }

  private static final class Dense extends DeviceBlock {
    private final Standardization standardization;
    private Matrix features;

    Dense(RowBlock block, Standardization standardization) {
      super(block);
      this.standardization = standardization;
    }

    @Override
    void fill(Backend backend, RowValues values) {
      features = own(((RowValues.Dense) values).matrix(backend, standardization));
    }

    @Override
    long elements() {
      return features.elements();
    }

    @Override
    void crossEntropy(Workspace workspace, Matrix loss, Matrix gradient) {
      Matrix parameters = workspace.parameters();
      int n = features.columns();
      workspace
          .crossEntropy()
          .apply(
              features,
              targets(),
              parameters.rows(0, n),
              parameters.rows(n, n + 1),
              loss,
              gradient.rows(0, n),
              gradient.rows(n, n + 1));
    }

    @Override
    void addTo(FeatureMoments moments, Workspace workspace) {
      moments.add(features, targets(), workspace.parameters());
    }
  }

  /** Standardised by whoever computes with them, as their zeros would not stay zeros. */
  private static final class Sparse extends DeviceBlock {
    private SparseRows features;
    private SparseProduct product;

    Sparse(RowBlock block) {
      super(block);
    }

    @Override
    void fill(Backend backend, RowValues values) {
      features = ((RowValues.Sparse) values).rows();
      product = backend.kernel(SparseProduct.TYPE);
      super.closing.push(product::close);
    }

    @Override
    long elements() {
      // The rows and their columns, each a number and where it is.
      return 4L * features.size();
    }

    @Override
    void crossEntropy(Workspace workspace, Matrix loss, Matrix gradient) {
      workspace
          .sparseCrossEntropy()
          .apply(product, features, targets(), workspace.parameters(), loss, gradient);
    }

    @Override
    void addTo(FeatureMoments moments, Workspace workspace) {
      workspace
          .sparseCrossEntropy()
          .addMoments(product, features, targets(), workspace.parameters(), moments);
    }
  }
}
