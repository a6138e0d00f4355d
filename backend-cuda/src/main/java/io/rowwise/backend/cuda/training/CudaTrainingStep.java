package io.rowwise.backend.cuda.training;

import io.rowwise.backend.Backend;
import io.rowwise.backend.Matrix;
import io.rowwise.backend.cuda.context.CudaContext;
import io.rowwise.backend.cuda.context.CudaStream;
import io.rowwise.backend.cuda.kernel.DeviceLimits;
import io.rowwise.backend.cuda.kernel.DeviceMatrix;
import io.rowwise.backend.cuda.kernel.DeviceTargets;
import io.rowwise.backend.cuda.kernel.TrainingEpochPlan;
import io.rowwise.kernel.Targets;
import io.rowwise.kernel.TrainingStep;

/**
 * A step of gradient descent: in one launch where the batch is small enough.
 *
 * <p>Public for the packages beside this one; programs do not use it.
 */
public final class CudaTrainingStep implements TrainingStep {
  private final CudaContext context;
  private final CountedTargets counted;
  private final TrainingEpochPlan small;
  private final GemmStep large;

  public CudaTrainingStep(Backend backend, CudaContext context, DeviceLimits limits) {
    this.counted = new CountedTargets(backend);
    this.context = context;
    this.small = new TrainingEpochPlan(limits);
    this.large = new GemmStep(context, limits);
  }

  @Override
  public void apply(
      Matrix x, Targets targets, double learningRate, Matrix weights, Matrix bias, Matrix loss) {
    int rows = x.rows();
    int classes = weights.columns();
    CudaStream stream = context.stream();
    DeviceMatrix samples = stream.reading(x);
    DeviceTargets wanted = counted.of(targets, stream);
    DeviceMatrix w = stream.writing(weights);
    DeviceMatrix b = stream.writing(bias);
    DeviceMatrix mean = stream.writing(loss);
    if (small.fits(x.type(), rows, x.columns(), classes, rows)) {
      stream.run(small.apply(samples, wanted, rows, learningRate, w, b, mean));
    } else {
      large.prepare(stream, x.type(), rows, classes, learningRate);
      large.apply(stream, samples, wanted, w, b, mean);
    }
  }

  @Override
  public void close() {
    counted.close();
    large.close();
  }
}
