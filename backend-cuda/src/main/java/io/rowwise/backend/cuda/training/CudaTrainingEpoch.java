package io.rowwise.backend.cuda.training;

import io.rowwise.backend.Backend;
import io.rowwise.backend.Matrix;
import io.rowwise.backend.cuda.context.CudaContext;
import io.rowwise.backend.cuda.context.CudaStream;
import io.rowwise.backend.cuda.kernel.DeviceLimits;
import io.rowwise.backend.cuda.kernel.DeviceMatrix;
import io.rowwise.backend.cuda.kernel.TrainingEpochPlan;
import io.rowwise.kernel.TargetRows;
import io.rowwise.kernel.Targets;
import io.rowwise.kernel.TrainingEpoch;

/**
 * An epoch: in one launch where the problem is small enough, else batch by batch. What is asked for
 * a second time with the same matrices is recorded, and from then on asked for by a single call.
 *
 * <p>Public for the packages beside this one; programs do not use it.
 */
public final class CudaTrainingEpoch implements TrainingEpoch {
  private final Backend backend;
  private final CudaContext context;
  private final TargetRows targetRows;
  private final TrainingEpochPlan small;
  private final GemmEpoch large;
  private TrainingEpoch ofWeightedRows;

  public CudaTrainingEpoch(Backend backend, CudaContext context, DeviceLimits limits) {
    this.backend = backend;
    this.targetRows = new TargetRows(backend);
    this.context = context;
    this.small = new TrainingEpochPlan(limits);
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
    if (!targets.countEachRowOnce()) {
      // Each batch divides by its own weights.
      if (ofWeightedRows == null) {
        ofWeightedRows = TrainingEpoch.TYPE.compose(backend);
      }
      ofWeightedRows.apply(x, targets, batchRows, learningRate, weights, bias, loss);
      return;
    }
    Matrix wanted = targetRows.of(targets, weights.columns());
    CudaStream stream = context.stream();
    DeviceMatrix samples = stream.reading(x);
    DeviceMatrix labels = stream.reading(wanted);
    DeviceMatrix w = stream.writing(weights);
    DeviceMatrix b = stream.writing(bias);
    DeviceMatrix mean = stream.writing(loss);
    if (small.fits(x.type(), x.rows(), x.columns(), weights.columns(), batchRows)) {
      stream.run(small.apply(samples, labels, batchRows, learningRate, w, b, mean));
    } else {
      int batch = Math.min(batchRows, x.rows());
      large.apply(stream, new GemmEpoch.Request(samples, labels, batch, w, b, mean), learningRate);
    }
  }

  @Override
  public void close() {
    if (ofWeightedRows != null) {
      ofWeightedRows.close();
    }
    targetRows.close();
    large.close();
  }
}
