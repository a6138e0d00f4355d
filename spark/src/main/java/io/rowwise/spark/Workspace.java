package io.rowwise.spark;

import io.rowwise.backend.Backend;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.kernel.LinearCrossEntropy;
import io.rowwise.trainer.SparseCrossEntropy;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * What it takes to compute the loss and the gradient of blocks on one device. Used by one thread at
 * a time; closed by whoever made it.
 */
final class Workspace implements AutoCloseable {
  private final Backend backend;
  private final FitPlan plan;
  private final double[] scales;
  private final LinearCrossEntropy crossEntropy;
  private final Matrix parameters;
  private final Matrix gradient;
  private final Matrix loss;
  private final double[] hostLoss = new double[1];
  private final double[] hostGradient;
  private final Deque<Runnable> closing = new ArrayDeque<>();
  private SparseCrossEntropy sparse;

  Workspace(Backend backend, FitPlan plan) {
    this.backend = backend;
    this.plan = plan;
    this.scales = plan.gradientScales();
    int rows = plan.features() + 1;
    ElementType type = plan.type();
    try {
      this.crossEntropy = backend.kernel(LinearCrossEntropy.TYPE);
      closing.push(crossEntropy::close);
      this.parameters = own(backend.matrix(type, rows, plan.classes()));
      this.gradient = own(backend.matrix(type, rows, plan.classes()));
      this.loss = own(backend.matrix(type, 1, 1));
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
    this.hostGradient = new double[plan.parameters()];
  }

  private Matrix own(Matrix matrix) {
    closing.push(matrix::close);
    return matrix;
  }

  /** Takes the parameters of the moment. */
  void parameters(double[] values) {
    parameters.write(values);
  }

  /** The parameters, (features + 1) x classes, as they were given last. */
  Matrix parameters() {
    return parameters;
  }

  /** For rows with their zeros. */
  LinearCrossEntropy crossEntropy() {
    return crossEntropy;
  }

  /** For rows without. */
  SparseCrossEntropy sparseCrossEntropy() {
    if (sparse == null) {
      sparse =
          new SparseCrossEntropy(
              backend, plan.type(), plan.features(), plan.classes(), plan.standardization());
      closing.push(sparse::close);
    }
    return sparse;
  }

  /** Adds a block's loss and gradient at the parameters. */
  void add(DeviceBlock block, GradientSum sum) {
    if (block.weight() == 0) {
      return;
    }
    block.crossEntropy(this, loss, gradient);
    loss.read(hostLoss);
    gradient.read(hostGradient);
    sum.add(block.number(), block.weight(), hostLoss[0], hostGradient, scales);
  }

  @Override
  public void close() {
    closing.forEach(Runnable::run);
    closing.clear();
  }
}
