package io.rowwise.backend.cuda;

import static io.rowwise.backend.cuda.CudaBackend.on;

import io.rowwise.backend.Matrix;
import io.rowwise.backend.cuda.kernel.DeviceLimits;
import io.rowwise.backend.cuda.kernel.TrainingEpochPlan;
import io.rowwise.kernel.TrainingEpoch;

/** An epoch: in one launch where the problem is small enough, else step by step. */
final class CudaTrainingEpoch implements TrainingEpoch {
  private final CudaContext context;
  private final TrainingEpochPlan small;
  private final TrainingEpoch steps;

  CudaTrainingEpoch(CudaBackend backend, CudaContext context, DeviceLimits limits) {
    this.context = context;
    this.small = new TrainingEpochPlan(limits);
    this.steps = TrainingEpoch.of(backend, new CudaTrainingStep(backend, context, limits));
  }

  @Override
  public void apply(
      Matrix x,
      Matrix targets,
      int batchRows,
      double learningRate,
      Matrix weights,
      Matrix bias,
      Matrix loss) {
    if (small.fits(x.type(), x.rows(), x.columns(), weights.columns(), batchRows)) {
      context.run(
          small.apply(
              on(x), on(targets), batchRows, learningRate, on(weights), on(bias), on(loss)));
    } else {
      steps.apply(x, targets, batchRows, learningRate, weights, bias, loss);
    }
  }

  @Override
  public void close() {
    steps.close();
  }
}
