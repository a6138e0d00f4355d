package io.rowwise.classifier;

import io.rowwise.backend.Backend;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.kernel.CrossEntropy;
import io.rowwise.kernel.Scratch;
import io.rowwise.kernel.Softmax;
import io.rowwise.kernel.TargetRows;
import io.rowwise.kernel.Targets;
import io.rowwise.kernel.TrainingStep;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/**
 * A training step through the full Jacobian; {@link JacobianSoftmaxClassifier} has the formulas.
 */
final class JacobianTrainingStep implements TrainingStep {
  private final Backend backend;
  private final Softmax softmax;
  private final CrossEntropy crossEntropy;
  private final TargetRows targetRows;
  private final Scratch logits;
  private final Scratch probabilities;
  private final Scratch factors;
  private final Scratch lossDerivative;
  private final Scratch logitsGradient;
  private final Scratch repeatedRows;
  private final Scratch weightsGradient;
  private final Scratch biasGradient;
  // An epoch has at most two sizes of batch, the usual one and the last; no more are kept.
  private final List<Tensors> tensors = new ArrayList<>(2);

  JacobianTrainingStep(Backend backend) {
    this.backend = Objects.requireNonNull(backend, "backend");
    this.softmax = backend.kernel(Softmax.TYPE);
    this.crossEntropy = backend.kernel(CrossEntropy.TYPE);
    this.targetRows = new TargetRows(backend);
    this.logits = new Scratch(backend);
    this.probabilities = new Scratch(backend);
    this.factors = new Scratch(backend);
    this.lossDerivative = new Scratch(backend);
    this.logitsGradient = new Scratch(backend);
    this.repeatedRows = new Scratch(backend);
    this.weightsGradient = new Scratch(backend);
    this.biasGradient = new Scratch(backend);
  }

  @Override
  public void apply(
      Matrix x, Targets targets, double learningRate, Matrix weights, Matrix bias, Matrix loss) {
    int m = x.rows();
    int n = weights.rows();
    int c = weights.columns();
    Tensors of = tensors(x.type(), m, n, c);

    Matrix z = logits.get(x.type(), m, c);
    backend.matmul(x, weights, z);
    backend.add(z, bias, z);
    crossEntropy.apply(z, targets, loss);
    Matrix p = probabilities.get(x.type(), m, c);
    softmax.apply(z, p);

    Matrix factor = factors.get(x.type(), m, c);
    replaceUnderflowByOne(p, factor);
    Matrix h = lossDerivative.get(x.type(), m, c);
    backend.divide(targetRows.of(targets, c), factor, h);
    backend.divide(h, -m, h);

    // Within a row's block identity - p, outside it zero; then each row times its factor.
    backend.multiply(of.blocks, p.reshape(1, m * c), of.jacobian);
    backend.subtract(of.identity, of.jacobian, of.jacobian);
    backend.multiply(of.jacobian, factor.reshape(m * c, 1), of.jacobian);

    Matrix repeated = repeatedRows.get(x.type(), m * c, n);
    backend.matmul(of.rowRepetition, x, repeated);
    backend.matmul(repeated, of.columnRepetition, of.kronecker);
    backend.multiply(of.kronecker, of.classMask, of.kronecker);

    Matrix g = logitsGradient.get(x.type(), 1, m * c);
    backend.matmul(h.reshape(1, m * c), of.jacobian, g);
    Matrix gradient = weightsGradient.get(x.type(), 1, n * c);
    backend.matmul(g, of.kronecker, gradient);
    backend.addScaled(-learningRate, gradient.reshape(n, c), weights);
    Matrix biasStep = biasGradient.get(x.type(), 1, c);
    backend.matmul(g, of.classMask.columns(0, c), biasStep);
    backend.addScaled(-learningRate, biasStep, bias);
  }

  /** {@code factor = p}, but 1 where {@code p} is so small that its reciprocal overflows. */
  private void replaceUnderflowByOne(Matrix p, Matrix factor) {
    // Multiplied by this, the smallest normal number and everything below it round to 0.
    double unit = p.type() == ElementType.FLOAT32 ? 0x1p-24 : 0x1p-53;
    backend.multiply(p, unit, factor);
    backend.equal(factor, 0, factor);
    backend.add(factor, p, factor);
  }

