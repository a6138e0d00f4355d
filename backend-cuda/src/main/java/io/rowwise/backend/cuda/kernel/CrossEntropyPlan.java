package io.rowwise.backend.cuda.kernel;

import io.rowwise.backend.ElementType;
import java.util.ArrayList;
import java.util.List;

/**
 * Launches of the cross-entropy and its gradient, and of what else a step of training needs between
 * its two matrix products. The rows' losses lie in scratch memory until their mean is taken.
 *
 * <p>All matrices have at least one row and one column. A {@code bias} is the address of one number
 * a column, which is added to the logits first, or 0 for none; logits of 16 bits have none. Losses
 * and scratch memory are of the type that the logits' is computed in.
 *
 * @param limits of the device
 */
public record CrossEntropyPlan(DeviceLimits limits) {
  private static final long NULL = 0;

  /** How many elements of scratch memory {@link #loss} and {@link #lossAndGradient} need. */
  public long lossScratchElements(int rows) {
    return rows + new ColumnSumPlan(limits).scratchElements(rows, 1);
  }

  /** How many elements of scratch memory {@link #descend} needs. */
  public long descendScratchElements(int rows, int columns) {
    // The bias's gradient is summed when the loss has been written.
    return Math.max(
        lossScratchElements(rows), new ColumnSumPlan(limits).scratchElements(rows, columns));
  }

  /**
   * The mean cross-entropy of the rows.
   *
   * @param loss 1 x 1
   * @param scratch the address of {@link #lossScratchElements} elements
   */
  public List<Launch> loss(
      DeviceMatrix logits, long bias, DeviceTargets targets, DeviceMatrix loss, long scratch) {
    List<Launch> launches = new ArrayList<>();
    KernelArguments arguments = inputs(logits, bias, targets).pointer(scratch);
    launches.add(launch(targets, List.of(logits), bias, arguments.pointer(NULL).int64(0)));
    launches.addAll(mean(logits, scratch, loss));
    return launches;
  }

  /**
   * The gradient of the mean with respect to the logits.
   *
   * @param gradient may be the logits themselves
   */
  public List<Launch> gradient(
      DeviceMatrix logits, long bias, DeviceTargets targets, DeviceMatrix gradient) {
    KernelArguments arguments = inputs(logits, bias, targets).pointer(NULL);
    return List.of(launch(targets, List.of(logits, gradient), bias, arguments.matrix(gradient)));
  }

  /**
   * Both, from one reading of the logits.
   *
   * @param loss 1 x 1
   * @param gradient may be the logits themselves
   * @param scratch the address of {@link #lossScratchElements} elements
   */
  public List<Launch> lossAndGradient(
      DeviceMatrix logits,
      long bias,
      DeviceTargets targets,
      DeviceMatrix loss,
      DeviceMatrix gradient,
      long scratch) {
    List<Launch> launches =
        new ArrayList<>(lossesAndGradient(logits, bias, targets, scratch, gradient));
    launches.addAll(mean(logits, scratch, loss));
    return launches;
  }

  /**
   * The gradient, and the cross-entropy of each row instead of their mean.
   *
   * @param losses the address of one element a row
   * @param gradient may be the logits themselves
   */
  public List<Launch> lossesAndGradient(
      DeviceMatrix logits, long bias, DeviceTargets targets, long losses, DeviceMatrix gradient) {
    KernelArguments arguments = inputs(logits, bias, targets).pointer(losses);
    return List.of(launch(targets, List.of(logits, gradient), bias, arguments.matrix(gradient)));
  }

  /**
   * What comes after {@code logits = x * weights} in a step of training: the logits become their
   * gradient, {@code loss} the mean cross-entropy, and the bias makes its step. The step of the
   * weights is left: {@code weights -= learningRate * transposed(x) * logits}.
   *
   * @param bias 1 x c, added to the logits
   * @param negativeRate the address of one element, the learning rate's negative
   * @param loss 1 x 1
   * @param scratch the address of {@link #descendScratchElements} elements
   */
  public List<Launch> descend(
      DeviceMatrix logits,
      DeviceMatrix bias,
      DeviceTargets targets,
      long negativeRate,
      DeviceMatrix loss,
      long scratch) {
    List<Launch> launches =
        new ArrayList<>(lossAndGradient(logits, bias.address(), targets, loss, logits, scratch));
    launches.addAll(descendBias(logits, bias, negativeRate, scratch));
    return launches;
  }

  /**
   * The bias's step.
   *
   * @param gradient with respect to the logits
   * @param bias 1 x c
   * @param negativeRate the address of one element, the learning rate's negative
   * @param scratch the address of {@link #descendScratchElements} elements
   */
  public List<Launch> descendBias(
      DeviceMatrix gradient, DeviceMatrix bias, long negativeRate, long scratch) {
    return new ColumnSumPlan(limits).addScaled(negativeRate, gradient, bias, scratch);
  }

  private static KernelArguments inputs(DeviceMatrix logits, long bias, DeviceTargets targets) {
    return targets.addTo(new KernelArguments().matrix(logits).pointer(bias));
  }

  private Launch launch(
      DeviceTargets targets, List<DeviceMatrix> matrices, long bias, KernelArguments arguments) {
    arguments.int32(matrices.get(0).rows());
    Operation operation = targets.choose(Operation.CROSS_ENTROPY, Operation.CLASS_CROSS_ENTROPY);
    return RowGeometry.launch(operation, targets.besides(matrices), bias, arguments, limits);
  }

  /** The mean of one number a row; behind those is scratch memory for their sum. */
  private List<Launch> mean(DeviceMatrix logits, long losses, DeviceMatrix loss) {
    ElementType type = logits.type().computedIn();
    int rows = logits.rows();
    return new ColumnSumPlan(limits)
        .apply(
            DeviceMatrix.contiguous(type, losses, rows, 1),
            rows,
            loss,
            losses + (long) rows * type.bytes());
  }
}
