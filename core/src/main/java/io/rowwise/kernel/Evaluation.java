package io.rowwise.kernel;

import io.rowwise.backend.Arguments;
import io.rowwise.backend.Backend;
import io.rowwise.backend.Matrix;

/**
 * How good a softmax classifier is on given data: the mean {@link CrossEntropy}, and the accuracy,
 * the share of rows whose largest logit is where the largest target is.
 *
 * <p>A row whose probabilities are NaN has no class and counts as wrong: one with a logit that is
 * NaN or {@code +inf}, or of {@code -inf} alone. So does one with a target that is NaN.
 */
@FunctionalInterface
public interface Evaluation extends Kernel {
  /** How to ask for it. */
  KernelType<Evaluation> TYPE =
      KernelType.of(
          "evaluation", Evaluation.class, ComposedEvaluation::new, CheckedEvaluation::new);

  /**
   * Computes both.
   *
   * @param x m x n, with m at least 1
   * @param targets of m rows and c classes; rows count in the accuracy as they do in the
   *     cross-entropy
   * @param weights n x c, with c at least 1
   * @param bias 1 x c
   * @param result 1 x 2; gets the cross-entropy and the accuracy. Overlaps none of the others
   */
  void apply(Matrix x, Targets targets, Matrix weights, Matrix bias, Matrix result);
}

record CheckedEvaluation(Backend backend, Evaluation kernel, ExclusiveUse use)
    implements Evaluation {
  CheckedEvaluation(Backend backend, Evaluation kernel) {
    this(backend, kernel, ExclusiveUse.ofKernel("evaluation"));
  }

  @Override
  public void apply(Matrix x, Targets targets, Matrix weights, Matrix bias, Matrix result) {
    String operation = "evaluation";
    Checks.requireLinear(operation, backend, x, weights, bias);
    Checks.requireTargets(operation, backend, x, weights, targets);
    Checks.requireResult(operation, backend, "result", result, x.type(), 1, 2);
    Arguments.requireDistinct(operation, "result", result, "x", x);
    targets.requireDistinct(operation, "result", result);
    Arguments.requireDistinct(operation, "result", result, "weights", weights);
    Arguments.requireDistinct(operation, "result", result, "bias", bias);
    use.enter(operation);
    try {
      kernel.apply(x, targets, weights, bias, result);
    } finally {
      use.leave();
    }
    Arguments.keepReachable(x);
    targets.keepReachable();
    Arguments.keepReachable(weights);
    Arguments.keepReachable(bias);
    Arguments.keepReachable(result);
  }

  @Override
  public void close() {
    if (use.close("close")) {
      kernel.close();
    }
  }
}

final class ComposedEvaluation implements Evaluation {
  private final Backend backend;
  private final CrossEntropy crossEntropy;
  private final Scratch logits;
  private final Scratch predicted;
  private final Scratch wanted;
  private final Scratch known;
  private final TargetRows targetRows;

  ComposedEvaluation(Backend backend) {
    this.backend = backend;
    this.crossEntropy = backend.kernel(CrossEntropy.TYPE);
    this.logits = new Scratch(backend);
    this.predicted = new Scratch(backend);
    this.wanted = new Scratch(backend);
    this.targetRows = new TargetRows(backend);
    this.known = new Scratch(backend);
  }

  @Override
  public void apply(Matrix x, Targets targets, Matrix weights, Matrix bias, Matrix result) {
    Matrix z = logits.get(x.type(), x.rows(), weights.columns());
    Matrix predictedClass = predicted.get(x.type(), x.rows(), 1);
    Matrix wantedClass = wanted.get(x.type(), x.rows(), 1);
    Matrix isKnown = known.get(x.type(), x.rows(), 1);
    Matrix accuracy = result.columns(1, 2);
    backend.matmul(x, weights, z);
    backend.add(z, bias, z);
    crossEntropy.apply(z, targets, result.columns(0, 1));
    backend.rowArgMax(z, predictedClass);
    if (targets.areClasses()) {
      backend.equal(predictedClass, targets.values(), predictedClass);
    } else {
      backend.rowArgMax(targets.values(), wantedClass);
      backend.equal(predictedClass, wantedClass, predictedClass);
      backend.rowMax(targets.values(), isKnown);
      backend.equal(isKnown, isKnown, isKnown);
      backend.multiply(predictedClass, isKnown, predictedClass);
    }
    // A number less itself is 0, but NaN if it is not finite.
    backend.rowMax(z, isKnown);
    backend.subtract(isKnown, isKnown, isKnown);
    backend.equal(isKnown, 0, isKnown);
    backend.multiply(predictedClass, isKnown, predictedClass);
    if (!targets.countEachRowOnce()) {
      backend.multiply(predictedClass, targetRows.shares(targets), predictedClass);
    }
    backend.columnSum(predictedClass, accuracy);
    backend.divide(accuracy, x.rows(), accuracy);
  }

  @Override
  public void close() {
    crossEntropy.close();
    targetRows.close();
    logits.close();
    predicted.close();
    wanted.close();
    known.close();
  }
}
