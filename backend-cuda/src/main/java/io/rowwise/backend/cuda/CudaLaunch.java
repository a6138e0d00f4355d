package io.rowwise.backend.cuda;

import io.rowwise.backend.Arguments;
import io.rowwise.backend.DeviceLostException;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.backend.cuda.context.CudaStream;
import io.rowwise.backend.cuda.driver.LaunchSize;
import io.rowwise.backend.cuda.kernel.KernelArguments;
import io.rowwise.backend.cuda.ptx.PtxEntry;
import io.rowwise.backend.cuda.ptx.PtxParameter;
import io.rowwise.backend.cuda.ptx.PtxParameter.Argument;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * One launch of a {@link CudaFunction}: its threads, and its arguments in the kernel's order.
 *
 * <p><b>One call, one parameter.</b> Each of {@link #reads}, {@link #writes}, {@link #int32} and so
 * on passes the kernel's next parameter. For a matrix, or a view of one, that is the address of its
 * element (0, 0) and no more: element (r, c) lies {@code r * leadingDimension + c} elements behind
 * it, so a kernel also takes whichever it needs of {@link Matrix#rows}, {@link Matrix#columns} and
 * {@link Matrix#leadingDimension} as numbers.
 *
 * <p><b>Reads and writes are promises.</b> The backend orders a launch after the work of other
 * threads by them, so a kernel that writes to what was given as {@link #reads} makes wrong results.
 *
 * <p><b>What is checked.</b> The arguments against the kernel's parameters in its PTX, the blocks
 * and threads against CUDA's limits, the matrices as in every operation of a backend: each error
 * names the kernel, what came and what was wanted. What is not checked: that the element type of a
 * matrix is the kernel's, and what the kernel does. One that leaves its memory, or traps, costs the
 * process its device: a later call on the backend, most often a read, throws {@link
 * DeviceLostException}.
 *
 * <p>For one thread. It may be launched again, with the same arguments.
 */
public final class CudaLaunch {
  private final CudaFunction function;
  private final int blocksX;
  private final int blocksY;
  private final int blocksZ;
  private boolean threadsAreGiven;
  private int threadsX;
  private int threadsY;
  private int threadsZ;
  private int sharedBytes;
  private final List<Passed> arguments = new ArrayList<>();
  private final List<Operand> operands = new ArrayList<>();

  /** Adds an argument to those of a launch on a stream. */
  private interface Passed {
    void addTo(KernelArguments arguments, CudaStream stream);
  }

  private record Operand(int number, Matrix matrix) {}

  CudaLaunch(CudaFunction function, int blocksX, int blocksY, int blocksZ) {
    this.function = function;
    this.blocksX = blocksX;
    this.blocksY = blocksY;
    this.blocksZ = blocksZ;
  }

  /**
   * The threads of each block.
   *
   * @param x at most 1,024
   */
  public CudaLaunch threads(int x) {
    return threads(x, 1, 1);
  }

  /**
   * The threads of each block, at most 1,024 in all.
   *
   * @param x threads along x
   * @param y threads along y
   */
  public CudaLaunch threads(int x, int y) {
    return threads(x, y, 1);
  }

  /**
   * The threads of each block, at most 1,024 in all.
   *
   * @param x threads along x
   * @param y threads along y
   * @param z threads along z, at most 64
   */
  public CudaLaunch threads(int x, int y, int z) {
    threadsAreGiven = true;
    threadsX = x;
    threadsY = y;
    threadsZ = z;
    return this;
  }

  /**
   * Dynamic shared memory of each block, what a kernel declares as {@code extern __shared__}; 0
   * unless given. A block may have all that the device has for one, not only CUDA's usual 48 KiB.
   */
  public CudaLaunch sharedBytes(int bytes) {
    sharedBytes = bytes;
    return this;
  }

  /**
   * The next parameter: a matrix that the kernel reads and does not write to.
   *
   * @throws IllegalArgumentException if the kernel does not take a matrix there
   */
  public CudaLaunch reads(Matrix matrix) {
    return operand("reads", matrix, (to, on) -> to.pointer(on.reading(matrix).address()));
  }

  /**
   * The next parameter: a matrix that the kernel writes to, and perhaps reads.
   *
   * @throws IllegalArgumentException if the kernel does not take a matrix there
   */
  public CudaLaunch writes(Matrix matrix) {
    return operand("writes", matrix, (to, on) -> to.pointer(on.writing(matrix).address()));
  }

  /**
   * The next parameter: a null pointer, for a matrix that the kernel can do without.
   *
   * @throws IllegalArgumentException if the kernel does not take a matrix there
   */
  public CudaLaunch noMatrix() {
    return argument(Argument.MATRIX, "noMatrix()", (to, on) -> to.pointer(0));
  }

  /**
   * The next parameter: an {@code int} or {@code unsigned}.
   *
   * @throws IllegalArgumentException if the kernel does not take one there
   */
  public CudaLaunch int32(int value) {
    return argument(Argument.INT32, "int32(" + value + ")", (to, on) -> to.int32(value));
  }

  /**
   * The next parameter: a {@code long long} or {@code size_t}.
   *
   * @throws IllegalArgumentException if the kernel does not take one there
   */
  public CudaLaunch int64(long value) {
    return argument(Argument.INT64, "int64(" + value + ")", (to, on) -> to.int64(value));
  }

  /**
   * The next parameter: a {@code float}.
   *
   * @throws IllegalArgumentException if the kernel does not take one there
   */
  public CudaLaunch float32(float value) {
    return argument(Argument.FLOAT32, "float32(" + value + ")", (to, on) -> to.float32(value));
  }

  /**
   * The next parameter: a {@code double}.
   *
   * @throws IllegalArgumentException if the kernel does not take one there
   */
  public CudaLaunch float64(double value) {
    return argument(Argument.FLOAT64, "float64(" + value + ")", (to, on) -> to.float64(value));
  }

  /**
   * The next parameter: a {@code float} or {@code double}, as what the element type is computed in,
   * rounded to that.
   *
   * @throws IllegalArgumentException if the kernel does not take one there
   */
  public CudaLaunch number(ElementType type, double value) {
    return type == ElementType.FLOAT64 ? float64(value) : float32((float) value);
  }

  private CudaLaunch operand(String how, Matrix matrix, Passed passed) {
    if (matrix == null) {
      throw new NullPointerException(
          String.format(
              Locale.ROOT,
              "%s: argument %d is null; noMatrix() passes a null pointer",
              function.name(),
              arguments.size() + 1));
    }
    argument(Argument.MATRIX, how + "(" + matrix + ")", passed);
    operands.add(new Operand(arguments.size(), matrix));
    return this;
  }

  private CudaLaunch argument(Argument argument, String given, Passed passed) {
    List<PtxParameter> parameters = function.entry().parameters();
    int number = arguments.size() + 1;
    if (number > parameters.size()) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%s: argument %d is %s; the kernel takes %d arguments, as %s",
              function.name(),
              number,
              given,
              parameters.size(),
              function));
    }
    PtxParameter parameter = parameters.get(number - 1);
    if (!parameter.takes(argument)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%s: argument %d is %s; the kernel takes %s there, as %s",
              function.name(),
              number,
              given,
              parameter.wanted(),
              function));
    }
    arguments.add(passed);
    return this;
  }

  /**
   * Asks for the launch, after what the calling thread asked for before, and returns; what the
   * kernel writes is there at the next read. With no blocks nothing is launched, and the arguments
   * are checked all the same.
   *
   * @throws IllegalArgumentException if an argument is missing, if a matrix belongs to another
   *     backend, or if CUDA, the device or the kernel does not take so many blocks, threads or
   *     bytes
   * @throws IllegalStateException if a matrix, the module or the backend is closed
   */
  public void launch() {
    String name = function.name();
    CudaModule module = function.module();
    int wanted = function.entry().parameters().size();
    if (arguments.size() != wanted) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%s: %d arguments; the kernel takes %d, as %s",
              name,
              arguments.size(),
              wanted,
              function));
    }
    LaunchSize size = size();
    module.requireOpen(name);
    for (Operand operand : operands) {
      Arguments.requireUsable(
          name, module.backend(), "argument " + operand.number(), operand.matrix());
    }
    if (blocksX == 0 || blocksY == 0 || blocksZ == 0) {
      return;
    }
    CudaStream stream = module.backend().context().stream();
    KernelArguments packed = new KernelArguments();
    arguments.forEach(argument -> argument.addTo(packed, stream));
    function.launch(stream, size, packed);
    operands.forEach(operand -> Arguments.keepReachable(operand.matrix()));
  }

  /** With 1 in place of no blocks, which CUDA does not know. */
  private LaunchSize size() {
    if (!threadsAreGiven) {
      throw new IllegalArgumentException(
          function.name() + ": how many threads a block has is not given; call threads(...) first");
    }
    requireThreadsOfKernel();
    int most = function.module().backend().sharedBytesPerBlock();
    if (sharedBytes > most) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%s: %d bytes of shared memory; a block has at most %d on %s",
              function.name(),
              sharedBytes,
              most,
              function.module().backend().device().id()));
    }
    try {
      return new LaunchSize(
          blocksX == 0 ? 1 : blocksX,
          blocksY == 0 ? 1 : blocksY,
          blocksZ == 0 ? 1 : blocksZ,
          threadsX,
          threadsY,
          threadsZ,
          sharedBytes);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(function.name() + ": " + e.getMessage(), e);
    }
  }

  private void requireThreadsOfKernel() {
    PtxEntry entry = function.entry();
    if (!entry.takesThreads(threadsX, threadsY, threadsZ)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%s: a block of %d x %d x %d threads; the kernel was compiled for %s",
              function.name(),
              threadsX,
              threadsY,
              threadsZ,
              entry.wantedThreads()));
    }
  }
}
