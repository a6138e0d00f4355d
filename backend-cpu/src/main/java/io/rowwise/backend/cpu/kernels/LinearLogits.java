package io.rowwise.backend.cpu.kernels;

import io.rowwise.backend.Backend;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.backend.cpu.blas.Blas;
import io.rowwise.backend.cpu.blas.OpenBlas;
import io.rowwise.backend.cpu.memory.Address;
import io.rowwise.backend.cpu.memory.CpuStorage;
import io.rowwise.backend.cpu.parallel.Parts;
import io.rowwise.backend.cpu.parallel.Workers;
import io.rowwise.backend.cpu.rows.Rows;
import java.util.Arrays;

/**
 * The logits {@code x * weights + bias} of rows, in scratch memory of their own: a product for each
 * slab of rows, whose logits are then used block by block while they are in the cache. And the way
 * back from their gradient to the weights.
 *
 * <p>How much a product covers depends on the shapes alone, never on the number of workers, so that
 * every sum is added in the same order.
 */
final class LinearLogits implements AutoCloseable {
  /** What is done with logits, by any worker. */
  interface Work {
    /** Comes before a slab. */
    default void begin(Rows block, int slab) {}

    /**
     * Uses the logits of some rows.
     *
     * @param block has them, with their bias
     * @param row the first of them in x
     */
    void compute(Rows block, int slab, int row);

    /** Comes after a slab. */
    default void end(Rows block, int slab) {}
  }

  /** What one worker has for itself. */
  private static final class OfWorker {
    final int worker;
    final Address inX = new Address();
    final Address inWeights = new Address();
    final Address inLogits = new Address();
    Rows block;

    OfWorker(int worker) {
      this.worker = worker;
    }
  }

  private final Backend backend;
  private final Workers workers;
  private final OfWorker[] ofWorkers;
  private final WideRows wideRows;
  private final Workers.Work slabs = this::computeSlab;
  private final Workers.Work features = this::multiplyBackFeatures;
  private final Workers.Work sums = this::addUpSlabs;
  private double[] biasValues = new double[0];
  private Matrix memory;
  private CpuStorage storage;
  private boolean byClass;
  private boolean areKept;

  // Of the rows at hand.
  private ElementType type;
  private Matrix x;
  private Matrix weights;
  private Matrix weightsByClass;
  private boolean byVectors;
  private int classes;
  private int first;
  private int rows;
  private int slabRows;
  private int featuresAtOnce;
  private int slabsOfASum;
  private double alpha;
  private double beta;
  private Matrix into;
  private Work work;

  /**
   * @param backend whose memory the logits take
   * @param workers share the slabs
   */
  LinearLogits(Backend backend, Workers workers) {
    this.backend = backend;
    this.workers = workers;
    this.ofWorkers = new OfWorker[workers.count()];
    Arrays.setAll(ofWorkers, OfWorker::new);
    this.wideRows = new WideRows(backend, workers.count());
  }

  double[] biasValues() {
    return biasValues;
  }

  /**
   * Takes the parameters and all rows, whose logits are used once. Returns how many slabs.
   *
   * @param newX of any type; the weights are of what it is computed in
   */
  int begin(Matrix newX, Matrix newWeights, Matrix bias) {
    int ofSlab = Slabs.rows(newX.rows(), newX.columns(), newWeights.columns());
    areKept = false;
    return begin(newX, 0, newX.rows(), newWeights, bias, ofSlab, workers.count() * ofSlab);
  }

  /**
   * Takes the parameters and some rows, not of 16 bits, whose logits are replaced by their gradient
   * and kept for {@link #multiplyBack}. Returns how many slabs.
   *
   * @param mostSlabs how many there may be
   */
  int begin(Matrix newX, int newFirst, int newRows, Matrix newWeights, Matrix bias, int mostSlabs) {
    int ofSlab = Slabs.rows(newRows, newX.columns(), newWeights.columns());
    areKept = true;
    return begin(
        newX,
        newFirst,
        newRows,
        newWeights,
        bias,
        Math.max(ofSlab, Parts.count(newRows, mostSlabs)),
        newRows);
  }

  /**
   * Takes the parameters and some rows, whose logits are replaced by their gradient, for {@link
   * #computeAndMultiplyBack}. Returns how many slabs.
   *
   * @param newWeightsByClass classes x features, the same weights
   */
  int beginByClass(
      Matrix newX,
      int newFirst,
      int newRows,
      Matrix newWeights,
      Matrix newWeightsByClass,
      Matrix bias) {
    int newClasses = newWeights.columns();
    boolean vectors = Slabs.areByVectors(newX.type(), newClasses);
    int ofSlab =
        vectors ? Slabs.rowsByVectors(newX) : Slabs.rows(newRows, newX.columns(), newClasses);
    areKept = true;
    int slabs = begin(newX, newFirst, newRows, newWeights, bias, ofSlab, newRows);
    weightsByClass = newWeightsByClass;
    byVectors = vectors;
    return slabs;
  }

