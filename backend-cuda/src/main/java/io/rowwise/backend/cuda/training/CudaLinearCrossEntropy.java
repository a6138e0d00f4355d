package io.rowwise.backend.cuda.training;

import io.rowwise.backend.Backend;
import io.rowwise.backend.Matrix;
import io.rowwise.backend.Transpose;
import io.rowwise.backend.cuda.context.CudaContext;
import io.rowwise.backend.cuda.context.CudaStream;
import io.rowwise.backend.cuda.kernel.CrossEntropyPlan;
import io.rowwise.backend.cuda.kernel.DeviceLimits;
import io.rowwise.backend.cuda.kernel.DeviceMatrix;
import io.rowwise.backend.cuda.kernel.DeviceTargets;
import io.rowwise.kernel.LinearCrossEntropy;
import io.rowwise.kernel.Scratch;
import io.rowwise.kernel.Targets;

/**
 * Loss and gradient of all rows: the logits are written by a product, read once while they become
 * their gradient, and read by the product back and the bias's sums.
 *
 * <p>Public for the packages beside this one; programs do not use it.
 */
public final class CudaLinearCrossEntropy implements LinearCrossEntropy {
  private final Backend backend;
  private final CudaContext context;
  private final CrossEntropyPlan plan;
  private final CountedTargets counted;
  private final Scratch logits;

  public CudaLinearCrossEntropy(Backend backend, CudaContext context, DeviceLimits limits) {
    this.backend = backend;
    this.context = context;
    this.plan = new CrossEntropyPlan(limits);
    this.counted = new CountedTargets(backend);
    this.logits = new Scratch(backend);
  }

  @Override
  public void apply(
      Matrix x,
      Targets targets,
      Matrix weights,
      Matrix bias,
      Matrix loss,
      Matrix weightsGradient,
      Matrix biasGradient) {
    Matrix z = logits.get(x.type(), x.rows(), weights.columns());
    backend.matmul(x, weights, z);
    CudaStream stream = context.stream();
    DeviceTargets wanted = counted.of(targets, stream);
    DeviceMatrix gradient = stream.writing(z);
    stream.run(
        x.type(),
        plan.lossScratchElements(x.rows()),
        scratch ->
            plan.lossAndGradient(
                gradient,
                stream.reading(bias).address(),
                wanted,
                stream.writing(loss),
                gradient,
                scratch));
    backend.matmul(1, x, Transpose.YES, z, Transpose.NO, 0, weightsGradient);
    backend.columnSum(z, biasGradient);
  }

  @Override
  public void close() {
    counted.close();
    logits.close();
  }
}
