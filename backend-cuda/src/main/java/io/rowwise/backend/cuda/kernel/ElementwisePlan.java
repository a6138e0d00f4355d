package io.rowwise.backend.cuda.kernel;

import static io.rowwise.backend.cuda.kernel.Geometry.BLOCK_THREADS;
import static io.rowwise.backend.cuda.kernel.Geometry.ceilDiv;

import io.rowwise.backend.ElementType;
import java.util.List;

/**
 * Launches of functions of single elements. Where {@code out} has no elements there is nothing to
 * launch.
 */
public final class ElementwisePlan {
  /** Packs that a thread copies of a run. */
  private static final int COPIED_PACKS = 8;

  /** Elements that a thread converts. */
  private static final int CONVERTED_ELEMENTS = 4;

  private ElementwisePlan() {}

  /** A function of one matrix. */
  public enum Function {
    EXP(Operation.EXP),
    LOG(Operation.LOG),
    COPY(Operation.COPY);

    private final Operation operation;

    Function(Operation operation) {
      this.operation = operation;
    }
  }

  /** An operator with two operands. */
  public enum Operator {
    ADD(Operation.ADD_MATRIX, Operation.ADD_NUMBER),
    SUBTRACT(Operation.SUBTRACT_MATRIX, Operation.SUBTRACT_NUMBER),
    MULTIPLY(Operation.MULTIPLY_MATRIX, Operation.MULTIPLY_NUMBER),
    DIVIDE(Operation.DIVIDE_MATRIX, Operation.DIVIDE_NUMBER),
    EQUAL(Operation.EQUAL_MATRIX, Operation.EQUAL_NUMBER);

    private final Operation withMatrix;
    private final Operation withNumber;

    Operator(Operation withMatrix, Operation withNumber) {
      this.withMatrix = withMatrix;
      this.withNumber = withNumber;
    }
  }

  /** {@code out = function(x)}; same shape. */
  public static List<Launch> apply(Function function, DeviceMatrix x, DeviceMatrix out) {
    if (x.isOneRun() && out.isOneRun()) {
      DeviceMatrix from = x.asOneRow();
      DeviceMatrix to = out.asOneRow();
      boolean packs = from.isOfWholePacks() && to.isOfWholePacks() && !to.isEmpty();
      return function == Function.COPY && packs
          ? List.of(copyRun(from, to))
          : map(function.operation, from, to);
    }
    return map(function.operation, x, out);
  }

  private static Launch copyRun(DeviceMatrix x, DeviceMatrix out) {
    int packs = x.columns() / Geometry.packElements(x.type());
    KernelArguments arguments =
        new KernelArguments().pointer(x.address()).pointer(out.address()).int32(packs);
    return CudaKernel.of(Operation.COPY, Algorithm.RUN, x.type())
        .launch((int) ceilDiv(packs, COPIED_PACKS * BLOCK_THREADS), BLOCK_THREADS, 0, arguments);
  }

  /** {@code out = x}, of which one has 16 bits or each another type. */
  public static List<Launch> convert(DeviceMatrix x, DeviceMatrix out) {
    boolean oneRun = x.isOneRun() && out.isOneRun();
    DeviceMatrix from = oneRun ? x.asOneRow() : x;
    DeviceMatrix to = oneRun ? out.asOneRow() : out;
    return launch(
        Operation.convertTo(to.type()),
        from.type(),
        CONVERTED_ELEMENTS,
        new KernelArguments().matrix(from).matrix(to),
        to);
  }

  private static List<Launch> map(Operation operation, DeviceMatrix x, DeviceMatrix out) {
    return launch(operation, new KernelArguments().matrix(x).matrix(out), out);
  }

  /** {@code out = a operator b}, each of the shape of {@code out}, or a row, column or scalar. */
  public static List<Launch> apply(
      Operator operator, DeviceMatrix a, DeviceMatrix b, DeviceMatrix out) {
    if (isLike(a, out) && isLike(b, out) && out.isOneRun()) {
      return combine(operator, a.asOneRow(), b.asOneRow(), out.asOneRow());
    }
    return combine(operator, a, b, out);
  }

  private static boolean isLike(DeviceMatrix operand, DeviceMatrix out) {
    return operand.rows() == out.rows() && operand.columns() == out.columns() && operand.isOneRun();
  }

  private static List<Launch> combine(
      Operator operator, DeviceMatrix a, DeviceMatrix b, DeviceMatrix out) {
    KernelArguments arguments = new KernelArguments();
    operand(arguments, a);
    operand(arguments, b);
    return launch(operator.withMatrix, arguments.matrix(out), out);
  }

  /** What there is one of is repeated by a stride of 0. */
  private static void operand(KernelArguments arguments, DeviceMatrix operand) {
    arguments
        .pointer(operand.address())
        .int64(operand.rows() == 1 ? 0 : operand.leadingDimension())
        .int32(operand.columns() == 1 ? 0 : 1);
  }

  /** {@code out = a operator b}; {@code b} is rounded to the element type. */
  public static List<Launch> apply(Operator operator, DeviceMatrix a, double b, DeviceMatrix out) {
    if (a.isOneRun() && out.isOneRun()) {
      return combine(operator, a.asOneRow(), b, out.asOneRow());
    }
    return combine(operator, a, b, out);
  }

  private static List<Launch> combine(
      Operator operator, DeviceMatrix a, double b, DeviceMatrix out) {
    KernelArguments arguments = new KernelArguments().matrix(a).number(out.type(), b).matrix(out);
    return launch(operator.withNumber, arguments, out);
  }

  /** {@code out = out + alpha * x}; {@code alpha} is rounded to the element type. */
  public static List<Launch> addScaled(double alpha, DeviceMatrix x, DeviceMatrix out) {
    boolean oneRun = x.isOneRun() && out.isOneRun();
    DeviceMatrix addend = oneRun ? x.asOneRow() : x;
    DeviceMatrix sum = oneRun ? out.asOneRow() : out;
    KernelArguments arguments =
        new KernelArguments().matrix(addend).number(out.type(), alpha).matrix(sum);
    return launch(Operation.ADD_SCALED, arguments, sum);
  }

  /** Sets each element to {@code value}, rounded to the element type. */
  public static List<Launch> fill(double value, DeviceMatrix out) {
    DeviceMatrix filled = out.isOneRun() ? out.asOneRow() : out;
    KernelArguments arguments = new KernelArguments().number(out.type(), value).matrix(filled);
    return launch(Operation.FILL, arguments, filled);
  }

  /** Adds the last arguments, which are the same for all. */
  private static List<Launch> launch(
      Operation operation, KernelArguments arguments, DeviceMatrix out) {
    return launch(operation, out.type(), Geometry.packElements(out.type()), arguments, out);
  }

  /**
   * @param elements of a thread
   */
  private static List<Launch> launch(
      Operation operation,
      ElementType type,
      int elements,
      KernelArguments arguments,
      DeviceMatrix out) {
    if (out.isEmpty()) {
      return List.of();
    }
    long packs = ceilDiv(out.columns(), elements);
    int lanes = Geometry.powerOfTwo(packs, 1, BLOCK_THREADS);
    long blocks = ceilDiv(packs, lanes) * ceilDiv(out.rows(), BLOCK_THREADS / lanes);
    arguments.int32(out.rows()).int32(out.columns()).int32(Geometry.bits(lanes));
    return List.of(
        CudaKernel.only(operation, type)
            .launch(Math.toIntExact(blocks), BLOCK_THREADS, 0, arguments));
  }
}
