package io.rowwise.backend.contract;

import io.rowwise.backend.Backend;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.backend.Transpose;
import io.rowwise.kernel.CrossEntropy;
import io.rowwise.kernel.CrossEntropyGradient;
import io.rowwise.kernel.Evaluation;
import io.rowwise.kernel.LinearCrossEntropy;
import io.rowwise.kernel.LinearSoftmax;
import io.rowwise.kernel.LogSoftmax;
import io.rowwise.kernel.LogSumExp;
import io.rowwise.kernel.MaskedSoftmax;
import io.rowwise.kernel.RmsNorm;
import io.rowwise.kernel.Softmax;
import io.rowwise.kernel.Targets;
import io.rowwise.kernel.TopK;
import io.rowwise.kernel.TrainingEpoch;
import io.rowwise.kernel.TrainingStep;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * A right call of every operation on matrices, with what is needed to make wrong ones of it.
 *
 * @param operation as the messages name it
 * @param arguments the matrices
 * @param body makes the call
 */
record Call(String operation, List<Argument> arguments, Body body) {
  /**
   * A matrix among the arguments. Twice its rows and columns never fit the others.
   *
   * @param name as the messages name it
   * @param written whether it is a result
   * @param mayReplace the inputs that a result may lie in the place of
   */
  record Argument(String name, int rows, int columns, boolean written, List<String> mayReplace) {
    Matrix make(Backend backend, ElementType type) {
      double[] values = new RandomValues(type, name.hashCode()).uniform(rows * columns, 0, 1);
      return backend.matrix(type, rows, columns, values);
    }

    boolean hasShapeOf(Argument other) {
      return rows == other.rows && columns == other.columns;
    }
  }

  private static final List<String> TAKE_HALVES =
      List.of(
          "copy",
          "softmax",
          "log-softmax",
          "linear-softmax",
          "cross-entropy",
          "cross-entropy-gradient");

  /** A call with the matrices in the order of the arguments. */
  interface Body {
    void run(Backend backend, Matrix[] matrices);
  }

  static Argument input(String name, int rows, int columns) {
    return new Argument(name, rows, columns, false, List.of());
  }

  static Argument output(String name, int rows, int columns, String... mayReplace) {
    return new Argument(name, rows, columns, true, List.of(mayReplace));
  }

  static Call call(String operation, Body body, Argument... arguments) {
    return new Call(operation, List.of(arguments), body);
  }

  /** Whether it takes matrices of 16 bits. */
  boolean takesHalves() {
    return TAKE_HALVES.contains(operation);
  }

  /** New matrices, as the call wants them: a loss is of what the type is computed in. */
  Matrix[] make(Backend backend, ElementType type) {
    return arguments.stream()
        .map(
            argument ->
                argument.make(
                    backend,
                    takesHalves() && argument.name().equals("loss") ? type.computedIn() : type))
        .toArray(Matrix[]::new);
  }

  @Override
  public String toString() {
    return operation;
  }

  static Stream<Call> all() {
    List<Call> calls = new ArrayList<>();
    calls.add(
        call(
            "matmul",
            (backend, m) -> backend.matmul(2, m[0], Transpose.NO, m[1], Transpose.YES, 1, m[2]),
            input("a", 4, 4),
            input("b", 4, 4),
            output("out", 4, 4)));
    calls.add(
        call(
            "matmul",
            (backend, m) -> backend.matmul(m[0], m[1], m[2]),
            input("a", 3, 4),
            input("b", 4, 5),
            output("out", 3, 5)));
    calls.add(
        call("rowMax", (backend, m) -> backend.rowMax(m[0], m[1]), input("x", 3, 4), column()));
    calls.add(
        call("rowSum", (backend, m) -> backend.rowSum(m[0], m[1]), input("x", 3, 4), column()));
    calls.add(
        call("rowSum", (backend, m) -> backend.rowSum(m[0], m[1]), input("x", 3, 1), column()));
    calls.add(
        call(
            "rowArgMax",
            (backend, m) -> backend.rowArgMax(m[0], m[1]),
            input("x", 3, 4),
            column()));
    calls.add(
        call(
            "columnSum",
            (backend, m) -> backend.columnSum(m[0], m[1]),
            input("x", 3, 4),
            output("out", 1, 4)));
    calls.add(
        call(
            "exp",
            (backend, m) -> backend.exp(m[0], m[1]),
            input("x", 3, 4),
            output("out", 3, 4, "x")));
    calls.add(
        call(
            "log",
            (backend, m) -> backend.log(m[0], m[1]),
            input("x", 3, 4),
            output("out", 3, 4, "x")));
    for (Binary operation : Binary.values()) {
      String name = operation.name().toLowerCase(java.util.Locale.ROOT);
      Body ofMatrices = (backend, m) -> operation.apply(backend, m[0], m[1], m[2]);
      calls.add(
          call(
              name, ofMatrices, input("a", 3, 4), input("b", 3, 4), output("out", 3, 4, "a", "b")));
      calls.add(
          call(name, ofMatrices, input("a", 1, 4), input("b", 3, 4), output("out", 3, 4, "b")));
      calls.add(
          call(name, ofMatrices, input("a", 3, 4), input("b", 3, 1), output("out", 3, 4, "a")));
      calls.add(call(name, ofMatrices, input("a", 1, 1), input("b", 1, 4), output("out", 3, 4)));
      calls.add(
          call(
              name,
              (backend, m) -> operation.apply(backend, m[0], 2, m[1]),
              input("a", 3, 4),
              output("out", 3, 4, "a")));
    }
    calls.add(
        call(
            "addScaled",
            (backend, m) -> backend.addScaled(2, m[0], m[1]),
            input("x", 3, 4),
            output("out", 3, 4, "x")));
    calls.add(call("fill", (backend, m) -> backend.fill(2, m[0]), output("out", 3, 4)));
    calls.add(
        call(
            "copy",
            (backend, m) -> backend.copy(m[0], m[1]),
            input("x", 3, 4),
            output("out", 3, 4, "x")));
    calls.addAll(kernels());
    return calls.stream();
  }

