package io.rowwise.backend.cuda;

import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.backend.Transpose;
import io.rowwise.backend.cuda.context.CudaContext;
import io.rowwise.backend.cuda.context.CudaStream;
import io.rowwise.backend.cuda.kernel.CrossEntropyPlan;
import io.rowwise.backend.cuda.kernel.DeviceLimits;
import io.rowwise.backend.cuda.kernel.DeviceMatrix;
import io.rowwise.backend.cuda.kernel.DeviceTargets;
import io.rowwise.backend.cuda.kernel.EvaluationPlan;
import io.rowwise.backend.cuda.kernel.RowFunctionPlan;
import io.rowwise.backend.cuda.kernel.SoftmaxPlan;
import io.rowwise.backend.cuda.training.CountedTargets;
import io.rowwise.backend.cuda.training.CudaLinearCrossEntropy;
import io.rowwise.backend.cuda.training.CudaTrainingEpoch;
import io.rowwise.backend.cuda.training.CudaTrainingStep;
import io.rowwise.kernel.CrossEntropy;
import io.rowwise.kernel.CrossEntropyGradient;
import io.rowwise.kernel.Evaluation;
import io.rowwise.kernel.KernelOffer;
import io.rowwise.kernel.LinearCrossEntropy;
import io.rowwise.kernel.LinearSoftmax;
import io.rowwise.kernel.LogSoftmax;
import io.rowwise.kernel.LogSumExp;
import io.rowwise.kernel.MaskedSoftmax;
import io.rowwise.kernel.RmsNorm;
import io.rowwise.kernel.Scratch;
import io.rowwise.kernel.Softmax;
import io.rowwise.kernel.SparseProduct;
import io.rowwise.kernel.Targets;
import io.rowwise.kernel.TopK;
import io.rowwise.kernel.TrainingEpoch;
import io.rowwise.kernel.TrainingStep;
import java.util.List;

/** The fused kernels that the CUDA backend brings. */
final class CudaKernels {
  private static final long NO_BIAS = 0;

  private final CudaBackend backend;
  private final CudaContext context;
  private final DeviceLimits limits;
  private final SoftmaxPlan softmax;
  private final CrossEntropyPlan crossEntropy;

  CudaKernels(CudaBackend backend, CudaContext context, DeviceLimits limits) {
    this.backend = backend;
    this.context = context;
    this.limits = limits;
    this.softmax = new SoftmaxPlan(limits);
    this.crossEntropy = new CrossEntropyPlan(limits);
  }

  List<KernelOffer<?>> offers() {
    String fused = "fused CUDA kernel";
    boolean halves = limits.isAmpere();
    return List.of(
        new KernelOffer<>(Softmax.TYPE, fused, 0, () -> this::softmax, halves),
        new KernelOffer<>(LogSoftmax.TYPE, fused, 0, () -> this::logSoftmax, halves),
        new KernelOffer<>(MaskedSoftmax.TYPE, fused, 0, () -> this::maskedSoftmax),
        new KernelOffer<>(LogSumExp.TYPE, fused, 0, () -> this::logSumExp),
        new KernelOffer<>(RmsNorm.TYPE, fused, 0, () -> this::rmsNorm),
        new KernelOffer<>(TopK.TYPE, fused, 0, () -> this::topK),
        new KernelOffer<>(LinearSoftmax.TYPE, fused, 0, CudaLinearSoftmax::new, halves),
        new KernelOffer<>(CrossEntropy.TYPE, fused, 0, CudaCrossEntropy::new, halves),
        new KernelOffer<>(
            CrossEntropyGradient.TYPE, fused, 0, CudaCrossEntropyGradient::new, halves),
        new KernelOffer<>(Evaluation.TYPE, fused, 0, CudaEvaluation::new),
        new KernelOffer<>(
            LinearCrossEntropy.TYPE,
            fused,
            0,
            () -> new CudaLinearCrossEntropy(backend, context, limits)),
        new KernelOffer<>(
            SparseProduct.TYPE, fused, 0, () -> new CudaSparseProduct(backend, context)),
        new KernelOffer<>(
            TrainingStep.TYPE, fused, 0, () -> new CudaTrainingStep(backend, context, limits)),
        new KernelOffer<>(
            TrainingEpoch.TYPE, fused, 0, () -> new CudaTrainingEpoch(backend, context, limits)));
  }

  private void softmax(Matrix logits, Matrix probabilities) {
    CudaStream stream = context.stream();
    stream.run(softmax.softmax(stream.reading(logits), NO_BIAS, stream.writing(probabilities)));
  }

  private void logSoftmax(Matrix logits, Matrix logProbabilities) {
    CudaStream stream = context.stream();
    stream.run(softmax.logSoftmax(stream.reading(logits), stream.writing(logProbabilities)));
  }

