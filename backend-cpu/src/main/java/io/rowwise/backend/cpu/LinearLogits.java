package io.rowwise.backend.cpu;

import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.backend.Transpose;
import io.rowwise.kernel.Scratch;
import org.bytedeco.javacpp.Pointer;

/**
 * The logits {@code x * weights + bias} of a range of rows, in scratch memory of their own. With
 * few classes OpenBLAS is asked for them transposed, class by class, which is how {@link RowBlock}
 * wants them.
 */
final class LinearLogits implements AutoCloseable {
  private static final int SLAB_ELEMENTS = 1 << 16;

  private final Scratch memory;
  private double[] biasValues = new double[0];
  private CpuStorage storage;
  private ElementType type;
  private int rows;
  private int classes;
  private boolean byClass;

  /** How many rows to compute at once where nobody needs them all: what the cache holds. */
  static int slabRows(int rows, int classes) {
    return Math.max(1, Math.min(rows, Math.max(256, SLAB_ELEMENTS / classes)));
  }

  LinearLogits(CpuBackend backend) {
    this.memory = new Scratch(backend);
  }

  /** Computes the weighted sums of {@code count} rows of x. */
  void compute(Matrix x, int first, int count, Matrix weights, Matrix bias) {
    type = x.type();
    rows = count;
    classes = weights.columns();
    byClass = classes <= RowBlock.FEW_CLASSES;
    if (biasValues.length != classes) {
      biasValues = new double[classes];
    }
    CpuStorage.loadRows(bias, 0, 1, biasValues);
    // A single column, since Scratch keeps its memory only as long as the columns stay the same.
    storage = CpuStorage.of(memory.get(type, Math.multiplyExact(rows, classes), 1));
    if (x.columns() == 0) {
      storage.clear();
      return;
    }
    Pointer from = CpuStorage.of(x).pointer(x.offset() + first * x.leadingDimension());
    if (byClass) {
      Blas.multiply(
          type,
          classes,
          rows,
          x.columns(),
          1,
          CpuBackend.pointer(weights),
          Transpose.YES,
          weights.leadingDimension(),
          from,
          Transpose.YES,
          x.leadingDimension(),
          0,
          storage.pointer(0),
          rows);
    } else {
      Blas.multiply(
          type,
          rows,
          classes,
          x.columns(),
          1,
          from,
          Transpose.NO,
          x.leadingDimension(),
          CpuBackend.pointer(weights),
          Transpose.NO,
          weights.leadingDimension(),
          0,
          storage.pointer(0),
          classes);
    }
  }

  /** Puts the logits of some of the rows into a block. */
  void load(int from, int count, RowBlock block) {
    double[] logits = block.begin(count);
    if (byClass) {
      for (int j = 0; j < classes; j++) {
        storage.load((long) j * rows + from, logits, j * count, count);
        addConstant(logits, j * count, count, biasValues[j]);
      }
    } else {
      storage.load((long) from * classes, logits, 0, classes);
      for (int j = 0; j < classes; j++) {
        logits[j] += biasValues[j];
      }
    }
  }

  private static void addConstant(double[] values, int at, int count, double constant) {
    for (int i = at; i < at + count; i++) {
      values[i] += constant;
    }
  }

  /** Puts a block's gradient where its logits were. */
  void replace(int from, int count, double[] gradient) {
    if (byClass) {
      for (int j = 0; j < classes; j++) {
        storage.store((long) j * rows + from, gradient, j * count, count);
      }
    } else {
      storage.store((long) from * classes, gradient, 0, classes);
    }
  }

  /**
   * {@code weights -= rate * transposed(x) * gradient}, for the gradient that replaced the logits.
   */
  void descend(Matrix x, int first, double rate, Matrix weights) {
    if (x.columns() == 0) {
      return;
    }
    Blas.multiply(
        type,
        x.columns(),
        classes,
        rows,
        -rate,
        CpuStorage.of(x).pointer(x.offset() + first * x.leadingDimension()),
        Transpose.YES,
        x.leadingDimension(),
        storage.pointer(0),
        byClass ? Transpose.YES : Transpose.NO,
        byClass ? rows : classes,
        1,
        CpuBackend.pointer(weights),
        weights.leadingDimension());
  }

  @Override
  public void close() {
    memory.close();
  }
}
