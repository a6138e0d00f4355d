package io.rowwise.backend.cuda.kernel;

import io.rowwise.backend.ElementType;
import java.util.ArrayList;
import java.util.List;

/**
 * Launches that tell how good logits are: cross-entropy and accuracy from one reading of them.
 *
 * @param limits of the device
 */
public record EvaluationPlan(DeviceLimits limits) {
  /** What is written for each row: its cross-entropy, and whether it is right. */
  private static final int SCORES = 2;

  /** How many elements of scratch memory are needed for so many rows. */
  public long scratchElements(int rows) {
    return (long) SCORES * rows + new ColumnSumPlan(limits).scratchElements(rows, SCORES);
  }

  /**
   * Both means.
   *
   * @param logits m x c, both at least 1
   * @param bias the address of one number a column, which is added to the logits first
   * @param targets of m rows
   * @param result 1 x 2
   * @param scratch the address of {@link #scratchElements} elements
   */
  public List<Launch> apply(
      DeviceMatrix logits, long bias, DeviceTargets targets, DeviceMatrix result, long scratch) {
    ElementType type = logits.type();
    int rows = logits.rows();
    DeviceMatrix scores = DeviceMatrix.contiguous(type, scratch, rows, SCORES);
    KernelArguments arguments =
        targets.addTo(new KernelArguments().matrix(logits).pointer(bias)).pointer(scratch);
    Operation operation = targets.choose(Operation.EVALUATION, Operation.CLASS_EVALUATION);
    List<Launch> launches = new ArrayList<>();
    launches.add(
        RowGeometry.launch(operation, targets.besides(List.of(logits)), bias, arguments, limits));
    long behindScores = scratch + (long) SCORES * rows * type.bytes();
    launches.addAll(new ColumnSumPlan(limits).apply(scores, rows, result, behindScores));
    return launches;
  }
}
