package io.rowwise.backend.cuda.kernel;

import static io.rowwise.backend.cuda.kernel.Geometry.BLOCK_THREADS;
import static io.rowwise.backend.cuda.kernel.Geometry.WARP;
import static io.rowwise.backend.cuda.kernel.Geometry.ceilDiv;

import java.util.List;

/** Launches of what makes one number of each row. Without rows there is nothing to launch. */
public final class RowReductionPlan {
  /** The longest row that a warp reads. With 8 packs or more a lane, a block is no slower. */
  private static final int LONGEST_OF_WARP = 1024;

  private RowReductionPlan() {}

  /** What becomes of a row. */
  public enum Reduction {
    MAX(Operation.ROW_MAX),
    SUM(Operation.ROW_SUM),
    ARGMAX(Operation.ROW_ARGMAX);

    private final Operation operation;

    Reduction(Operation operation) {
      this.operation = operation;
    }
  }

  /**
   * Reduces each row.
   *
   * @param x R x K; for the maximum K is at least 1
   * @param out R x 1
   */
  public static List<Launch> apply(Reduction reduction, DeviceMatrix x, DeviceMatrix out) {
    if (x.rows() == 0) {
      return List.of();
    }
    return List.of(launch(reduction.operation, x, new KernelArguments().matrix(x).matrix(out)));
  }

  /**
   * The launch of an operation on rows that stay in memory.
   *
   * @param x R x K with R at least 1
   * @param arguments those before the shape; what comes after is added
   */
  static Launch launch(Operation operation, DeviceMatrix x, KernelArguments arguments) {
    Geometry.requireRow(operation, x.columns());
    arguments.int32(x.rows()).int32(x.columns());
    if (x.columns() > LONGEST_OF_WARP) {
      return CudaKernel.of(operation, Algorithm.BLOCK, x.type())
          .launch(x.rows(), BLOCK_THREADS, 0, arguments);
    }
    long packs = ceilDiv(x.columns(), Geometry.packElements(x.type()));
    int lanes = Geometry.powerOfTwo(packs, 1, WARP);
    int blocks = (int) ceilDiv(x.rows(), BLOCK_THREADS / lanes);
    return CudaKernel.of(operation, Algorithm.GROUP, x.type())
        .launch(blocks, BLOCK_THREADS, 0, arguments.int32(Geometry.bits(lanes)));
  }
}
