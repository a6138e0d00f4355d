package io.rowwise.backend.cuda.kernel;

import static io.rowwise.backend.cuda.kernel.Geometry.BLOCK_THREADS;
import static io.rowwise.backend.cuda.kernel.Geometry.WARP;
import static io.rowwise.backend.cuda.kernel.Geometry.ceilDiv;

import io.rowwise.backend.ElementType;
import java.util.ArrayList;
import java.util.List;

/**
 * Launches that add up columns. Tall matrices are cut into slabs of rows, whose sums, in scratch
 * memory, are added up by a second launch: always in the same order.
 *
 * @param limits of the device
 */
public record ColumnSumPlan(DeviceLimits limits) {
  /** A thread adds so many numbers at least before it is worth a slab of its own. */
  private static final int ROWS_OF_THREAD = 16;

  /** Enough blocks to hide each other's waiting, and few enough for the second launch. */
  private static final int BLOCKS_OF_MULTIPROCESSOR = 4;

  private record Slabs(int count, int rows, int lanes, int columnBlocks) {}

  private Slabs slabs(int rows, int columns) {
    int lanes = Geometry.powerOfTwo(columns, 1, WARP);
    int columnBlocks = (int) ceilDiv(columns, lanes);
    long useful = ceilDiv(rows, (long) ROWS_OF_THREAD * (BLOCK_THREADS / lanes));
    long wanted =
        Math.max(1, (long) BLOCKS_OF_MULTIPROCESSOR * limits.multiprocessors() / columnBlocks);
    long count = Math.max(1, Math.min(useful, wanted));
    int slabRows = (int) Math.max(1, ceilDiv(rows, count));
    return new Slabs((int) Math.max(1, ceilDiv(rows, slabRows)), slabRows, lanes, columnBlocks);
  }

  /** How many elements of scratch memory are needed for a matrix of that shape. */
  public long scratchElements(int rows, int columns) {
    if (columns == 0) {
      return 0;
    }
    int count = slabs(rows, columns).count();
    return count == 1 ? 0 : (long) count * columns;
  }

  /**
   * {@code out = column sums of x / divisor}.
   *
   * @param x K x C
   * @param divisor 1 for the sum, K for the mean
   * @param out 1 x C
   * @param scratch the address of {@link #scratchElements} elements
   */
  public List<Launch> apply(DeviceMatrix x, double divisor, DeviceMatrix out, long scratch) {
    List<Launch> launches = new ArrayList<>();
    if (!out.isEmpty()) {
      DeviceMatrix last = addSlabs(x, scratch, launches);
      launches.add(sum(last, divisor, out, slabOfAll(last)));
    }
    return launches;
  }

  /**
   * {@code out = out + alpha * column sums of x}.
   *
   * @param alpha the address of one element
   * @param x K x C
   * @param out 1 x C
   * @param scratch the address of {@link #scratchElements} elements
   */
  public List<Launch> addScaled(long alpha, DeviceMatrix x, DeviceMatrix out, long scratch) {
    List<Launch> launches = new ArrayList<>();
    if (!out.isEmpty()) {
      DeviceMatrix last = addSlabs(x, scratch, launches);
      Slabs all = slabOfAll(last);
      KernelArguments arguments =
          new KernelArguments()
              .matrix(last)
              .pointer(out.address())
              .pointer(alpha)
              .int32(last.rows())
              .int32(last.columns())
              .int32(all.lanes());
      launches.add(
          CudaKernel.only(Operation.ADD_SCALED_COLUMN_SUM, x.type())
              .launch(all.columnBlocks(), BLOCK_THREADS, 0, arguments));
    }
    return launches;
  }

  /** What is left to be added up after the launches that this adds: x itself, or slabs' sums. */
  private DeviceMatrix addSlabs(DeviceMatrix x, long scratch, List<Launch> launches) {
    Slabs slabs = slabs(x.rows(), x.columns());
    if (slabs.count() == 1) {
      return x;
    }
    ElementType type = x.type();
    DeviceMatrix sums = DeviceMatrix.contiguous(type, scratch, slabs.count(), x.columns());
    launches.add(sum(x, 1, sums, slabs));
    return sums;
  }

  private Slabs slabOfAll(DeviceMatrix x) {
    Slabs slabs = slabs(x.rows(), x.columns());
    return new Slabs(1, x.rows(), slabs.lanes(), slabs.columnBlocks());
  }

  private static Launch sum(DeviceMatrix x, double divisor, DeviceMatrix out, Slabs slabs) {
    KernelArguments arguments =
        new KernelArguments()
            .matrix(x)
            .matrix(out)
            .number(x.type(), divisor)
            .int32(x.rows())
            .int32(x.columns())
            .int32(slabs.rows())
            .int32(slabs.lanes());
    int blocks = Math.toIntExact((long) slabs.count() * slabs.columnBlocks());
    return CudaKernel.only(Operation.COLUMN_SUM, x.type())
        .launch(blocks, BLOCK_THREADS, 0, arguments);
  }
}
