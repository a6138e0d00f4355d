package io.rowwise.backend.cuda.kernel;

import static io.rowwise.backend.cuda.kernel.Geometry.WARP;
import static io.rowwise.backend.cuda.kernel.Geometry.ceilDiv;

import io.rowwise.backend.ElementType;

/**
 * How the kernels of the softmax family deal rows to threads: by what a row fits into, the fastest
 * first. The bounds are those of {@code softmax.cuh}.
 *
 * @param lanes threads of a row; only {@link Algorithm#GROUP} asks for it
 */
record RowGeometry(Algorithm algorithm, int gridX, int blockX, int sharedBytes, int lanes) {
  private static final int GROUP_THREADS = 256;
  private static final int WARP_THREADS = 128;
  private static final int FEWEST_BLOCK_THREADS = 64;
  private static final int BLOCK_THREADS = 512;
  private static final int SHARED_THREADS = 1024;
  private static final int LONG_THREADS = 1024;

  /** Elements of a row that a lane of a group holds. */
  private static final int GROUP_ELEMENTS = 4;

  /** Packs that a thread of a warp or block holds at most. */
  private static final int REGISTER_PACKS = 8;

  /** Packs of a thread that a block is made for: the fewer, the more threads wait for memory. */
  private static final int BLOCK_PACKS = 4;

  /**
   * The choice for a shape.
   *
   * @param rows 1 or more
   * @param columns 1 or more
   */
  static RowGeometry of(ElementType type, int rows, int columns, DeviceLimits limits) {
    int pack = Geometry.packElements(type);
    if (columns <= GROUP_ELEMENTS * WARP) {
      int lanes = Geometry.powerOfTwo(ceilDiv(columns, GROUP_ELEMENTS), 1, WARP);
      int blocks = (int) ceilDiv(rows, GROUP_THREADS / lanes);
      return new RowGeometry(Algorithm.GROUP, blocks, GROUP_THREADS, 0, lanes);
    }
    if (columns <= REGISTER_PACKS * pack * WARP) {
      int blocks = (int) ceilDiv(rows, WARP_THREADS / WARP);
      return new RowGeometry(Algorithm.WARP, blocks, WARP_THREADS, 0, WARP);
    }
    if (columns <= REGISTER_PACKS * pack * BLOCK_THREADS) {
      long wanted = ceilDiv(columns, (long) BLOCK_PACKS * pack);
      int threads = Geometry.powerOfTwo(wanted, FEWEST_BLOCK_THREADS, BLOCK_THREADS);
      return new RowGeometry(Algorithm.BLOCK, rows, threads, 0, threads);
    }
    long rowBytes = ceilDiv(columns, pack) * pack * type.bytes();
    if (rowBytes <= limits.dynamicSharedBytes()) {
      return new RowGeometry(
          Algorithm.SHARED, rows, SHARED_THREADS, (int) rowBytes, SHARED_THREADS);
    }
    return new RowGeometry(Algorithm.LONG, rows, LONG_THREADS, 0, LONG_THREADS);
  }

  /**
   * The launch of an operation on those rows.
   *
   * @param arguments those before the shape; what comes after is added
   */
  static Launch launch(
      Operation operation, DeviceMatrix logits, KernelArguments arguments, DeviceLimits limits) {
    RowGeometry of = of(logits.type(), logits.rows(), logits.columns(), limits);
    arguments.int32(logits.rows()).int32(logits.columns());
    if (of.algorithm == Algorithm.GROUP) {
      arguments.int32(of.lanes);
    }
    return new CudaKernel(operation, of.algorithm, logits.type())
        .launch(of.gridX, of.blockX, of.sharedBytes, arguments);
  }
}