  private void maskedSoftmax(Matrix logits, Matrix mask, double temperature, Matrix probabilities) {
    CudaStream stream = context.stream();
    stream.run(
        RowFunctionPlan.maskedSoftmax(
            stream.reading(logits),
            stream.reading(mask),
            temperature,
            stream.writing(probabilities)));
  }

  private void logSumExp(Matrix logits, Matrix result) {
    CudaStream stream = context.stream();
    stream.run(RowFunctionPlan.logSumExp(stream.reading(logits), stream.writing(result)));
  }

  private void rmsNorm(Matrix x, Matrix gain, double epsilon, Matrix out) {
    CudaStream stream = context.stream();
    stream.run(
        RowFunctionPlan.rmsNorm(
            stream.reading(x), stream.reading(gain).address(), epsilon, stream.writing(out)));
  }

  private void topK(Matrix x, Matrix values, Matrix columns) {
    CudaStream stream = context.stream();
    stream.run(
        RowFunctionPlan.topK(stream.reading(x), stream.writing(values), stream.writing(columns)));
  }

  /** Of matrices of 16 bits, x is never copied: its logits are of float32, as cuBLAS gives them. */
  private final class CudaLinearSoftmax implements LinearSoftmax {
    private final Scratch logits = new Scratch(backend);
    private final Scratch wideBias = new Scratch(backend);

    @Override
    public void apply(Matrix x, Matrix weights, Matrix bias, Matrix probabilities) {
      if (!x.type().isHalf()) {
        multiply(x, weights, probabilities);
        addBias(probabilities, bias);
        return;
      }
      Matrix z = logits.get(ElementType.FLOAT32, x.rows(), weights.columns());
      Matrix wide = wideBias.get(ElementType.FLOAT32, 1, weights.columns());
      backend.copy(bias, wide);
      multiply(x, weights, z);
      addBias(z, wide);
      backend.copy(z, probabilities);
    }

    private void multiply(Matrix x, Matrix weights, Matrix z) {
      CudaStream stream = context.stream();
      stream.multiply(
          1,
          stream.reading(x),
          Transpose.NO,
          stream.reading(weights),
          Transpose.NO,
          0,
          stream.writing(z));
    }

    /** And the softmax in place. */
    private void addBias(Matrix z, Matrix bias) {
      CudaStream stream = context.stream();
      DeviceMatrix rows = stream.writing(z);
      stream.run(softmax.softmax(rows, stream.reading(bias).address(), rows));
    }

    @Override
    public void close() {
      logits.close();
      wideBias.close();
    }
  }

  private final class CudaCrossEntropy implements CrossEntropy {
    private final CountedTargets counted = new CountedTargets(backend);

    @Override
    public void apply(Matrix logits, Targets targets, Matrix loss) {
      CudaStream stream = context.stream();
      DeviceTargets wanted = counted.of(targets, stream);
      stream.run(
          logits.type().computedIn(),
          crossEntropy.lossScratchElements(logits.rows()),
          scratch ->
              crossEntropy.loss(
                  stream.reading(logits), NO_BIAS, wanted, stream.writing(loss), scratch));
    }

    @Override
    public void close() {
      counted.close();
    }
  }

  private final class CudaCrossEntropyGradient implements CrossEntropyGradient {
    private final CountedTargets counted = new CountedTargets(backend);

    @Override
    public void apply(Matrix logits, Targets targets, Matrix gradient) {
      CudaStream stream = context.stream();
      DeviceTargets wanted = counted.of(targets, stream);
      stream.run(
          crossEntropy.gradient(stream.reading(logits), NO_BIAS, wanted, stream.writing(gradient)));
    }

    @Override
    public void close() {
      counted.close();
    }
  }

  /** Needs the logits of all rows between its two launches. */
  private final class CudaEvaluation implements Evaluation {
    private final EvaluationPlan plan = new EvaluationPlan(limits);
    private final Scratch logits = new Scratch(backend);
    private final CountedTargets counted = new CountedTargets(backend);

    @Override
    public void apply(Matrix x, Targets targets, Matrix weights, Matrix bias, Matrix result) {
      Matrix z = logits.get(x.type(), x.rows(), weights.columns());
      backend.matmul(x, weights, z);
      CudaStream stream = context.stream();
      DeviceTargets wanted = counted.of(targets, stream);
      stream.run(
          x.type(),
          plan.scratchElements(x.rows()),
          scratch ->
              plan.apply(
                  stream.reading(z),
                  stream.reading(bias).address(),
                  wanted,
                  stream.writing(result),
                  scratch));
    }

    @Override
    public void close() {
      counted.close();
      logits.close();
    }
  }
}
