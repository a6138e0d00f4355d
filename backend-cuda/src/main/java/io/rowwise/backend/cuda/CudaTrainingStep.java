package io.rowwise.backend.cuda;

import static io.rowwise.backend.cuda.CudaBackend.on;

import io.rowwise.backend.Matrix;
import io.rowwise.backend.Transpose;
import io.rowwise.backend.cuda.kernel.CrossEntropyPlan;
import io.rowwise.backend.cuda.kernel.DeviceLimits;
import io.rowwise.backend.cuda.kernel.TrainingEpochPlan;
import io.rowwise.kernel.Scratch;
import io.rowwise.kernel.TrainingStep;

/**
 * A step of gradient descent: in one launch where the batch is small enough, else two products and
 * the launches between them.
 */
final class CudaTrainingStep implements TrainingStep {
  private final CudaBackend backend;
  private final CudaContext context;
  private final TrainingEpochPlan small;
  private final CrossEntropyPlan plan;
  private final Scratch logits;

  CudaTrainingStep(CudaBackend backend, CudaContext context, DeviceLimits limits) {
    this.backend = backend;
    this.context = context;
    this.small = new TrainingEpochPlan(limits);
    this.plan = new CrossEntropyPlan(limits);
    this.logits = new Scratch(backend);
  }

  @Override
  public void apply(
      Matrix x, Matrix targets, double learningRate, Matrix weights, Matrix bias, Matrix loss) {
    int rows = x.rows();
    int classes = weights.columns();
    if (small.fits(x.type(), rows, x.columns(), classes, rows)) {
      context.run(
          small.apply(on(x), on(targets), rows, learningRate, on(weights), on(bias), on(loss)));
      return;
    }
    Matrix z = logits.get(x.type(), rows, classes);
    backend.matmul(x, weights, z);
    context.withScratch(
        x.type(),
        plan.descendScratchElements(rows, classes),
        scratch -> plan.descend(on(z), on(bias), on(targets), learningRate, on(loss), scratch));
    backend.matmul(-learningRate, x, Transpose.YES, z, Transpose.NO, 1, weights);
  }

  @Override
  public void close() {
    logits.close();
  }
}
