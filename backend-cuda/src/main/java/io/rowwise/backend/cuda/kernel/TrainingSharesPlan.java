package io.rowwise.backend.cuda.kernel;

import java.util.List;

/** The launch that finds how much rows count in their batches of an epoch. */
public final class TrainingSharesPlan {
  private static final long NONE = 0;

  private TrainingSharesPlan() {}

  /**
   * The share of each row, so that the mean of each batch is 1.
   *
   * @param targets of at least one row; where these are classes, rows of the ignored one do not
   *     count
   * @param weights m x 1, or null if each row counts once
   * @param batchRows 1 or more
   * @param shares the address of one element a row
   */
  public static List<Launch> apply(
      DeviceTargets targets, DeviceMatrix weights, int batchRows, long shares) {
    DeviceMatrix values = targets.values();
    int rows = values.rows();
    int batch = Math.min(rows, batchRows);
    KernelArguments arguments =
        new KernelArguments()
            .pointer(targets.areClasses() ? values.address() : NONE)
            .int64(values.leadingDimension())
            .number(values.type(), targets.ignored())
            .pointer(weights == null ? NONE : weights.address())
            .int64(weights == null ? 0 : weights.leadingDimension())
            .pointer(shares)
            .int32(rows)
            .int32(batch);
    return List.of(
        CudaKernel.only(Operation.TRAINING_SHARES, values.type())
            .launch((int) Geometry.ceilDiv(rows, batch), TrainingEpochPlan.THREADS, 0, arguments));
  }
}
