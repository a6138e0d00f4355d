package io.rowwise.backend;

import io.rowwise.kernel.Kernel;
import io.rowwise.kernel.KernelOffer;
import io.rowwise.kernel.KernelType;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What every backend extends. The public methods check every argument, once and for all backends;
 * the protected ones then compute and may rely on it: matrices are open, of this backend and of one
 * type, which is {@code float32} or {@code float64} except for {@link #move}, shapes fit, overlaps
 * are allowed ones, and nothing is asked of an empty result.
 */
public abstract class CheckedBackend implements Backend {
  /** A reduction of each row to one element. */
  protected enum RowReduction {
    /** See {@link Backend#rowMax}. */
    MAX,
    /** See {@link Backend#rowSum}. */
    SUM,
    /** See {@link Backend#rowArgMax}. */
    ARG_MAX
  }

  /** A function of one element. */
  protected enum UnaryOperation {
    /** See {@link Backend#exp}. */
    EXP,
    /** See {@link Backend#log}. */
    LOG
  }

  /** A function of two elements. */
  protected enum BinaryOperation {
    /** See {@link Backend#add(Matrix, Matrix, Matrix)}. */
    ADD("add"),
    /** See {@link Backend#subtract(Matrix, Matrix, Matrix)}. */
    SUBTRACT("subtract"),
    /** See {@link Backend#multiply(Matrix, Matrix, Matrix)}. */
    MULTIPLY("multiply"),
    /** See {@link Backend#divide(Matrix, Matrix, Matrix)}. */
    DIVIDE("divide"),
    /** See {@link Backend#equal(Matrix, Matrix, Matrix)}. */
    EQUAL("equal");

    private final String label;

    BinaryOperation(String label) {
      this.label = label;
    }

    /** The method's name. */
    @Override
    public String toString() {
      return label;
    }
  }

  /** {@code trace} or {@code report}: whether leaks are reported with where they were made. */
  static final String LEAKS_PROPERTY = "rowwise.leaks";

  private static final Logger LOG = LoggerFactory.getLogger(CheckedBackend.class);

  private static final int EXACT_FLOAT_INDICES = 1 << 24;

  private final String name;
  private final Supplier<Device> description;
  private volatile Device device;
  private final MemoryBudget budget;
  private final Ledger ledger;
  private final KernelTable kernels = new KernelTable();
  private volatile boolean closed;

  /**
   * @param name the provider's name
   * @param device what this backend computes on
   * @throws IllegalArgumentException if the system property {@code rowwise.leaks} is neither {@code
   *     report} nor {@code trace}
   */
  @SuppressWarnings("this-escape") // Nobody asks the budget before there is a matrix to be made.
  protected CheckedBackend(String name, Device device) {
    this(name, device, leaksAreTraced(), LOG::warn);
  }

  /**
   * With a description that is made when it is first asked for, as it may take long to find out.
   *
   * @param name the provider's name
   * @param description makes what this backend computes on; the same if it is called again
   * @throws IllegalArgumentException if the system property {@code rowwise.leaks} is neither {@code
   *     report} nor {@code trace}
   */
  @SuppressWarnings("this-escape") // As above.
  protected CheckedBackend(String name, Supplier<Device> description) {
    this(name, description, leaksAreTraced(), LOG::warn);
  }

  private static boolean leaksAreTraced() {
    return Settings.choice(LEAKS_PROPERTY, "report", "report", "trace").equals("trace");
  }

  /** With the leak reports going elsewhere than to the log. */
  CheckedBackend(String name, Device device, boolean traced, Consumer<String> leakReport) {
    this(name, () -> device, traced, leakReport);
    this.device = Objects.requireNonNull(device, "device");
  }

  private CheckedBackend(
      String name, Supplier<Device> description, boolean traced, Consumer<String> leakReport) {
    this.name = Objects.requireNonNull(name, "name");
    this.description = Objects.requireNonNull(description, "description");
    this.budget =
        new MemoryBudget(() -> device().id(), this::memoryLimit, this::collectUnheldMatrices);
    this.ledger =
        new Ledger(new LeakReport(traced, text -> leakReport.accept(name + ": " + text)), budget);
  }

  // What a backend does.

  /**
   * Memory for {@code elements} elements (at least 1), all zero. That they are within the {@link
   * #memoryLimit} has been seen to.
   *
   * @param elements how many; their bytes are a {@code long}
   * @throws OutOfDeviceMemoryException if there is not so much; then matrices that nobody holds are
   *     freed, and it is asked for once more
   */
  protected abstract Storage allocate(ElementType type, long elements);

  /**
   * Why this backend has no matrices of a type, and what to do: {@code bfloat16 wants ...; use
   * float32}. Null, as by default, if it has them; {@code float32} and {@code float64} always.
   */
  protected String whyWithout(ElementType type) {
    return null;
  }

  /**
   * The memory of a buffer as a storage, which keeps the buffer reachable until it is freed and
   * gives nothing back then; null, as by default, if this backend cannot compute on such memory, so
   * that it is copied.
   *
   * @param memory direct, of at least one element, in the machine's byte order
   */
  protected Storage storageOver(ElementType type, ByteBuffer memory) {
    return null;
  }

  /**
   * How many bytes this backend's matrices may take in all: by default the device's memory.
   *
   * @param wanted how many they would take with the next one. Who needs long to find out may answer
   *     {@link Long#MAX_VALUE} while these are surely there
   */
  protected long memoryLimit(long wanted) {
    return device().memoryBytes();
  }

  /** See {@link Backend#matmul}. Called also for an inner dimension of 0. */
  protected abstract void multiplyMatrices(
      double alpha,
      Matrix a,
      Transpose transposeA,
      Matrix b,
      Transpose transposeB,
      double beta,
      Matrix out);

  /** {@code x} R x K, {@code out} R x 1; K may be 0 for a sum. */
  protected abstract void reduceRows(RowReduction reduction, Matrix x, Matrix out);

  /** {@code x} K x C, {@code out} 1 x C; K may be 0. */
  protected abstract void sumColumns(Matrix x, Matrix out);

  /** Both R x C, {@code out} possibly {@code x} itself. */
  protected abstract void apply(UnaryOperation operation, Matrix x, Matrix out);

  /**
   * {@code a} and {@code b} each R x C, 1 x C, R x 1 or 1 x 1; {@code out} possibly one that is R x
   * C.
   */
  protected abstract void combine(BinaryOperation operation, Matrix a, Matrix b, Matrix out);

  /** {@code a} R x C, {@code out} possibly {@code a} itself. */
  protected abstract void combine(BinaryOperation operation, Matrix a, double b, Matrix out);

  /** See {@link Backend#addScaled}; {@code out} possibly {@code x} itself. */
  protected abstract void accumulate(double alpha, Matrix x, Matrix out);

  /** See {@link Backend#fill}. */
  protected abstract void set(double value, Matrix out);

  /** See {@link Backend#copy}; never onto itself, and of any two types. */
  protected abstract void move(Matrix x, Matrix out);

  /** The kernels that this backend brings itself. */
  protected abstract List<KernelOffer<?>> ownKernels();

  /** Frees everything but the matrices, which are freed by now. Called once. */
  protected abstract void release();

  // The checks.

  @Override
  public final String name() {
    return name;
  }

  @Override
  public final Device device() {
    if (device == null) {
      device = Objects.requireNonNull(description.get(), "device");
    }
    return device;
  }

  @Override
  public final Matrix matrix(ElementType type, int rows, int columns) {
    Shape shape = requireShape("matrix", type, rows, columns);
    ledger.freeCollected();
    budget.take(shape.bytes());
    Storage storage = null;
    Matrix matrix = null;
    try {
      storage = allocateOrCollect(type, Math.max(1, (long) rows * columns));
      matrix = new Matrix(this, ledger, storage, type, rows, columns, shape.bytes());
    } finally {
      if (matrix == null) {
        if (storage != null) {
          storage.free();
        }
        budget.giveBack(shape.bytes());
      }
    }
    return requireStillOpen("matrix", matrix);
  }

  @Override
  public final boolean has(ElementType type) {
    return whyWithout(Objects.requireNonNull(type, "type")) == null;
  }

  private Shape requireShape(String operation, ElementType type, int rows, int columns) {
    Objects.requireNonNull(type, "type");
    requireOpen(operation);
    String reason = whyWithout(type);
    if (reason != null) {
      throw new IllegalArgumentException(operation + ": " + reason);
    }
    if (rows < 0 || columns < 0) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%s: %dx%d is not a shape; rows and columns are 0 or more",
              operation,
              rows,
              columns));
    }
    return new Shape(type, rows, columns);
  }

  private Matrix requireStillOpen(String operation, Matrix matrix) {
    if (closed) {
      // Closed by another thread meanwhile, which may have missed this one.
      matrix.close();
      requireOpen(operation);
    }
    return matrix;
  }

  @Override
  public final Matrix view(ElementType type, int rows, int columns, ByteBuffer memory) {
    Shape shape = requireShape("view", type, rows, columns);
    HostBuffers.require(shape, memory);
    Storage storage = shape.bytes() == 0 ? null : storageOver(type, memory);
    if (storage == null) {
      Matrix copy = matrix(type, rows, columns);
      boolean written = false;
      try {
        HostBuffers.copy(memory, copy);
        written = true;
      } finally {
        if (!written) {
          copy.close();
        }
      }
      return copy;
    }
    return matrixOver("view", type, rows, columns, storage);
  }

  /**
   * A matrix over memory that is somebody else's, who gives it back after the matrix is closed. It
   * is in no budget.
   *
   * @param operation for messages
   * @param storage of {@code rows * columns} elements, whose {@link Storage#free} gives back what
   *     is this backend's of it
   */
  protected final Matrix matrixOver(
      String operation, ElementType type, int rows, int columns, Storage storage) {
    requireShape(operation, type, rows, columns);
    ledger.freeCollected();
    return requireStillOpen(operation, new Matrix(this, ledger, storage, type, rows, columns, 0));
  }

  private Storage allocateOrCollect(ElementType type, long elements) {
    try {
      return allocate(type, elements);
    } catch (OutOfDeviceMemoryException e) {
      if (!budget.collect()) {
        throw e;
      }
    }
    return allocate(type, elements);
  }

  private boolean collectUnheldMatrices() {
    return ledger.collect();
  }

  @Override
  public final int openMatrices() {
    return ledger.size();
  }

  @Override
  public final long openBytes() {
    return budget.taken();
  }

  @Override
  public final void matmul(
      double alpha,
      Matrix a,
      Transpose transposeA,
      Matrix b,
      Transpose transposeB,
      double beta,
      Matrix out) {
    Arguments.requireUsable("matmul", this, "a", a);
    Arguments.requireUsable("matmul", this, "b", b);
    Arguments.requireUsable("matmul", this, "out", out);
    Arguments.requireType("matmul", "b", b, a.type());
    Arguments.requireType("matmul", "out", out, a.type());
    int inner = transposeA.columns(a);
    if (transposeB.rows(b) != inner) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "matmul: a%s is %dx%d, b%s is %dx%d; the columns of the first must be the rows of the"
                  + " second",
              transposeA == Transpose.YES ? " transposed" : "",
              transposeA.rows(a),
              inner,
              transposeB == Transpose.YES ? " transposed" : "",
              transposeB.rows(b),
              transposeB.columns(b)));
    }
    Arguments.requireShape("matmul", "out", out, transposeA.rows(a), transposeB.columns(b));
    Arguments.requireDistinct("matmul", "out", out, "a", a);
    Arguments.requireDistinct("matmul", "out", out, "b", b);
    double roundedAlpha = roundedFactor("matmul", "alpha", alpha, a.type());
    double roundedBeta = roundedFactor("matmul", "beta", beta, a.type());
    if (out.elements() > 0) {
      multiplyMatrices(roundedAlpha, a, transposeA, b, transposeB, roundedBeta, out);
    }
    Arguments.keepReachable(a);
    Arguments.keepReachable(b);
    Arguments.keepReachable(out);
  }

  @Override
  public final void rowMax(Matrix x, Matrix out) {
    reduceChecked("rowMax", RowReduction.MAX, x, out);
  }

  @Override
  public final void rowSum(Matrix x, Matrix out) {
    reduceChecked("rowSum", RowReduction.SUM, x, out);
  }

  @Override
  public final void rowArgMax(Matrix x, Matrix out) {
    reduceChecked("rowArgMax", RowReduction.ARG_MAX, x, out);
  }

  private void reduceChecked(String operation, RowReduction reduction, Matrix x, Matrix out) {
    requireOperands(operation, x, out);
    Arguments.requireShape(operation, "out", out, x.rows(), 1);
    if (reduction != RowReduction.SUM) {
      Arguments.requireSome(operation, "x", "columns", x.columns());
    }
    if (reduction == RowReduction.ARG_MAX
        && x.type() == ElementType.FLOAT32
        && x.columns() > EXACT_FLOAT_INDICES) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%s: x has %d columns, a float32 result is exact up to %d; use float64",
              operation,
              x.columns(),
              EXACT_FLOAT_INDICES));
    }
    Arguments.requireDistinct(operation, "out", out, "x", x);
    if (out.elements() > 0) {
      reduceRows(reduction, x, out);
    }
    Arguments.keepReachable(x);
    Arguments.keepReachable(out);
  }

  @Override
  public final void columnSum(Matrix x, Matrix out) {
    requireOperands("columnSum", x, out);
    Arguments.requireShape("columnSum", "out", out, 1, x.columns());
    Arguments.requireDistinct("columnSum", "out", out, "x", x);
    if (out.elements() > 0) {
      sumColumns(x, out);
    }
    Arguments.keepReachable(x);
    Arguments.keepReachable(out);
  }

  @Override
  public final void exp(Matrix x, Matrix out) {
    applyChecked("exp", UnaryOperation.EXP, x, out);
  }

  @Override
  public final void log(Matrix x, Matrix out) {
    applyChecked("log", UnaryOperation.LOG, x, out);
  }

  private void applyChecked(String name, UnaryOperation operation, Matrix x, Matrix out) {
    requireElementWise(name, "x", x, out);
    if (out.elements() > 0) {
      apply(operation, x, out);
    }
    Arguments.keepReachable(x);
    Arguments.keepReachable(out);
  }

  @Override
  public final void add(Matrix a, Matrix b, Matrix out) {
    combineChecked(BinaryOperation.ADD, a, b, out);
  }

  @Override
  public final void subtract(Matrix a, Matrix b, Matrix out) {
    combineChecked(BinaryOperation.SUBTRACT, a, b, out);
  }

  @Override
  public final void multiply(Matrix a, Matrix b, Matrix out) {
    combineChecked(BinaryOperation.MULTIPLY, a, b, out);
  }

  @Override
  public final void divide(Matrix a, Matrix b, Matrix out) {
    combineChecked(BinaryOperation.DIVIDE, a, b, out);
  }

  @Override
  public final void equal(Matrix a, Matrix b, Matrix out) {
    combineChecked(BinaryOperation.EQUAL, a, b, out);
  }

  private void combineChecked(BinaryOperation operation, Matrix a, Matrix b, Matrix out) {
    String name = operation.toString();
    Arguments.requireUsable(name, this, "a", a);
    Arguments.requireUsable(name, this, "b", b);
    Arguments.requireUsable(name, this, "out", out);
    Arguments.requireType(name, "b", b, a.type());
    Arguments.requireType(name, "out", out, a.type());
    requireBroadcast(name, "a", a, out);
    requireBroadcast(name, "b", b, out);
    if (out.elements() > 0) {
      combine(operation, a, b, out);
    }
    Arguments.keepReachable(a);
    Arguments.keepReachable(b);
    Arguments.keepReachable(out);
  }

  private static void requireBroadcast(String operation, String name, Matrix operand, Matrix out) {
    boolean rowsFit = operand.rows() == out.rows() || operand.rows() == 1;
    boolean columnsFit = operand.columns() == out.columns() || operand.columns() == 1;
    if (!rowsFit || !columnsFit) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%s: %s is %dx%d and out %dx%d; wanted the same shape, or a row 1x%6$d, a column"
                  + " %5$dx1 or a scalar 1x1",
              operation,
              name,
              operand.rows(),
              operand.columns(),
              out.rows(),
              out.columns()));
    }
    Arguments.requireDistinctOrSame(operation, "out", out, name, operand);
  }

  @Override
  public final void add(Matrix a, double b, Matrix out) {
    combineChecked(BinaryOperation.ADD, a, b, out);
  }

  @Override
  public final void subtract(Matrix a, double b, Matrix out) {
    combineChecked(BinaryOperation.SUBTRACT, a, b, out);
  }

  @Override
  public final void multiply(Matrix a, double b, Matrix out) {
    combineChecked(BinaryOperation.MULTIPLY, a, b, out);
  }

  @Override
  public final void divide(Matrix a, double b, Matrix out) {
    combineChecked(BinaryOperation.DIVIDE, a, b, out);
  }

  @Override
  public final void equal(Matrix a, double b, Matrix out) {
    combineChecked(BinaryOperation.EQUAL, a, b, out);
  }

  private void combineChecked(BinaryOperation operation, Matrix a, double b, Matrix out) {
    requireElementWise(operation.toString(), "a", a, out);
    if (out.elements() > 0) {
      combine(operation, a, rounded(b, a.type()), out);
    }
    Arguments.keepReachable(a);
    Arguments.keepReachable(out);
  }

  @Override
  public final void addScaled(double alpha, Matrix x, Matrix out) {
    requireElementWise("addScaled", "x", x, out);
    double roundedAlpha = roundedFactor("addScaled", "alpha", alpha, x.type());
    if (out.elements() > 0) {
      accumulate(roundedAlpha, x, out);
    }
    Arguments.keepReachable(x);
    Arguments.keepReachable(out);
  }

  @Override
  public final void fill(double value, Matrix out) {
    Arguments.requireUsable("fill", this, "out", out);
    if (out.elements() > 0) {
      set(rounded(value, out.type()), out);
    }
    Arguments.keepReachable(out);
  }

  @Override
  public final void copy(Matrix x, Matrix out) {
    Arguments.requireUsableOfAnyType("copy", this, "x", x);
    Arguments.requireUsableOfAnyType("copy", this, "out", out);
    Arguments.requireShape("copy", "out", out, x.rows(), x.columns());
    Arguments.requireDistinctOrSame("copy", "out", out, "x", x);
    if (out.elements() > 0 && !out.coincides(x)) {
      move(x, out);
    }
    Arguments.keepReachable(x);
    Arguments.keepReachable(out);
  }

  private void requireOperands(String operation, Matrix x, Matrix out) {
    Arguments.requireUsable(operation, this, "x", x);
    Arguments.requireUsable(operation, this, "out", out);
    Arguments.requireType(operation, "out", out, x.type());
  }

  private void requireElementWise(String operation, String name, Matrix x, Matrix out) {
    Arguments.requireUsable(operation, this, name, x);
    Arguments.requireUsable(operation, this, "out", out);
    Arguments.requireType(operation, "out", out, x.type());
    Arguments.requireShape(operation, "out", out, x.rows(), x.columns());
    Arguments.requireDistinctOrSame(operation, "out", out, name, x);
  }

  /** As in PyTorch, a factor of an update may be infinite, but it must not become so. */
  private static double roundedFactor(
      String operation, String name, double value, ElementType type) {
    if (Double.isFinite(value)) {
      Arguments.requireFinite(operation, name, value, type);
    }
    return rounded(value, type);
  }

  private static double rounded(double value, ElementType type) {
    return type.rounded(value);
  }

  // Kernels.

  @Override
  public final <K extends Kernel> K kernel(KernelType<K> type) {
    Objects.requireNonNull(type, "type");
    requireOpen(type.name());
    return kernels.make(type, this);
  }

  /** For {@link KernelTable}, which lists them at the first need. */
  final List<KernelOffer<?>> brought() {
    return ownKernels();
  }

  @Override
  public final String describe() {
    requireOpen("describe");
    return device() + "\n" + kernels.describe(this);
  }

  @Override
  public final String toString() {
    return device().toString();
  }

  // The end.

  final void requireOpen(String operation) {
    if (closed) {
      throw new IllegalStateException(
          "%s: the backend %s is closed; open another with Backends.open()"
              .formatted(operation, device().id()));
    }
  }

  @Override
  public final void close() {
    synchronized (ledger) {
      if (closed) {
        return;
      }
      closed = true;
    }
    ledger.freeCollected();
    ledger.freeAll();
    release();
  }
}
