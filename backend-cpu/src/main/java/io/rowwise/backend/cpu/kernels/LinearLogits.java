package io.rowwise.backend.cpu.kernels;

import io.rowwise.backend.Backend;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.backend.cpu.blas.Blas;
import io.rowwise.backend.cpu.blas.OpenBlas;
import io.rowwise.backend.cpu.memory.Address;
import io.rowwise.backend.cpu.memory.CpuStorage;
import io.rowwise.backend.cpu.parallel.Parts;
import io.rowwise.backend.cpu.rows.RowForm;
import io.rowwise.backend.cpu.rows.Rows;

/**
 * The logits {@code x * weights + bias} of ranges of rows, in scratch memory of their own, and the
 * way back from their gradient to the weights. Several workers may compute ranges at once.
 *
 * <p>How much a product covers depends on the shapes alone, never on the number of workers, so that
 * every sum is added in the same order.
 */
final class LinearLogits implements AutoCloseable {
  // With so few features OpenBLAS is asked for the logits class by class, as ClassMajorRows wants
  // them;
  // with more it is faster row by row, and putting them in order is little beside the product.
  private static final int FEW_FEATURES = 32;

  // Up to so many multiply-adds OpenBLAS (interface/gemm.c, the SkylakeX kernels) takes a path that
  // does not rearrange the operands first, two to four times faster.
  private static final int SMALL_PRODUCT = 1_000_000;
  // Beyond this many weights that would be too few rows.
  private static final int LARGEST_SMALL_WEIGHTS = 1 << 15;
  private static final int ROWS_OF_A_LARGE_PRODUCT = 256;
  // Of fewer than these, rearranging the weights would take as long as the product.
  private static final int FEWEST_OF_A_LARGE_PRODUCT = 32;
  private static final int PIECES_OF_A_BATCH = 4;
  // Logits that stay in the cache until they are used.
  private static final int SLAB_ELEMENTS = 8192;
  private static final int FEWEST_ROWS = 16;

  // Nanoseconds of one thread, roughly.
  private static final double A_MULTIPLY_ADD = 0.02;
  private static final double A_POWER = 4;

  private final Backend backend;
  private final Address[] inX;
  private final Address[] inWeights;
  private final Address[] inLogits;
  private double[] biasValues = new double[0];
  private Matrix memory;
  private CpuStorage storage;
  private ElementType type;
  private int classes;
  private boolean byClass;

  /**
   * @param backend whose memory the logits take
   * @param workers how many may compute at once
   */
  LinearLogits(Backend backend, int workers) {
    this.backend = backend;
    this.inX = new Address[workers];
    this.inWeights = new Address[workers];
    this.inLogits = new Address[workers];
    for (int i = 0; i < workers; i++) {
      inX[i] = new Address();
      inWeights[i] = new Address();
      inLogits[i] = new Address();
    }
  }

  /** How many rows to compute at once. */
  static int slabRows(int rows, int features, int classes) {
    long weights = (long) features * classes;
    int shared = Math.max(FEWEST_OF_A_LARGE_PRODUCT, Parts.count(rows, PIECES_OF_A_BATCH));
    int most = Math.min(ROWS_OF_A_LARGE_PRODUCT, shared);
    if (weights <= LARGEST_SMALL_WEIGHTS) {
      int forCache = Math.max(FEWEST_ROWS, SLAB_ELEMENTS / classes);
      most = (int) Math.min(forCache, SMALL_PRODUCT / Math.max(1, weights));
    }
    return Parts.evenly(rows, most);
  }

  /** How many features' weights to compute at once. */
  static int featuresAtOnce(int rows, int features, int classes) {
    long logits = (long) rows * classes;
    int most = ROWS_OF_A_LARGE_PRODUCT;
    if (logits <= LARGEST_SMALL_WEIGHTS) {
      most = (int) (SMALL_PRODUCT / Math.max(1, logits));
    }
    return Parts.evenly(features, most);
  }

  /** What one thread needs for a product and for the powers of its result. */
  static double nanoseconds(int rows, int features, int classes) {
    return rows * (double) classes * (features * A_MULTIPLY_ADD + A_POWER);
  }

  /** What one thread needs for a product alone. */
  static double productNanoseconds(int rows, int features, int classes) {
    return rows * (double) classes * (features * A_MULTIPLY_ADD);
  }