  private int begin(
      Matrix newX,
      int newFirst,
      int newRows,
      Matrix newWeights,
      Matrix bias,
      int newSlabRows,
      int rowsInMemory) {
    x = newX;
    type = x.type().computedIn();
    first = newFirst;
    rows = newRows;
    weights = newWeights;
    weightsByClass = null;
    byVectors = false;
    slabRows = newSlabRows;
    classes = weights.columns();
    byClass = Slabs.areByClass(x.columns(), classes);
    if (biasValues.length != classes) {
      biasValues = new double[classes];
    }
    CpuStorage.loadRows(bias, 0, 1, biasValues);
    if (memory == null
        || memory.type() != type
        || memory.elements() < (long) rowsInMemory * classes) {
      freeLogits();
      memory = backend.matrix(type, rowsInMemory, classes);
      storage = CpuStorage.of(memory);
    }
    if (x.columns() == 0) {
      // OpenBLAS refuses leading dimensions of 0.
      storage.clear();
    }
    wideRows.begin(x, slabRows);
    return Parts.count(rows, slabRows);
  }

  /** Computes all slabs. */
  void compute(Work newWork) {
    work = newWork;
    workers.share(
        Parts.count(rows, slabRows), Slabs.nanoseconds(rows, x.columns(), classes), slabs);
  }

  private void computeSlab(int slab, int worker) {
    int from = slab * slabRows;
    int count = Math.min(slabRows, rows - from);
    long leadingDimension = leadingDimension(count);
    long position = areKept ? positionKept(from) : (long) worker * slabRows * classes;
    if (x.columns() > 0) {
      multiply(first + from, count, position, leadingDimension, ofWorkers[worker]);
    }
    use(slab, from, count, position, leadingDimension, ofWorkers[worker]);
  }

  private long leadingDimension(int rowsOfSlab) {
    return !byClass ? classes : areKept ? rows : rowsOfSlab;
  }

  private long positionKept(int row) {
    return byClass ? row : (long) row * classes;
  }

  private void multiply(
      int firstRow, int count, long position, long leadingDimension, OfWorker own) {
    if (byVectors) {
      multiplyVectors(firstRow, count, position, leadingDimension, own);
      return;
    }
    OpenBlas.Operand from = wideRows.of(firstRow, count, own.worker, own.inX);
    OpenBlas.Operand by =
        weightsByClass == null
            ? own.inWeights.of(weights, 0, weights.rows())
            : own.inWeights.of(weightsByClass, 0, classes).transposed();
    if (byClass) {
      OpenBlas.Operand to = own.inLogits.of(storage, position, classes, count, leadingDimension);
      Blas.library().multiply(type, 1, by.transposed(), from.transposed(), 0, to);
    } else {
      OpenBlas.Operand to = own.inLogits.of(storage, position, count, classes, leadingDimension);
      Blas.library().multiply(type, 1, from, by, 0, to);
    }
  }

  private void multiplyVectors(
      int firstRow, int count, long position, long leadingDimension, OfWorker own) {
    OpenBlas.Operand from = own.inX.of(x, firstRow, count);
    for (int j = 0; j < classes; j++) {
      Blas.library()
          .multiplyByVector(
              x.type(),
              from,
              own.inWeights.of(weightsByClass, j, 1),
              0,
              vector(j, count, position, leadingDimension, own));
    }
  }

  /** The logits of one class, wherever they lie. */
  private OpenBlas.Operand vector(
      int j, int count, long position, long leadingDimension, OfWorker own) {
    return byClass
        ? own.inLogits.of(storage, position + j * leadingDimension, 1, count, leadingDimension)
        : own.inLogits.of(storage, position + j, count, 1, leadingDimension);
  }

  private void use(
      int slab, int from, int count, long position, long leadingDimension, OfWorker own) {
    Rows block = Rows.of(x.type(), classes, own.block);
    own.block = block;
    block.takeBias(biasValues);
    work.begin(block, slab);
    for (int row = 0; row < count; row += block.capacity()) {
      int some = Math.min(block.capacity(), count - row);
      if (byClass) {
        block.loadByClass(storage, position + row, leadingDimension, some);
      } else {
        block.load(storage, position + (long) row * classes, leadingDimension, some);
      }
      block.addBias();
      work.compute(block, slab, first + from + row);
    }
    work.end(block, slab);
  }

