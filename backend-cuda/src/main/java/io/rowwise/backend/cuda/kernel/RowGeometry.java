package io.rowwise.backend.cuda.kernel;

import static io.rowwise.backend.cuda.kernel.Geometry.PACK_BYTES;
import static io.rowwise.backend.cuda.kernel.Geometry.WARP;
import static io.rowwise.backend.cuda.kernel.Geometry.ceilDiv;

import io.rowwise.backend.ElementType;
import java.util.List;

/**
 * How the kernels of the softmax family deal rows to threads: by whether rows are whole packs, and
 * by what a row fits into, the fastest first. The bounds are those of {@code rows.cuh} and {@code
 * softmax.cuh}.
 *
 * @param lanes threads of a row
 */
record RowGeometry(
    Algorithm algorithm, Layout layout, int gridX, int blockX, int sharedBytes, int lanes) {
  private static final int GROUP_THREADS = 256;
  private static final int WARP_THREADS = 128;
  private static final int FEWEST_BLOCK_THREADS = 64;
  private static final int BLOCK_THREADS = 512;
  private static final int SHARED_THREADS = 1024;
  private static final int LONG_THREADS = 512;

  /** Element bytes of a block's threads, of which each holds one. */
  private static final int PREFETCHED_THREAD_BYTES = 4096;

  /** Elements of a row that a lane of a group holds. */
  private static final int GROUP_ELEMENTS = 4;

  private static final int MOST_LANES_OF_GROUP = 16;

  /** Fewer lanes of a warp would not touch 128 bytes beside each other. */
  private static final int FEWEST_LANES_OF_WARP = 8;

  /** Packs that a thread has in shared memory, if there are threads enough. */
  private static final int SHARED_PACKS = 8;

  /** Packs that a thread of a warp or block holds. */
  private static int registerPacks(Layout layout) {
    return layout == Layout.PACKS ? 8 : 4;
  }

  /**
   * The choice for a shape.
   *
   * @param operation one that is done by the length of a row
   * @param layout what all matrices' rows allow
   * @param rows 1 or more
   * @param columns 1 or more
   */
  static RowGeometry of(
      Operation operation,
      ElementType type,
      Layout layout,
      int rows,
      int columns,
      DeviceLimits limits) {
    if (columns <= GROUP_ELEMENTS * MOST_LANES_OF_GROUP) {
      int lanes = Geometry.powerOfTwo(ceilDiv(columns, GROUP_ELEMENTS), 1, MOST_LANES_OF_GROUP);
      return inLanes(Algorithm.GROUP, layout, rows, GROUP_THREADS, lanes);
    }
    int pack = Geometry.packElements(type);
    int held = registerPacks(layout) * pack;
    if (columns <= held * WARP) {
      int lanes = Geometry.powerOfTwo(ceilDiv(columns, held), FEWEST_LANES_OF_WARP, WARP);
      return inLanes(Algorithm.WARP, layout, rows, WARP_THREADS, lanes);
    }
    if (columns <= held * BLOCK_THREADS) {
      int threads =
          Geometry.powerOfTwo(ceilDiv(columns, held), FEWEST_BLOCK_THREADS, BLOCK_THREADS);
      return inBlock(Algorithm.BLOCK, layout, rows, threads, 0);
    }
    int threads =
        Geometry.powerOfTwo(
            ceilDiv(columns, (long) SHARED_PACKS * pack), BLOCK_THREADS, SHARED_THREADS);
    // Single elements are dealt to all threads in turn, until each thread's last pack is begun.
    int dealt = layout == Layout.PACKS ? pack : pack * threads;
    long rowBytes = ceilDiv(columns, dealt) * dealt * type.computedIn().bytes();
    int sharedBytes = limits.dynamicSharedBytes();
    // A row is alone on its multiprocessor; most of a longer one would be read again in each pass.
    if (2 * rowBytes > sharedBytes
        && rowBytes <= 2L * sharedBytes
        && limits.isAmpere()
        && CudaKernel.isPrefetched(operation, layout, type)) {
      return prefetched(type, layout, rows, rowBytes, limits);
    }
    if (rowBytes <= sharedBytes) {
      return inBlock(Algorithm.SHARED, layout, rows, threads, (int) rowBytes);
    }
    return inBlock(Algorithm.LONG, layout, rows, LONG_THREADS, 0);
  }

  private static RowGeometry prefetched(
      ElementType type, Layout layout, int rows, long rowBytes, DeviceLimits limits) {
    int threads = PREFETCHED_THREAD_BYTES / type.bytes();
    long roundBytes = (long) threads * PACK_BYTES;
    long held = Math.min(rowBytes, limits.dynamicSharedBytes() / roundBytes * roundBytes);
    int blocks = Math.min(rows, limits.multiprocessors());
    return inBlock(Algorithm.PREFETCHED, layout, blocks, threads, (int) held);
  }

  private static RowGeometry inLanes(
      Algorithm algorithm, Layout layout, int rows, int threads, int lanes) {
    int blocks = (int) ceilDiv(rows, threads / lanes);
    return new RowGeometry(algorithm, layout, blocks, threads, 0, lanes);
  }

  private static RowGeometry inBlock(
      Algorithm algorithm, Layout layout, int blocks, int threads, int sharedBytes) {
    return new RowGeometry(algorithm, layout, blocks, threads, sharedBytes, threads);
  }

  /**
   * The launch of an operation on rows.
   *
   * @param matrices all that have an element for each of the logits, these first
   * @param bias the address of one number a column, or 0 for none, as logits of 16 bits have
   * @param arguments those before the shape; what comes after is added
   */
  static Launch launch(
      Operation operation,
      List<DeviceMatrix> matrices,
      long bias,
      KernelArguments arguments,
      DeviceLimits limits) {
    DeviceMatrix logits = matrices.get(0);
    if (bias != 0 && logits.type().isHalf()) {
      throw new IllegalArgumentException(
          operation + ": there is no kernel for a bias and logits of " + logits.type());
    }
    boolean packs =
        Geometry.startsPack(logits.type(), bias)
            && matrices.stream().allMatch(DeviceMatrix::isOfWholePacks);
    Geometry.requireRow(operation, logits.columns());
    RowGeometry of =
        of(
            operation,
            logits.type(),
            packs ? Layout.PACKS : Layout.ELEMENTS,
            logits.rows(),
            logits.columns(),
            limits);
    arguments.int32(logits.rows()).int32(logits.columns());
    if (of.algorithm == Algorithm.GROUP || of.algorithm == Algorithm.WARP) {
      arguments.int32(Geometry.bits(of.lanes));
    } else if (of.algorithm == Algorithm.PREFETCHED) {
      arguments.int32((int) ceilDiv(of.sharedBytes, (long) of.blockX * PACK_BYTES));
    }
    return new CudaKernel(operation, of.algorithm, of.layout, logits.type())
        .launch(of.gridX, of.blockX, of.sharedBytes, arguments);
  }
}
