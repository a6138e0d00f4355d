package io.rowwise.backend.cuda.training;

import io.rowwise.backend.Backend;
import io.rowwise.backend.Matrix;
import io.rowwise.backend.cuda.context.CudaContext;
import io.rowwise.backend.cuda.context.CudaStream;
import io.rowwise.backend.cuda.driver.DriverException;
import io.rowwise.backend.cuda.kernel.DeviceLimits;
import io.rowwise.backend.cuda.kernel.DeviceMatrix;
import io.rowwise.backend.cuda.kernel.DeviceTargets;
import io.rowwise.backend.cuda.kernel.TrainingEpochPlan;
import io.rowwise.backend.cuda.kernel.TrainingGridPlan;
import io.rowwise.kernel.Targets;
import io.rowwise.kernel.TrainingEpoch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An epoch: in one launch where the problem is small enough, of one block or of several, else batch
 * by batch. What is then asked for a second time with the same matrices is recorded, and from then
 * on asked for by a single call.
 *
 * <p>Public for the packages beside this one; programs do not use it.
 */
public final class CudaTrainingEpoch implements TrainingEpoch {
  private static final Logger LOG = LoggerFactory.getLogger(CudaTrainingEpoch.class);

  private final CudaContext context;
  private final CountedTargets counted;
  private final TrainingEpochPlan small;
  private final TrainingGridPlan medium;
  private final GemmEpoch large;
  private boolean blocksCooperate = true;

  public CudaTrainingEpoch(Backend backend, CudaContext context, DeviceLimits limits) {
    this.counted = new CountedTargets(backend);
    this.context = context;
    this.small = new TrainingEpochPlan(limits);
    this.medium = new TrainingGridPlan(limits);
    this.large = new GemmEpoch(context, limits);
  }

  @Override
  public void apply(
      Matrix x,
      Targets targets,
      int batchRows,
      double learningRate,
      Matrix weights,
      Matrix bias,
      Matrix loss) {
    CudaStream stream = context.stream();
    DeviceMatrix samples = stream.reading(x);
    DeviceTargets wanted = counted.inBatches(targets, batchRows, stream);
    DeviceMatrix w = stream.writing(weights);
    DeviceMatrix b = stream.writing(bias);
    DeviceMatrix mean = stream.writing(loss);
    if (small.fits(x.type(), x.rows(), x.columns(), weights.columns(), batchRows)) {
      stream.run(small.apply(samples, wanted, batchRows, learningRate, w, b, mean));
      return;
    }
    if (blocksCooperate
        && medium.fits(x.type(), x.rows(), x.columns(), weights.columns(), batchRows)) {
      try {
        stream.run(
            x.type(),
            medium.scratchElements(x.type(), x.rows(), x.columns(), weights.columns(), batchRows),
            scratch -> medium.apply(samples, wanted, batchRows, learningRate, w, b, mean, scratch));
        return;
      } catch (DriverException e) {
        if (!e.isTooLargeToCooperate()) {
          throw e;
        }
        blocksCooperate = false;
        LOG.warn(
            "cuda: epochs are done batch by batch, which makes them slower: {}", e.getMessage());
      }
    }
    int batch = Math.min(batchRows, x.rows());
    large.apply(stream, new GemmEpoch.Request(samples, wanted, batch, w, b, mean), learningRate);
  }

  @Override
  public void close() {
    counted.close();
    large.close();
  }
}