  private Tensors tensors(ElementType type, int m, int n, int c) {
    for (Tensors kept : tensors) {
      if (kept.fits(type, m, n, c)) {
        return kept;
      }
    }
    requireMemory(type, m, n, c);
    if (tensors.size() == 2) {
      tensors.remove(0).close();
    }
    Tensors made = new Tensors(backend, type, m, n, c);
    tensors.add(made);
    return made;
  }

  private void requireMemory(ElementType type, long m, long n, long c) {
    long available = backend.device().memoryBytes();
    double elements = 3.0 * m * c * m * c + 2.0 * m * c * n * c + m * c * m + n * n * c;
    double bytes = elements * type.bytes();
    boolean shapesFit = m * c <= Integer.MAX_VALUE && n * c <= Integer.MAX_VALUE;
    if (!shapesFit || bytes > available || elements > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              ("a batch of %d rows, %d features and %d classes has a Jacobian of %d x %d and needs"
                  + " %.1f GB in all, %s has %.1f GB and a host array 2^31 elements; use a smaller"
                  + " batch, or SoftmaxClassifier, which needs no Jacobian"),
              m,
              n,
              c,
              m * c,
              m * c,
              bytes / 1e9,
              backend.device().id(),
              available / 1e9));
    }
  }

  @Override
  public void close() {
    softmax.close();
    crossEntropy.close();
    targetRows.close();
    logits.close();
    probabilities.close();
    factors.close();
    lossDerivative.close();
    logitsGradient.close();
    repeatedRows.close();
    weightsGradient.close();
    biasGradient.close();
    tensors.forEach(Tensors::close);
    tensors.clear();
  }

  /**
   * The large matrices for one size of batch: the constants that spread x, and the two derivatives
   * that are made anew in each step.
   */
  private static final class Tensors implements AutoCloseable {
    final int m;
    final int n;
    final int c;
    final Matrix identity;
    final Matrix blocks;
    final Matrix jacobian;
    final Matrix rowRepetition;
    final Matrix columnRepetition;
    final Matrix classMask;
    final Matrix kronecker;

    Tensors(Backend backend, ElementType type, int m, int n, int c) {
      this.m = m;
      this.n = n;
      this.c = c;
      double[] ones = new double[m * c * m * c];
      for (int i = 0; i < m * c; i++) {
        ones[i * m * c + i] = 1;
      }
      identity = backend.matrix(type, m * c, m * c, ones);
      for (int i = 0; i < m * c; i++) {
        int block = i / c * c;
        for (int k = block; k < block + c; k++) {
          ones[i * m * c + k] = 1;
        }
      }
      blocks = backend.matrix(type, m * c, m * c, ones);
      jacobian = backend.matrix(type, m * c, m * c);
      double[] rows = new double[m * c * m];
      for (int i = 0; i < m * c; i++) {
        rows[i * m + i / c] = 1;
      }
      rowRepetition = backend.matrix(type, m * c, m, rows);
      double[] columns = new double[n * n * c];
      for (int k = 0; k < n * c; k++) {
        columns[k / c * n * c + k] = 1;
      }
      columnRepetition = backend.matrix(type, n, n * c, columns);
      double[] mask = new double[m * c * n * c];
      for (int i = 0; i < m * c; i++) {
        for (int k = i % c; k < n * c; k += c) {
          mask[i * n * c + k] = 1;
        }
      }
      classMask = backend.matrix(type, m * c, n * c, mask);
      kronecker = backend.matrix(type, m * c, n * c);
    }

    boolean fits(ElementType type, int rows, int features, int classes) {
      return jacobian.type() == type && m == rows && n == features && c == classes;
    }

    @Override
    public void close() {
      identity.close();
      blocks.close();
      jacobian.close();
      rowRepetition.close();
      columnRepetition.close();
      classMask.close();
      kronecker.close();
    }
  }
}
