package io.rowwise.backend.cuda.kernel;

import io.rowwise.backend.ElementType;
import java.util.List;
import java.util.Locale;

/**
 * The launch of a whole epoch as one kernel of one block, for problems so small that a launch for
 * each operation would take longer than the arithmetic. An epoch of one batch is a training step.
 *
 * @param limits of the device
 */
public record TrainingEpochPlan(DeviceLimits limits) {
  static final int THREADS = 256;

  /** The products of a batch that one block does in about the time of the launches it saves. */
  static final long MOST_PRODUCTS = 65_536;

  /** One thread does the softmax of a row, class by class. */
  static final int MOST_CLASSES = 32;

  /**
   * Whether a problem is small enough.
   *
   * @param batchRows 1 or more; may be more than there are rows
   */
  public boolean fits(ElementType type, int rows, int features, int classes, int batchRows) {
    int batch = Math.min(rows, batchRows);
    // In this order no product can overflow.
    return classes <= MOST_CLASSES
        && (long) batch * Math.max(1, features) <= MOST_PRODUCTS / classes
        && sharedBytes(type, features, classes, batch) <= limits.dynamicSharedBytes();
  }

  private static long sharedBytes(ElementType type, int features, int classes, int batch) {
    return ((long) features + 1 + batch) * classes * type.bytes();
  }

  /**
   * One pass over the data; arguments as for {@link io.rowwise.kernel.TrainingEpoch#apply}.
   *
   * @throws IllegalArgumentException if the problem does not {@link #fits fit}
   */
  public List<Launch> apply(
      DeviceMatrix x,
      DeviceTargets targets,
      int batchRows,
      double learningRate,
      DeviceMatrix weights,
      DeviceMatrix bias,
      DeviceMatrix loss) {
    ElementType type = x.type();
    int features = x.columns();
    int classes = weights.columns();
    int batch = Math.min(x.rows(), batchRows);
    if (!fits(type, x.rows(), features, classes, batch)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "training-epoch: batches of %d rows with %d features and %d classes are too much for"
                  + " one block: ask fits first",
              batch,
              features,
              classes));
    }
    KernelArguments arguments =
        arguments(x, targets, learningRate, weights, bias, loss)
            .int32(x.rows())
            .int32(features)
            .int32(classes)
            .int32(batch);
    int shared = (int) sharedBytes(type, features, classes, batch);
    return List.of(
        CudaKernel.only(Operation.TRAINING_EPOCH, type).launch(1, THREADS, shared, arguments));
  }

  /** What kernels of whole epochs are given first, up to the loss. */
  static KernelArguments arguments(
      DeviceMatrix x,
      DeviceTargets targets,
      double learningRate,
      DeviceMatrix weights,
      DeviceMatrix bias,
      DeviceMatrix loss) {
    return new KernelArguments()
        .matrix(x)
        .matrix(targets.values())
        .int32(targets.areClasses() ? 1 : 0)
        .number(x.type(), targets.ignored())
        .pointer(targets.shares())
        .number(x.type(), learningRate)
        .matrix(weights)
        .pointer(bias.address())
        .pointer(loss.address());
  }
}