  /** Whether the logits lie class by class. */
  boolean byClass() {
    return byClass;
  }

  double[] biasValues() {
    return biasValues;
  }

  CpuStorage storage() {
    return storage;
  }

  /** Takes the parameters and makes room for so many logits. */
  void prepare(Matrix x, Matrix weights, Matrix bias, long elements) {
    type = x.type();
    classes = weights.columns();
    byClass = RowForm.of(classes) == RowForm.CLASS_MAJOR && x.columns() <= FEW_FEATURES;
    if (biasValues.length != classes) {
      biasValues = new double[classes];
    }
    CpuStorage.loadRows(bias, 0, 1, biasValues);
    if (memory == null || memory.type() != type || memory.elements() < elements) {
      close();
      // Rows of classes, whose number is an int where the elements' may not be.
      memory = backend.matrix(type, Math.toIntExact(elements / classes), classes);
      storage = CpuStorage.of(memory);
    }
    if (x.columns() == 0) {
      // OpenBLAS refuses leading dimensions of 0.
      storage.clear();
    }
  }

  /**
   * Computes the weighted sums of {@code rows} rows of x, without the bias.
   *
   * @param position of the first logit in the scratch memory
   * @param leadingDimension elements from one row of logits, or one class of them, to the next
   */
  void compute(
      Matrix x,
      int firstRow,
      int rows,
      Matrix weights,
      long position,
      long leadingDimension,
      int worker) {
    if (x.columns() == 0) {
      return;
    }
    OpenBlas.Operand from = inX[worker].of(x, firstRow, rows);
    OpenBlas.Operand by = inWeights[worker].of(weights, 0, weights.rows());
    Address logits = inLogits[worker];
    if (byClass) {
      OpenBlas.Operand to = logits.of(storage, position, classes, rows, leadingDimension);
      Blas.library().multiply(type, 1, by.transposed(), from.transposed(), 0, to);
    } else {
      OpenBlas.Operand to = logits.of(storage, position, rows, classes, leadingDimension);
      Blas.library().multiply(type, 1, from, by, 0, to);
    }
  }

  /**
   * Computes the weighted sums of one row of x, without the bias.
   *
   * @param weightsByClass classes x features
   * @param position of the first logit in the scratch memory
   */
  void computeOne(Matrix x, int row, Matrix weightsByClass, long position, int worker) {
    int count = weightsByClass.rows();
    Blas.multiplyRow(
        weightsByClass.type(),
        inX[worker].of(x, row, 1),
        inWeights[worker].of(weightsByClass, 0, count),
        inLogits[worker].of(storage, position, 1, count, count));
  }

  /** Puts logits into a block, from the given row of those at a position. */
  void load(Rows into, long position, long leadingDimension, int row, int rows) {
    if (byClass) {
      into.loadByClass(storage, position + row, leadingDimension, rows);
    } else {
      into.load(storage, position + row * leadingDimension, leadingDimension, rows);
    }
    into.addBias();
  }

  /** Puts a block's result where its logits were. */
  void replace(Rows into, long position, long leadingDimension, int row) {
    if (byClass) {
      into.storeByClass(storage, position + row, leadingDimension);
    } else {
      into.store(storage, position + row * leadingDimension, leadingDimension);
    }
  }

  /**
   * {@code weights -= rate * transposed(x) * gradient} for some features, with the gradient that
   * replaced the logits.
   */
  void descend(
      Matrix x,
      int firstRow,
      int rows,
      int firstFeature,
      int features,
      double rate,
      Matrix weights,
      long leadingDimension,
      int worker) {
    OpenBlas.Operand gradient =
        byClass
            ? inLogits[worker].of(storage, 0, classes, rows, leadingDimension).transposed()
            : inLogits[worker].of(storage, 0, rows, classes, leadingDimension);
    Blas.library()
        .multiply(
            type,
            -rate,
            inX[worker].of(x, firstRow, rows, firstFeature, features).transposed(),
            gradient,
            1,
            inWeights[worker].ofWritten(weights, firstFeature, features));
  }

  @Override
  public void close() {
    if (memory != null) {
      memory.close();
      memory = null;
      storage = null;
    }
  }
}
