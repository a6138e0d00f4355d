package io.rowwise.backend.cuda.training;

import io.rowwise.backend.Backend;
import io.rowwise.backend.Matrix;
import io.rowwise.backend.cuda.context.CudaStream;
import io.rowwise.backend.cuda.kernel.DeviceMatrix;
import io.rowwise.backend.cuda.kernel.DeviceTargets;
import io.rowwise.backend.cuda.kernel.TrainingSharesPlan;
import io.rowwise.kernel.Scratch;
import io.rowwise.kernel.TargetRows;
import io.rowwise.kernel.Targets;

/**
 * Targets as this backend's kernels take them, with how much each row counts; what that takes is
 * kept from call to call. Used by one thread at a time.
 *
 * <p>Public for the packages beside this one; programs do not use it.
 */
public final class CountedTargets implements AutoCloseable {
  private final TargetRows targetRows;
  private final Scratch shares;

  /** Takes no memory until the first use. */
  public CountedTargets(Backend backend) {
    this.targetRows = new TargetRows(backend);
    this.shares = new Scratch(backend);
  }

  /**
   * All rows, of whose mean each has its share.
   *
   * @return valid on the stream until the next call
   */
  public DeviceTargets of(Targets targets, CudaStream stream) {
    DeviceTargets all = read(targets, stream);
    return targets.countEachRowOnce()
        ? all
        : all.counting(stream.reading(targetRows.shares(targets)).address());
  }

  /**
   * The rows of an epoch, of whose batches each has its share.
   *
   * @param batchRows 1 or more
   * @return valid on the stream until the next call
   */
  DeviceTargets inBatches(Targets targets, int batchRows, CudaStream stream) {
    // By one block a batch, which would take long for a large one.
    if (targets.countEachRowOnce() || batchRows >= targets.rows()) {
      return of(targets, stream);
    }
    DeviceTargets all = read(targets, stream);
    Matrix share = shares.get(targets.values().type(), targets.rows(), 1);
    DeviceMatrix weights = targets.hasWeights() ? stream.reading(targets.weights()) : null;
    DeviceMatrix written = stream.writing(share);
    stream.run(TrainingSharesPlan.apply(all, weights, batchRows, written.address()));
    return all.counting(written.address());
  }

  private static DeviceTargets read(Targets targets, CudaStream stream) {
    DeviceMatrix values = stream.reading(targets.values());
    return targets.areClasses()
        ? DeviceTargets.ofClasses(values, targets.ignored())
        : DeviceTargets.ofProbabilities(values);
  }

  @Override
  public void close() {
    targetRows.close();
    shares.close();
  }
}
