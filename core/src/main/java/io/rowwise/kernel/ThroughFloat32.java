package io.rowwise.kernel;

import io.rowwise.backend.Backend;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import java.util.function.BiConsumer;

/**
 * Kernels that take matrices of 16 bits, made of kernels that do not: what is given is copied to
 * {@code float32}, computed there, and the result copied back, rounded once. Matrices of other
 * types pass through.
 *
 * @param <K> the kernel's interface
 */
abstract class ThroughFloat32<K extends Kernel> implements Kernel {
  /** Takes float32. */
  final K kernel;

  private final Backend backend;
  private final Scratch[] copies;

  /**
   * @param kernel closed with this one
   * @param matrices how many are copied at once
   */
  private ThroughFloat32(Backend backend, K kernel, int matrices) {
    this.backend = backend;
    this.kernel = kernel;
    this.copies = new Scratch[matrices];
    for (int i = 0; i < matrices; i++) {
      copies[i] = new Scratch(backend);
    }
  }

  /** Room in float32 for a result, until it is asked for again; that itself where it has room. */
  final Matrix room(int copy, Matrix result) {
    return result.type().isHalf()
        ? copies[copy].get(ElementType.FLOAT32, result.rows(), result.columns())
        : result;
  }

  /** A matrix in float32, until it is asked for again; itself if it is not of 16 bits. */
  final Matrix wide(int copy, Matrix of) {
    Matrix wide = room(copy, of);
    copy(of, wide);
    return wide;
  }

  /** Class numbers and weights are of float32 anyway. */
  final Targets wide(int copy, Targets of) {
    return of.areClasses() ? of : of.values(wide(copy, of.values()));
  }

  /** Copies from or to float32, unless there was no need of it. */
  final void copy(Matrix from, Matrix to) {
    if (from != to) {
      backend.copy(from, to);
    }
  }

  /** A function of rows that may put its result in their place. */
  final void ofRows(BiConsumer<Matrix, Matrix> function, Matrix rows, Matrix result) {
    Matrix wide = wide(0, rows);
    Matrix wideResult = wide == rows ? result : wide;
    function.accept(wide, wideResult);
    copy(wideResult, result);
  }

  @Override
  public final void close() {
    kernel.close();
    for (Scratch copy : copies) {
      copy.close();
    }
  }

  static final class OfSoftmax extends ThroughFloat32<Softmax> implements Softmax {
    OfSoftmax(Backend backend, Softmax kernel) {
      super(backend, kernel, 1);
    }

    @Override
    public void apply(Matrix logits, Matrix probabilities) {
      ofRows(kernel::apply, logits, probabilities);
    }
  }

  static final class OfLogSoftmax extends ThroughFloat32<LogSoftmax> implements LogSoftmax {
    OfLogSoftmax(Backend backend, LogSoftmax kernel) {
      super(backend, kernel, 1);
    }

    @Override
    public void apply(Matrix logits, Matrix logProbabilities) {
      ofRows(kernel::apply, logits, logProbabilities);
    }
  }

  static final class OfCrossEntropy extends ThroughFloat32<CrossEntropy> implements CrossEntropy {
    OfCrossEntropy(Backend backend, CrossEntropy kernel) {
      super(backend, kernel, 2);
    }

    @Override
    public void apply(Matrix logits, Targets targets, Matrix loss) {
      kernel.apply(wide(0, logits), wide(1, targets), loss);
    }
  }

  static final class OfCrossEntropyGradient extends ThroughFloat32<CrossEntropyGradient>
      implements CrossEntropyGradient {
    OfCrossEntropyGradient(Backend backend, CrossEntropyGradient kernel) {
      super(backend, kernel, 2);
    }

    @Override
    public void apply(Matrix logits, Targets targets, Matrix gradient) {
      Targets wide = wide(1, targets);
      ofRows((rows, result) -> kernel.apply(rows, wide, result), logits, gradient);
    }
  }

  static final class OfLinearSoftmax extends ThroughFloat32<LinearSoftmax>
      implements LinearSoftmax {
    OfLinearSoftmax(Backend backend, LinearSoftmax kernel) {
      super(backend, kernel, 4);
    }

    @Override
    public void apply(Matrix x, Matrix weights, Matrix bias, Matrix probabilities) {
      Matrix wide = room(3, probabilities);
      kernel.apply(wide(0, x), wide(1, weights), wide(2, bias), wide);
      copy(wide, probabilities);
    }
  }
}
