package io.rowwise.backend.cuda.kernel;

import java.util.List;

/**
 * Launches of softmax and its logarithm. Where there are no elements there is nothing to launch.
 *
 * @param limits of the device
 */
public record SoftmaxPlan(DeviceLimits limits) {
  private static final long NO_BIAS = 0;

  /**
   * The softmax of each row of {@code logits + bias}.
   *
   * @param bias the address of one number a column, or 0 for none, as logits of 16 bits have
   * @param probabilities may be the logits themselves
   */
  public List<Launch> softmax(DeviceMatrix logits, long bias, DeviceMatrix probabilities) {
    if (logits.isEmpty()) {
      return List.of();
    }
    KernelArguments arguments =
        new KernelArguments().matrix(logits).pointer(bias).matrix(probabilities);
    return List.of(
        RowGeometry.launch(
            Operation.SOFTMAX, List.of(logits, probabilities), bias, arguments, limits));
  }

  /**
   * The logarithm of the softmax of each row.
   *
   * @param logProbabilities may be the logits themselves
   */
  public List<Launch> logSoftmax(DeviceMatrix logits, DeviceMatrix logProbabilities) {
    if (logits.isEmpty()) {
      return List.of();
    }
    KernelArguments arguments = new KernelArguments().matrix(logits).matrix(logProbabilities);
    return List.of(
        RowGeometry.launch(
            Operation.LOG_SOFTMAX, List.of(logits, logProbabilities), NO_BIAS, arguments, limits));
  }
}
