package io.rowwise.backend.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rowwise.backend.Backend;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.backend.Transpose;
import io.rowwise.backend.contract.Call.Argument;
import io.rowwise.kernel.CrossEntropy;
import io.rowwise.kernel.CrossEntropyGradient;
import io.rowwise.kernel.Evaluation;
import io.rowwise.kernel.LinearSoftmax;
import io.rowwise.kernel.LogSumExp;
import io.rowwise.kernel.MaskedSoftmax;
import io.rowwise.kernel.RmsNorm;
import io.rowwise.kernel.Targets;
import io.rowwise.kernel.TopK;
import io.rowwise.kernel.TrainingEpoch;
import io.rowwise.kernel.TrainingStep;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Wrong arguments: each of every operation in turn is made wrong in each way. The answer is an
 * exception of the right type with a message that names the operation and the argument, and nothing
 * is written.
 */
public interface ArgumentContract extends BackendUnderTest {
  /** Runs a wrong call, and checks its exception and that no matrix has changed. */
  private static <T extends RuntimeException> void assertRejected(
      Class<T> exception,
      Backend backend,
      Call.Body body,
      Matrix[] arguments,
      List<Matrix> watched,
      String... fragments) {
    List<double[]> before = watched.stream().map(Matrix::toDoubles).toList();
    T thrown = assertThrows(exception, () -> body.run(backend, arguments));
    assertEquals(exception, thrown.getClass());
    for (String fragment : fragments) {
      assertTrue(
          thrown.getMessage().contains(fragment),
          "the message '%s' does not contain '%s'".formatted(thrown.getMessage(), fragment));
    }
    for (int i = 0; i < before.size(); i++) {
      Accuracy.assertSame("argument " + i, before.get(i), watched.get(i).toDoubles());
    }
  }

  /** All but one, which cannot be read. */
  private static List<Matrix> allBut(Matrix[] matrices, int left) {
    List<Matrix> others = new ArrayList<>(List.of(matrices));
    others.remove(left);
    return others;
  }

  private static void close(Matrix... matrices) {
    for (Matrix matrix : matrices) {
      matrix.close();
    }
  }

  @ParameterizedTest
  @MethodSource("io.rowwise.backend.contract.Call#all")
  default void theRightCallIsTaken(Call call) {
    for (ElementType type : ElementType.arithmetic()) {
      Matrix[] matrices = call.make(backend(), type);
      call.body().run(backend(), matrices);
      close(matrices);
    }
  }

  @ParameterizedTest
  @MethodSource("io.rowwise.backend.contract.Call#all")
  default void noMatrixMayBeNull(Call call) {
    for (int i = 0; i < call.arguments().size(); i++) {
      Matrix[] matrices = call.make(backend(), ElementType.FLOAT64);
      List<Matrix> others = allBut(matrices, i);
      Matrix left = matrices[i];
      matrices[i] = null;
      assertRejected(
          NullPointerException.class,
          backend(),
          call.body(),
          matrices,
          others,
          call.operation() + ": ",
          call.arguments().get(i).name() + " is null");
      matrices[i] = left;
      close(matrices);
    }
  }

  @ParameterizedTest
  @MethodSource("io.rowwise.backend.contract.Call#all")
  default void noMatrixMayBeClosed(Call call) {
    for (int i = 0; i < call.arguments().size(); i++) {
      Matrix[] matrices = call.make(backend(), ElementType.FLOAT64);
      List<Matrix> others = allBut(matrices, i);
      matrices[i].close();
      assertRejected(
          IllegalStateException.class,
          backend(),
          call.body(),
          matrices,
          others,
          call.operation() + ": " + call.arguments().get(i).name(),
          "is closed");
      close(matrices);
    }
  }

  @ParameterizedTest
  @MethodSource("io.rowwise.backend.contract.Call#all")
  default void noMatrixMayBeAViewOfAClosedOne(Call call) {
    for (int i = 0; i < call.arguments().size(); i++) {
      Matrix[] matrices = call.make(backend(), ElementType.FLOAT64);
      List<Matrix> others = allBut(matrices, i);
      Matrix owner = matrices[i];
      matrices[i] = owner.rows(0, owner.rows()).columns(0, owner.columns());
      owner.close();
      assertRejected(
          IllegalStateException.class,
          backend(),
          call.body(),
          matrices,
          others,
          call.operation() + ": " + call.arguments().get(i).name(),
          "is closed");
      close(matrices);
    }
  }

