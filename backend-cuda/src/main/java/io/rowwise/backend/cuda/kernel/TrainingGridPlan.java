package io.rowwise.backend.cuda.kernel;

import io.rowwise.backend.ElementType;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The launch of a whole epoch as one kernel of several blocks, each of which has some of the
 * features: for problems that are too large for one block, and whose batches are so small that the
 * launches of each would take longer than its arithmetic.
 *
 * @param limits of the device
 */
public record TrainingGridPlan(DeviceLimits limits) {
  private static final int MOST_FEATURES_OF_BLOCK = 32;
  private static final int FEWEST_FEATURES_OF_BLOCK = 8;

  /** Of the count of blocks that have arrived, so that what follows is aligned. */
  private static final int COUNTER_BYTES = 256;

  /**
   * Whether a problem is of that size, and the device can run all its blocks at the same time.
   *
   * @param batchRows 1 or more; may be more than there are rows
   */
  public boolean fits(ElementType type, int rows, int features, int classes, int batchRows) {
    int batch = Math.min(rows, batchRows);
    if (classes > TrainingEpochPlan.MOST_CLASSES || features == 0) {
      return false;
    }
    int ofBlock = blockFeatures(classes, batch);
    // A block has a multiprocessor to itself. In this order no product can overflow.
    return ofBlock >= FEWEST_FEATURES_OF_BLOCK
        && Geometry.ceilDiv(features, ofBlock) <= limits.multiprocessors()
        && sharedBytes(type, ofBlock, classes, batch) <= limits.dynamicSharedBytes();
  }

  /** A power of two, so that it is the same for batches of much the same size. */
  private static int blockFeatures(int classes, int batch) {
    long most = TrainingEpochPlan.MOST_PRODUCTS / ((long) classes * batch);
    return (int) Math.min(MOST_FEATURES_OF_BLOCK, Long.highestOneBit(most));
  }

  private static long sharedBytes(ElementType type, int features, int classes, int batch) {
    long tiles = 2L * batch * (features | 1);
    return (((long) features + 1 + batch) * classes + tiles) * type.bytes();
  }

  /** How many elements of scratch memory are needed. */
  public long scratchElements(
      ElementType type, int rows, int features, int classes, int batchRows) {
    int batch = Math.min(rows, batchRows);
    long blocks = Geometry.ceilDiv(features, blockFeatures(classes, batch));
    return COUNTER_BYTES / type.bytes() + 2 * blocks * batch * classes;
  }

  /**
   * One pass over the data; arguments as for {@link io.rowwise.kernel.TrainingEpoch#apply}.
   *
   * @param scratch the address of {@link #scratchElements} elements
   * @throws IllegalArgumentException if the problem does not {@link #fits fit}
   */
  public List<Launch> apply(
      DeviceMatrix x,
      DeviceTargets targets,
      int batchRows,
      double learningRate,
      DeviceMatrix weights,
      DeviceMatrix bias,
      DeviceMatrix loss,
      long scratch) {
    ElementType type = x.type();
    int features = x.columns();
    int classes = weights.columns();
    int batch = Math.min(x.rows(), batchRows);
    if (!fits(type, x.rows(), features, classes, batch)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "training-epoch: batches of %d rows with %d features and %d classes are too much for"
                  + " %d blocks: ask fits first",
              batch,
              features,
              classes,
              limits.multiprocessors()));
    }
    int blockFeatures = blockFeatures(classes, batch);
    KernelArguments arguments =
        TrainingEpochPlan.arguments(x, targets, learningRate, weights, bias, loss)
            .pointer(scratch)
            .pointer(scratch + COUNTER_BYTES)
            .int32(x.rows())
            .int32(features)
            .int32(classes)
            .int32(batch)
            .int32(blockFeatures);
    DeviceMatrix counter = DeviceMatrix.contiguous(type, scratch, 1, COUNTER_BYTES / type.bytes());
    List<Launch> launches = new ArrayList<>(ElementwisePlan.fill(0, counter));
    int shared = (int) sharedBytes(type, blockFeatures, classes, batch);
    launches.add(
        CudaKernel.only(Operation.TRAINING_GRID, type)
            .launch(
                (int) Geometry.ceilDiv(features, blockFeatures),
                TrainingEpochPlan.THREADS,
                shared,
                arguments)
            .cooperating());
    return launches;
  }
}