  /**
   * Computes the only row, whose logits lie row by row.
   *
   * @param weightsByClass classes x features
   */
  void computeOne(Matrix weightsByClass, Work newWork) {
    work = newWork;
    OfWorker caller = ofWorkers[0];
    Blas.multiplyRow(
        weightsByClass.type(),
        wideRows.of(0, 1, caller.worker, caller.inX),
        caller.inWeights.of(weightsByClass, 0, classes),
        caller.inLogits.of(storage, 0, 1, classes, classes));
    use(0, 0, 1, 0, classes, caller);
  }

  /** Puts a block's result where its logits were, which are kept. */
  void replace(Rows block, int row) {
    long position = positionKept(row - first);
    if (byClass) {
      block.storeByClass(storage, position, rows);
    } else {
      block.store(storage, position, classes);
    }
  }

  /**
   * {@code into = beta * into + alpha * transposed(x) * gradient}, which has replaced the logits.
   *
   * @param newInto features x classes
   */
  void multiplyBack(double newAlpha, double newBeta, Matrix newInto) {
    alpha = newAlpha;
    beta = newBeta;
    into = newInto;
    if (x.columns() > 0) {
      featuresAtOnce = Slabs.features(rows, x.columns(), classes);
      workers.share(
          Parts.count(x.columns(), featuresAtOnce),
          Slabs.productNanoseconds(rows, x.columns(), classes),
          features);
    }
  }

  private void multiplyBackFeatures(int part, int worker) {
    OfWorker own = ofWorkers[worker];
    int firstFeature = part * featuresAtOnce;
    int count = Math.min(featuresAtOnce, x.columns() - firstFeature);
    Blas.library()
        .multiply(
            x.type(),
            alpha,
            own.inX.of(x, first, rows, firstFeature, count).transposed(),
            gradient(0, rows, own),
            beta,
            own.inWeights.ofWritten(into, firstFeature, count));
  }

  private OpenBlas.Operand gradient(int from, int count, OfWorker own) {
    return byClass
        ? own.inLogits.of(storage, from, classes, count, rows).transposed()
        : own.inLogits.of(storage, positionKept(from), count, classes, classes);
  }

  /**
   * Computes all slabs and adds {@code transposed(gradient) * x} of each to a sum while its rows
   * are in the cache. That way round, OpenBLAS takes half the time.
   *
   * @param newSums classes x features, one below the other; slab {@code i} of {@code s} is added to
   *     sum {@code i / ceil(s / sums)}
   */
  void computeAndMultiplyBack(Work newWork, Matrix newSums) {
    work = newWork;
    into = newSums;
    int slabCount = Parts.count(rows, slabRows);
    slabsOfASum = Parts.count(slabCount, newSums.rows() / classes);
    workers.share(
        Parts.count(slabCount, slabsOfASum),
        Slabs.nanoseconds(rows, 2 * x.columns(), classes),
        sums);
  }

  private void addUpSlabs(int sum, int worker) {
    OfWorker own = ofWorkers[worker];
    int last = Math.min(Parts.count(rows, slabRows), (sum + 1) * slabsOfASum);
    for (int slab = sum * slabsOfASum; slab < last; slab++) {
      computeSlab(slab, worker);
      int from = slab * slabRows;
      int count = Math.min(slabRows, rows - from);
      if (byVectors) {
        addUpVectors(sum, from, count, own);
      } else {
        Blas.library()
            .multiply(
                x.type(),
                1,
                gradient(from, count, own).transposed(),
                own.inX.of(x, first + from, count),
                1,
                own.inWeights.ofWritten(into, sum * classes, classes));
      }
    }
  }

  private void addUpVectors(int sum, int from, int count, OfWorker own) {
    OpenBlas.Operand by = own.inX.of(x, first + from, count).transposed();
    for (int j = 0; j < classes; j++) {
      Blas.library()
          .multiplyByVector(
              x.type(),
              by,
              vector(j, count, positionKept(from), leadingDimension(count), own),
              1,
              own.inWeights.ofWritten(into, sum * classes + j, 1));
    }
  }

  /** Forgets the matrices. */
  void end() {
    wideRows.end();
    x = null;
    weights = null;
    weightsByClass = null;
    into = null;
    work = null;
  }

  @Override
  public void close() {
    wideRows.close();
    freeLogits();
  }

  private void freeLogits() {
    if (memory != null) {
      memory.close();
      memory = null;
      storage = null;
    }
  }
}