  private static Argument column() {
    return output("out", 3, 1);
  }

  private static List<Call> kernels() {
    return List.of(
        call(
            "softmax",
            (backend, m) -> {
              try (Softmax kernel = backend.kernel(Softmax.TYPE)) {
                kernel.apply(m[0], m[1]);
              }
            },
            input("logits", 3, 4),
            output("probabilities", 3, 4, "logits")),
        call(
            "log-softmax",
            (backend, m) -> {
              try (LogSoftmax kernel = backend.kernel(LogSoftmax.TYPE)) {
                kernel.apply(m[0], m[1]);
              }
            },
            input("logits", 3, 4),
            output("logProbabilities", 3, 4, "logits")),
        call(
            "masked-softmax",
            (backend, m) -> {
              try (MaskedSoftmax kernel = backend.kernel(MaskedSoftmax.TYPE)) {
                kernel.apply(m[0], m[1], 2, m[2]);
              }
            },
            input("logits", 3, 4),
            input("mask", 3, 4),
            output("probabilities", 3, 4, "logits")),
        call(
            "log-sum-exp",
            (backend, m) -> {
              try (LogSumExp kernel = backend.kernel(LogSumExp.TYPE)) {
                kernel.apply(m[0], m[1]);
              }
            },
            input("logits", 3, 1),
            output("result", 3, 1)),
        call(
            "rms-norm",
            (backend, m) -> {
              try (RmsNorm kernel = backend.kernel(RmsNorm.TYPE)) {
                kernel.apply(m[0], m[1], 1e-5, m[2]);
              }
            },
            input("x", 1, 4),
            input("gain", 1, 4),
            output("out", 1, 4, "x")),
        call(
            "top-k",
            (backend, m) -> {
              try (TopK kernel = backend.kernel(TopK.TYPE)) {
                kernel.apply(m[0], m[1], m[2]);
              }
            },
            input("x", 3, 4),
            output("values", 3, 4),
            output("columns", 3, 4)),
        call(
            "linear-softmax",
            (backend, m) -> {
              try (LinearSoftmax kernel = backend.kernel(LinearSoftmax.TYPE)) {
                kernel.apply(m[0], m[1], m[2], m[3]);
              }
            },
            input("x", 4, 4),
            input("weights", 4, 4),
            input("bias", 1, 4),
            output("probabilities", 4, 4)),
        call(
            "cross-entropy",
            (backend, m) -> {
              try (CrossEntropy kernel = backend.kernel(CrossEntropy.TYPE)) {
                kernel.apply(m[0], Targets.ofProbabilities(m[1]), m[2]);
              }
            },
            input("logits", 3, 4),
            input("targets", 3, 4),
            output("loss", 1, 1)),
        call(
            "cross-entropy-gradient",
            (backend, m) -> {
              try (CrossEntropyGradient kernel = backend.kernel(CrossEntropyGradient.TYPE)) {
                kernel.apply(m[0], Targets.ofProbabilities(m[1]), m[2]);
              }
            },
            input("logits", 3, 4),
            input("targets", 3, 4),
            output("gradient", 3, 4, "logits")),
        call(
            "training-step",
            (backend, m) -> {
              try (TrainingStep kernel = backend.kernel(TrainingStep.TYPE)) {
                kernel.apply(m[0], Targets.ofProbabilities(m[1]), 0.1, m[2], m[3], m[4]);
              }
            },
            input("x", 3, 3),
            input("targets", 3, 3),
            output("weights", 3, 3),
            output("bias", 1, 3),
            output("loss", 1, 1)),
        call(
            "training-epoch",
            (backend, m) -> {
              try (TrainingEpoch kernel = backend.kernel(TrainingEpoch.TYPE)) {
                kernel.apply(m[0], Targets.ofProbabilities(m[1]), 2, 0.1, m[2], m[3], m[4]);
              }
            },
            input("x", 1, 1),
            input("targets", 1, 1),
            output("weights", 1, 1),
            output("bias", 1, 1),
            output("loss", 1, 1)),
        call(
            "evaluation",
            (backend, m) -> {
              try (Evaluation kernel = backend.kernel(Evaluation.TYPE)) {
                kernel.apply(m[0], Targets.ofProbabilities(m[1]), m[2], m[3], m[4]);
              }
            },
            input("x", 3, 2),
            input("targets", 3, 4),
            input("weights", 2, 4),
            input("bias", 1, 4),
            output("result", 1, 2)),
        call(
            "linear-cross-entropy",
            (backend, m) -> {
              try (LinearCrossEntropy kernel = backend.kernel(LinearCrossEntropy.TYPE)) {
                kernel.apply(m[0], Targets.ofProbabilities(m[1]), m[2], m[3], m[4], m[5], m[6]);
              }
            },
            input("x", 1, 1),
            input("targets", 1, 1),
            input("weights", 1, 1),
            input("bias", 1, 1),
            output("loss", 1, 1),
            output("weightsGradient", 1, 1),
            output("biasGradient", 1, 1)));
  }
}
