package io.rowwise.backend.cuda.training;

import io.rowwise.backend.ElementType;
import io.rowwise.backend.Transpose;
import io.rowwise.backend.cuda.context.CudaContext;
import io.rowwise.backend.cuda.context.CudaStream;
import io.rowwise.backend.cuda.context.DeviceMemory;
import io.rowwise.backend.cuda.context.DevicePiece;
import io.rowwise.backend.cuda.kernel.CrossEntropyPlan;
import io.rowwise.backend.cuda.kernel.DeviceLimits;
import io.rowwise.backend.cuda.kernel.DeviceMatrix;
import io.rowwise.backend.cuda.kernel.DeviceTargets;

/**
 * Steps of gradient descent as two products of cuBLAS and the launches between them, in scratch
 * memory that is kept from call to call. Used by one thread at a time.
 */
final class GemmStep implements AutoCloseable {
  /** So that what follows the logits is aligned like them, in elements. */
  private static final int ALIGNMENT = 64;

  private final DeviceMemory memory;
  private final CrossEntropyPlan plan;
  private final DeviceLearningRate rate;
  private DevicePiece scratch;

  GemmStep(CudaContext context, DeviceLimits limits) {
    this.memory = context.memory();
    this.plan = new CrossEntropyPlan(limits);
    this.rate = new DeviceLearningRate(memory);
  }

  /**
   * Makes the scratch memory large enough, claims it for a stream, and sets the learning rate.
   *
   * @param rows the most of a batch
   * @return whether it is the memory that it was
   */
  boolean prepare(CudaStream stream, ElementType type, int rows, int classes, double learningRate) {
    long elements = logitsElements(rows, classes) + plan.descendScratchElements(rows, classes);
    long bytes = elements * type.bytes();
    boolean kept = scratch != null && scratch.bytes() >= bytes;
    if (!kept) {
      freeScratch();
      scratch = memory.allocate(bytes);
    }
    scratch.writeOn(stream);
    rate.set(stream, type, learningRate);
    return kept;
  }

  private static long logitsElements(int rows, int classes) {
    long elements = (long) rows * classes;
    return (elements + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  }

  /**
   * A step, and its mean cross-entropy; see {@link io.rowwise.kernel.TrainingStep#apply}. All is
   * prepared for it.
   */
  void apply(
      CudaStream stream,
      DeviceMatrix x,
      DeviceTargets targets,
      DeviceMatrix weights,
      DeviceMatrix bias,
      DeviceMatrix loss) {
    DeviceMatrix z = logits(stream, x, weights);
    stream.run(plan.descend(z, bias, targets, rate.negative(), loss, behind(z)));
    descend(stream, x, z, weights);
  }

  /**
   * A step, and the cross-entropy of each row.
   *
   * @param losses the address of one element a row
   */
  void apply(
      CudaStream stream,
      DeviceMatrix x,
      DeviceTargets targets,
      DeviceMatrix weights,
      DeviceMatrix bias,
      long losses) {
    DeviceMatrix z = logits(stream, x, weights);
    stream.run(plan.lossesAndGradient(z, bias.address(), targets, losses, z));
    stream.run(plan.descendBias(z, bias, rate.negative(), behind(z)));
    descend(stream, x, z, weights);
  }

  private DeviceMatrix logits(CudaStream stream, DeviceMatrix x, DeviceMatrix weights) {
    DeviceMatrix z =
        DeviceMatrix.contiguous(x.type(), scratch.address(), x.rows(), weights.columns());
    stream.multiply(1, x, Transpose.NO, weights, Transpose.NO, 0, z);
    return z;
  }

  private static long behind(DeviceMatrix z) {
    return z.address() + logitsElements(z.rows(), z.columns()) * z.type().bytes();
  }

  private void descend(
      CudaStream stream, DeviceMatrix x, DeviceMatrix gradient, DeviceMatrix weights) {
    if (!weights.isEmpty()) {
      stream.multiplyByDeviceScalars(
          rate.negative(), x, Transpose.YES, gradient, Transpose.NO, rate.one(), weights);
    }
  }

  @Override
  public void close() {
    freeScratch();
    rate.close();
  }

  private void freeScratch() {
    if (scratch != null) {
      memory.free(scratch);
      scratch = null;
    }
  }
}