  @ParameterizedTest
  @MethodSource("io.rowwise.backend.contract.Call#all")
  default void noMatrixMayBeAClosedView(Call call) {
    for (int i = 0; i < call.arguments().size(); i++) {
      Matrix[] matrices = call.make(backend(), ElementType.FLOAT64);
      List<Matrix> owners = List.of(matrices.clone());
      matrices[i] = owners.get(i).rows(0, owners.get(i).rows());
      matrices[i].close();
      assertRejected(
          IllegalStateException.class,
          backend(),
          call.body(),
          matrices,
          owners,
          call.operation() + ": " + call.arguments().get(i).name(),
          "is closed");
      owners.forEach(Matrix::close);
    }
  }

  @Test
  default void noMatrixMayBelongToAnotherBackend() {
    try (Backend other = openBackend()) {
      Call.all()
          .forEach(
              call -> {
                for (int i = 0; i < call.arguments().size(); i++) {
                  Matrix[] matrices = call.make(backend(), ElementType.FLOAT64);
                  matrices[i].close();
                  matrices[i] = call.arguments().get(i).make(other, ElementType.FLOAT64);
                  assertRejected(
                      IllegalArgumentException.class,
                      backend(),
                      call.body(),
                      matrices,
                      List.of(matrices),
                      call.operation() + ": " + call.arguments().get(i).name(),
                      "another backend");
                  close(matrices);
                }
              });
    }
  }

