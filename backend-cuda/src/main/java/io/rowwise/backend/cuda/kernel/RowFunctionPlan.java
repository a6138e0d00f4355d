package io.rowwise.backend.cuda.kernel;

import java.util.List;

/**
 * Launches of functions of rows that stay in memory, dealt to threads as those of {@link
 * RowReductionPlan} are. All matrices have a row and a column at least.
 */
public final class RowFunctionPlan {
  private RowFunctionPlan() {}

  /**
   * The softmax of what a mask keeps.
   *
   * @param logits R x K
   * @param mask R x K, or 1 x K for all rows
   * @param probabilities R x K; may be the logits themselves
   */
  public static List<Launch> maskedSoftmax(
      DeviceMatrix logits, DeviceMatrix mask, double temperature, DeviceMatrix probabilities) {
    return launches(
        Operation.MASKED_SOFTMAX,
        logits,
        new KernelArguments()
            .matrix(logits)
            .pointer(mask.address())
            .int64(mask.rows() == 1 ? 0 : mask.leadingDimension())
            .number(logits.type(), temperature)
            .matrix(probabilities));
  }

  /**
   * The logarithm of the sum of powers.
   *
   * @param logits R x K
   * @param result R x 1
   */
  public static List<Launch> logSumExp(DeviceMatrix logits, DeviceMatrix result) {
    return launches(
        Operation.LOG_SUM_EXP, logits, new KernelArguments().matrix(logits).matrix(result));
  }

  /**
   * Rows divided by their root mean square.
   *
   * @param x R x K
   * @param gain the address of one number a column
   * @param out R x K; may be x itself
   */
  public static List<Launch> rmsNorm(DeviceMatrix x, long gain, double epsilon, DeviceMatrix out) {
    return launches(
        Operation.RMS_NORM,
        x,
        new KernelArguments().matrix(x).pointer(gain).number(x.type(), epsilon).matrix(out));
  }

  /**
   * The largest elements, and their columns.
   *
   * @param x R x K
   * @param values R x k, with k up to K
   * @param columns R x k
   */
  public static List<Launch> topK(DeviceMatrix x, DeviceMatrix values, DeviceMatrix columns) {
    return launches(
        Operation.TOP_K,
        x,
        new KernelArguments().matrix(x).matrix(values).matrix(columns).int32(values.columns()));
  }

  private static List<Launch> launches(
      Operation operation, DeviceMatrix x, KernelArguments arguments) {
    return List.of(RowReductionPlan.launch(operation, x, arguments));
  }
}