  @ParameterizedTest
  @MethodSource("io.rowwise.backend.contract.Call#all")
  default void allMatricesHaveOneType(Call call) {
    for (ElementType type : ElementType.arithmetic()) {
      ElementType otherType =
          type == ElementType.FLOAT32 ? ElementType.FLOAT64 : ElementType.FLOAT32;
      // A single matrix cannot differ from the others, and a copy converts.
      boolean mayDiffer = call.arguments().size() < 2 || call.operation().equals("copy");
      for (int i = 0; i < call.arguments().size() && !mayDiffer; i++) {
        Matrix[] matrices = call.make(backend(), type);
        matrices[i].close();
        matrices[i] = call.arguments().get(i).make(backend(), otherType);
        // The first argument sets the type, so if it is the wrong one another is named.
        assertRejected(
            IllegalArgumentException.class,
            backend(),
            call.body(),
            matrices,
            List.of(matrices),
            call.operation() + ": " + (i == 0 ? "" : call.arguments().get(i).name()),
            "float32",
            "float64");
        close(matrices);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("io.rowwise.backend.contract.Call#all")
  default void allShapesFit(Call call) {
    for (int i = 0; i < call.arguments().size() && call.arguments().size() > 1; i++) {
      Argument argument = call.arguments().get(i);
      int rows = 2 * argument.rows();
      int columns = 2 * argument.columns();
      Matrix[] matrices = call.make(backend(), ElementType.FLOAT64);
      matrices[i].close();
      matrices[i] = backend().matrix(ElementType.FLOAT64, rows, columns);
      assertRejected(
          IllegalArgumentException.class,
          backend(),
          call.body(),
          matrices,
          List.of(matrices),
          call.operation() + ": ");
      close(matrices);
    }
  }

  @ParameterizedTest
  @MethodSource("io.rowwise.backend.contract.Call#all")
  default void noResultOverlapsAnotherArgumentInPart(Call call) {
    for (int result = 0; result < call.arguments().size(); result++) {
      for (int other = 0; other < call.arguments().size(); other++) {
        Argument first = call.arguments().get(result);
        Argument second = call.arguments().get(other);
        int length = first.rows() * first.columns();
        int otherLength = second.rows() * second.columns();
        // Single elements at one place do not overlap in part.
        if (other == result || !first.written() || length * otherLength == 1) {
          continue;
        }
        Matrix[] matrices = call.make(backend(), ElementType.FLOAT64);
        matrices[result].close();
        matrices[other].close();
        double[] values =
            new RandomValues(ElementType.FLOAT64, 1).uniform(length + otherLength - 1, 0, 1);
        Matrix memory = backend().matrix(1, values.length, values);
        matrices[other] = memory.columns(0, otherLength).reshape(second.rows(), second.columns());
        matrices[result] =
            memory.columns(otherLength - 1, values.length).reshape(first.rows(), first.columns());
        assertRejected(
            IllegalArgumentException.class,
            backend(),
            call.body(),
            matrices,
            List.of(matrices),
            call.operation() + ": ",
            first.name() + " (",
            second.name() + " (",
            "overlaps");
        close(matrices);
        memory.close();
      }
    }
  }

  @ParameterizedTest
  @MethodSource("io.rowwise.backend.contract.Call#all")
  default void aResultReplacesOnlyTheInputsThatItMay(Call call) {
    for (int result = 0; result < call.arguments().size(); result++) {
      for (int other = 0; other < call.arguments().size(); other++) {
        Argument first = call.arguments().get(result);
        Argument second = call.arguments().get(other);
        if (other == result || !first.written() || !first.hasShapeOf(second)) {
          continue;
        }
        Matrix[] matrices = call.make(backend(), ElementType.FLOAT64);
        matrices[result].close();
        // Not the same object, but a view of the same place.
        matrices[result] = matrices[other].rows(0, first.rows());
        if (first.mayReplace().contains(second.name())) {
          call.body().run(backend(), matrices);
        } else {
          assertRejected(
              IllegalArgumentException.class,
              backend(),
              call.body(),
              matrices,
              List.of(matrices),
              call.operation() + ": ",
              first.name() + " (",
              second.name() + " (",
              "overlaps");
        }
        close(matrices);
      }
    }
  }

  /** A call with something wrong in it that takes more than a table of matrices to say. */
  record Mistake(String what, Call.Body body, List<Argument> matrices, List<String> fragments) {
    @Override
    public String toString() {
      return what;
    }
  }

  private static Mistake mistake(
      String what, Call.Body body, List<Argument> matrices, String... fragments) {
    return new Mistake(what, body, matrices, List.of(fragments));
  }

  private static List<Argument> shapes(int... rowsAndColumns) {
    List<Argument> matrices = new ArrayList<>();
    for (int i = 0; i < rowsAndColumns.length; i += 2) {
      matrices.add(Call.input("m" + i / 2, rowsAndColumns[i], rowsAndColumns[i + 1]));
    }
    return matrices;
  }

  static Stream<Mistake> mistakes() {
    Call.Body product = (backend, m) -> backend.matmul(m[0], m[1], m[2]);
    Call.Body add = (backend, m) -> backend.add(m[0], m[1], m[2]);
    Call.Body linearSoftmax =
        (backend, m) -> {
          try (LinearSoftmax kernel = backend.kernel(LinearSoftmax.TYPE)) {
            kernel.apply(m[0], m[1], m[2], m[3]);
          }
        };
    Call.Body crossEntropy =
        (backend, m) -> {
          try (CrossEntropy kernel = backend.kernel(CrossEntropy.TYPE)) {
            kernel.apply(m[0], Targets.ofProbabilities(m[1]), m[2]);
          }
        };
    Call.Body gradient =
        (backend, m) -> {
          try (CrossEntropyGradient kernel = backend.kernel(CrossEntropyGradient.TYPE)) {
            kernel.apply(m[0], Targets.ofProbabilities(m[1]), m[2]);
          }
        };
    Call.Body evaluation =
        (backend, m) -> {
          try (Evaluation kernel = backend.kernel(Evaluation.TYPE)) {
            kernel.apply(m[0], Targets.ofProbabilities(m[1]), m[2], m[3], m[4]);
          }
        };
    List<Argument> training = shapes(4, 2, 4, 3, 2, 3, 1, 3, 1, 1);
    Stream<Mistake> shapes =
        Stream.of(
            mistake(
                "matmul with inner dimensions that differ",
                product,
                shapes(3, 4, 5, 2, 3, 2),
                "matmul: a is 3x4, b is 5x2"),
            mistake(
                "matmul that forgets a transpose",
                (backend, m) -> backend.matmul(1, m[0], Transpose.YES, m[1], Transpose.NO, 0, m[2]),
                shapes(3, 4, 4, 2, 3, 2),
                "matmul: a transposed is 4x3, b is 4x2"),
            mistake(
                "matmul into another shape",
                product,
                shapes(3, 4, 4, 2, 2, 3),
                "matmul: out is 2x3, wanted 3x2"),
            mistake(
                "rowMax into a row",
                (backend, m) -> backend.rowMax(m[0], m[1]),
                shapes(3, 4, 1, 3),
                "rowMax: out is 1x3, wanted 3x1"),
            mistake(
                "rowMax of no columns",
                (backend, m) -> backend.rowMax(m[0], m[1]),
                shapes(3, 0, 3, 1),
                "rowMax: x has 0 columns"),
            mistake(
                "rowArgMax of no columns",
                (backend, m) -> backend.rowArgMax(m[0], m[1]),
                shapes(3, 0, 3, 1),
                "rowArgMax: x has 0 columns"),
            mistake(
                "rowSum into another shape",
                (backend, m) -> backend.rowSum(m[0], m[1]),
                shapes(3, 4, 3, 4),
                "rowSum: out is 3x4, wanted 3x1"),
            mistake(
                "columnSum into a column",
                (backend, m) -> backend.columnSum(m[0], m[1]),
                shapes(3, 4, 4, 1),
                "columnSum: out is 4x1, wanted 1x4"),
            mistake(
                "exp of a transposed shape",
                (backend, m) -> backend.exp(m[0], m[1]),
                shapes(3, 4, 4, 3),
                "exp: out is 4x3, wanted 3x4"),
            mistake(
                "add of a row that is too long",
                add,
                shapes(3, 4, 1, 5, 3, 4),
                "add: b is 1x5 and out 3x4",
                "1x4",
                "3x1"),
            mistake(
                "add of a column that is too short",
                add,
                shapes(2, 1, 3, 4, 3, 4),
                "add: a is 2x1 and out 3x4"),
            mistake(
                "add into a row that the operands outgrow",
                add,
                shapes(3, 4, 1, 4, 1, 4),
                "add: a is 3x4 and out 1x4"),
            mistake(
                "addScaled of a row to be repeated",
                (backend, m) -> backend.addScaled(1, m[0], m[1]),
                shapes(1, 4, 3, 4),
                "addScaled: out is 3x4, wanted 1x4"),
            mistake(
                "copy into another shape",
                (backend, m) -> backend.copy(m[0], m[1]),
                shapes(3, 4, 4, 3),
                "copy: out is 4x3, wanted 3x4"),
            mistake(
                "weights that do not fit",
                linearSoftmax,
                shapes(4, 2, 3, 3, 1, 3, 4, 3),
                "linear-softmax: x has 2 columns, the weights have 3 rows"),
            mistake(
                "a bias that does not fit",
                linearSoftmax,
                shapes(4, 2, 2, 3, 1, 2, 4, 3),
                "linear-softmax: bias is 1x2, wanted 1x3"),
            mistake(
                "no classes",
                linearSoftmax,
                shapes(4, 2, 2, 0, 1, 0, 4, 0),
                "linear-softmax: weights has 0 columns"),
            mistake(
                "a loss of no rows",
                crossEntropy,
                shapes(0, 3, 0, 3, 1, 1),
                "cross-entropy: logits has 0 rows"),
            mistake(
                "a loss of no classes",
                crossEntropy,
                shapes(3, 0, 3, 0, 1, 1),
                "cross-entropy: logits has 0 columns"),
            mistake(
                "targets that do not fit",
                crossEntropy,
                shapes(3, 4, 3, 1, 1, 1),
                "cross-entropy: targets is 3x1, wanted 3x4"),
            mistake(
                "a loss for each row",
                crossEntropy,
                shapes(3, 4, 3, 4, 3, 1),
                "cross-entropy: loss is 3x1, wanted 1x1"),
            mistake(
                "a gradient of no rows",
                gradient,
                shapes(0, 3, 0, 3, 0, 3),
                "cross-entropy-gradient: logits has 0 rows"),
            mistake(
                "an evaluation of no rows",
                evaluation,
                shapes(0, 2, 0, 3, 2, 3, 1, 3, 1, 2),
                "evaluation: x has 0 rows"),
            mistake(
                "an evaluation without room for the accuracy",
                evaluation,
                shapes(4, 2, 4, 3, 2, 3, 1, 3, 1, 1),
                "evaluation: result is 1x1, wanted 1x2"),
            mistake(
                "training with no rows",
                step(0.1),
                shapes(0, 2, 0, 3, 2, 3, 1, 3, 1, 1),
                "training-step: x has 0 rows"),
            mistake(
                "an epoch with no rows",
                epoch(1, 0.1),
                shapes(0, 2, 0, 3, 2, 3, 1, 3, 1, 1),
                "training-epoch: x has 0 rows"),
            mistake("batches of 0 rows", epoch(0, 0.1), training, "training-epoch:", "0 rows"),
            mistake("batches of -1 rows", epoch(-1, 0.1), training, "training-epoch:", "-1 rows"));
    Stream<Mistake> rates =
        Stream.of(-0.1, Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY)
            .flatMap(
                rate ->
                    Stream.of(
                        mistake(
                            "a step at the rate " + rate,
                            step(rate),
                            training,
                            "training-step: the learning rate is " + rate),
                        mistake(
                            "an epoch at the rate " + rate,
                            epoch(2, rate),
                            training,
                            "training-epoch: the learning rate is " + rate)));
    return Stream.of(shapes, rates, mistakesOfRowFunctions()).flatMap(each -> each);
  }

  private static Stream<Mistake> mistakesOfRowFunctions() {
    Call.Body logSumExp =
        (backend, m) -> {
          try (LogSumExp kernel = backend.kernel(LogSumExp.TYPE)) {
            kernel.apply(m[0], m[1]);
          }
        };
    Call.Body topK =
        (backend, m) -> {
          try (TopK kernel = backend.kernel(TopK.TYPE)) {
            kernel.apply(m[0], m[1], m[2]);
          }
        };
    List<Argument> three = shapes(3, 4, 1, 4, 3, 4);
    Stream<Mistake> shapes =
        Stream.of(
            mistake(
                "a log-sum-exp of no columns",
                logSumExp,
                shapes(3, 0, 3, 1),
                "log-sum-exp: logits has 0 columns"),
            mistake(
                "a log-sum-exp into a row",
                logSumExp,
                shapes(3, 4, 1, 3),
                "log-sum-exp: result is 1x3, wanted 3x1"),
            mistake(
                "none of the largest",
                topK,
                shapes(3, 4, 3, 0, 3, 0),
                "top-k: values has 0 columns, x has 4; wanted 1 to as many"),
            mistake(
                "more than all of the largest",
                topK,
                shapes(3, 4, 3, 5, 3, 5),
                "top-k: values has 5 columns, x has 4; wanted 1 to as many"),
            mistake(
                "fewer columns than values",
                topK,
                shapes(3, 4, 3, 2, 3, 1),
                "top-k: columns is 3x1, wanted 3x2"),
            mistake(
                "a mask of other rows",
                maskedSoftmax(1),
                shapes(3, 4, 2, 4, 3, 4),
                "masked-softmax: mask is 2x4, wanted 3x4, or 1x4 for all rows"),
            mistake(
                "a mask of other columns",
                maskedSoftmax(1),
                shapes(3, 4, 3, 1, 3, 4),
                "masked-softmax: mask is 3x1, wanted 3x4, or 1x4 for all rows"),
            mistake(
                "a gain for each row",
                rmsNorm(0),
                shapes(3, 4, 3, 1, 3, 4),
                "rms-norm: gain is 3x1, wanted 1x4"));
    Stream<Mistake> numbers =
        Stream.of(-0.1, Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY)
            .flatMap(
                number ->
                    Stream.of(
                        mistake(
                            "a temperature of " + number,
                            maskedSoftmax(number),
                            three,
                            "masked-softmax: the temperature is " + number),
                        mistake(
                            "an epsilon of " + number,
                            rmsNorm(number),
                            three,
                            "rms-norm: epsilon is " + number)));
    Stream<Mistake> cold =
        Stream.of(0.0, Double.MIN_VALUE)
            .map(
                number ->
                    mistake(
                        "a temperature of " + number,
                        maskedSoftmax(number),
                        three,
                        "masked-softmax: the temperature is " + number));
    return Stream.of(shapes, numbers, cold).flatMap(each -> each);
  }

  private static Call.Body maskedSoftmax(double temperature) {
    return (backend, m) -> {
      try (MaskedSoftmax kernel = backend.kernel(MaskedSoftmax.TYPE)) {
        kernel.apply(m[0], m[1], temperature, m[2]);
      }
    };
  }

  private static Call.Body rmsNorm(double epsilon) {
    return (backend, m) -> {
      try (RmsNorm kernel = backend.kernel(RmsNorm.TYPE)) {
        kernel.apply(m[0], m[1], epsilon, m[2]);
      }
    };
  }

  private static Call.Body step(double rate) {
    return (backend, m) -> {
      try (TrainingStep kernel = backend.kernel(TrainingStep.TYPE)) {
        kernel.apply(m[0], Targets.ofProbabilities(m[1]), rate, m[2], m[3], m[4]);
      }
    };
  }

  private static Call.Body epoch(int batchRows, double rate) {
    return (backend, m) -> {
      try (TrainingEpoch kernel = backend.kernel(TrainingEpoch.TYPE)) {
        kernel.apply(m[0], Targets.ofProbabilities(m[1]), batchRows, rate, m[2], m[3], m[4]);
      }
    };
  }

  @ParameterizedTest
  @MethodSource("io.rowwise.backend.contract.ArgumentContract#mistakes")
  default void theMessageSaysWhatCameAndWhatWasWanted(Mistake mistake) {
    Matrix[] matrices =
        mistake.matrices().stream()
            .map(argument -> argument.make(backend(), ElementType.FLOAT64))
            .toArray(Matrix[]::new);
    assertRejected(
        IllegalArgumentException.class,
        backend(),
        mistake.body(),
        matrices,
        List.of(matrices),
        mistake.fragments().toArray(String[]::new));
    close(matrices);
  }

  @Test
  default void rowArgMaxInFloat32RefusesRowsWithColumnsThatAFloatCannotCount() {
    // Without rows there is no memory behind it, and the shapes are checked all the same.
    int columns = (1 << 24) + 1;
    try (Matrix x = backend().matrix(ElementType.FLOAT32, 0, columns);
        Matrix out = backend().matrix(ElementType.FLOAT32, 0, 1);
        Matrix x64 = backend().matrix(ElementType.FLOAT64, 0, columns);
        Matrix out64 = backend().matrix(ElementType.FLOAT64, 0, 1)) {
      IllegalArgumentException thrown =
          assertThrows(IllegalArgumentException.class, () -> backend().rowArgMax(x, out));
      assertTrue(thrown.getMessage().startsWith("rowArgMax: x has 16777217 columns"));
      backend().rowArgMax(x64, out64);
      backend().rowMax(x, out);
      try (TopK topK = backend().kernel(TopK.TYPE);
          Matrix places = backend().matrix(ElementType.FLOAT32, 0, 1);
          Matrix places64 = backend().matrix(ElementType.FLOAT64, 0, 1)) {
        thrown = assertThrows(IllegalArgumentException.class, () -> topK.apply(x, out, places));
        assertTrue(thrown.getMessage().startsWith("top-k: x has 16777217 columns"));
        topK.apply(x64, out64, places64);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOAT32", "FLOAT64"})
  default void columnsSideBySideDoNotOverlap(ElementType type) {
    try (Workspace workspace = new Workspace(backend(), type)) {
      Matrix memory = workspace.changing(Layout.WHOLE, 3, 4, 1, 2, 0, 0, 3, 4, 0, 0, 5, 6, 0, 0);
      backend().add(memory.columns(0, 2), 10, memory.columns(2, 4));
      backend().rowSum(memory.columns(0, 2), memory.columns(2, 3));
      Accuracy.assertSame(
          "columns side by side",
          new double[] {1, 2, 3, 12, 3, 4, 7, 14, 5, 6, 11, 16},
          memory.toDoubles());
    }
  }
}
