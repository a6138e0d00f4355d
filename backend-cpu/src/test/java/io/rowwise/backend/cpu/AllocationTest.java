package io.rowwise.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.ThreadMXBean;
import io.rowwise.backend.Backend;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.backend.cpu.parallel.Workers;
import io.rowwise.classifier.SoftmaxClassifier;
import io.rowwise.kernel.CrossEntropy;
import io.rowwise.kernel.CrossEntropyGradient;
import io.rowwise.kernel.Evaluation;
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
import java.lang.management.ManagementFactory;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Once a kernel has met its shapes, it leaves nothing to the garbage collector: not in a step of
 * training, an epoch, an evaluation or a prediction, and not in a helper either.
 */
final class AllocationTest {
  private static final int REPETITIONS = 20;
  private static final int MOST_ROUNDS = 100;
  private static final long FEW_BYTES = 700;
  private static final ThreadMXBean THREADS =
      ManagementFactory.getThreadMXBean() instanceof ThreadMXBean bean ? bean : null;

  static Stream<Arguments> cases() {
    // Rows, features, classes: few and many classes, one product and several, logits class by class
    // and row by row, a last batch that is smaller.
    int[][] shapes = {{100, 5, 3}, {3000, 5, 3}, {300, 784, 10}, {70, 40, 100}, {600, 300, 120}};
    return Stream.of(shapes)
        .flatMap(
            shape ->
                ElementType.arithmetic().stream()
                    .flatMap(
                        type ->
                            Stream.of(1, 3)
                                .map(
                                    threads ->
                                        Arguments.of(
                                            type, shape[0], shape[1], shape[2], threads))));
  }

  /** What this thread and the backend's helpers have allocated so far, in bytes. */
  private static long allocated() {
    long sum = THREADS.getCurrentThreadAllocatedBytes();
    for (long id : helpers) {
      sum += THREADS.getThreadAllocatedBytes(id);
    }
    return sum;
  }

  private static void assumeAllocationsAreCounted() {
    assumeTrue(
        THREADS != null && THREADS.isThreadAllocatedMemorySupported(),
        "a JVM that counts what a thread allocates");
  }

  private static long[] helpers = {};

  private static void findHelpers() {
    helpers =
        Thread.getAllStackTraces().keySet().stream()
            .filter(thread -> thread.getName().startsWith("rowwise-cpu-"))
            .mapToLong(AllocationTest::id)
            .toArray();
  }

  @SuppressWarnings("deprecation") // threadId() is from JDK 19 on.
  private static long id(Thread thread) {
    return thread.getId();
  }

  /**
   * A helper makes its scratch memory when it first gets a part, which may be later than sooner.
   */
  private static void assertAllocatesNothing(String what, Runnable call) {
    assertAllocates(0, what, call);
  }

  private static void assertAllocates(long most, String what, Runnable call) {
    long allocated = Long.MAX_VALUE;
    for (int round = 0; round < MOST_ROUNDS && allocated > most * REPETITIONS; round++) {
      findHelpers();
      allocated();
      long before = allocated();
      for (int i = 0; i < REPETITIONS; i++) {
        call.run();
      }
      allocated = allocated() - before;
    }
    long ofEach = allocated / REPETITIONS;
    assertTrue(
        allocated <= most * REPETITIONS, () -> what + ": " + ofEach + " bytes allocated by each");
  }

  @ParameterizedTest
  @MethodSource("cases")
  void nothingIsLeftToTheCollector(
      ElementType type, int rows, int features, int classes, int threads) {
    assumeAllocationsAreCounted();
    double[] oneHot = new double[rows * classes];
    for (int row = 0; row < rows; row++) {
      oneHot[row * classes + row % classes] = 1;
    }
    try (Backend backend = new CpuBackend(new Workers(threads, 0, 0));
        Matrix x = backend.matrix(type, rows, features);
        Matrix y = backend.matrix(type, rows, classes, oneHot);
        Matrix z = backend.matrix(type, rows, classes);
        Matrix out = backend.matrix(type, rows, classes);
        Matrix weights = backend.matrix(type, features, classes);
        Matrix bias = backend.matrix(type, 1, classes);
        Matrix one = backend.matrix(type, 1, 1);
        Matrix two = backend.matrix(type, 1, 2);
        Softmax softmax = backend.kernel(Softmax.TYPE);
        LogSoftmax logSoftmax = backend.kernel(LogSoftmax.TYPE);
        MaskedSoftmax maskedSoftmax = backend.kernel(MaskedSoftmax.TYPE);
        LogSumExp logSumExp = backend.kernel(LogSumExp.TYPE);
        CrossEntropy crossEntropy = backend.kernel(CrossEntropy.TYPE);
        CrossEntropyGradient gradient = backend.kernel(CrossEntropyGradient.TYPE);
        LinearSoftmax linearSoftmax = backend.kernel(LinearSoftmax.TYPE);
        Evaluation evaluation = backend.kernel(Evaluation.TYPE);
        TrainingStep step = backend.kernel(TrainingStep.TYPE);
        TrainingEpoch epoch = backend.kernel(TrainingEpoch.TYPE);
        SoftmaxClassifier classifier =
            new SoftmaxClassifier(backend, type, features, classes, 42)) {
      Targets targets = Targets.ofProbabilities(y);
      assertAllocatesNothing("softmax", () -> softmax.apply(z, out));
      assertAllocatesNothing("log-softmax", () -> logSoftmax.apply(z, out));
      Matrix column = out.columns(0, 1);
      assertAllocatesNothing("masked softmax", () -> maskedSoftmax.apply(z, y, 2, out));
      assertAllocatesNothing("log-sum-exp", () -> logSumExp.apply(z, column));
      assertAllocatesNothing("cross-entropy", () -> crossEntropy.apply(z, targets, one));
      assertAllocatesNothing("its gradient", () -> gradient.apply(z, targets, out));
      Matrix row = x.rows(0, 1);
      Matrix itsOut = out.rows(0, 1);
      assertAllocatesNothing("a row's", () -> linearSoftmax.apply(row, weights, bias, itsOut));
      assertAllocatesNothing("prediction", () -> linearSoftmax.apply(x, weights, bias, out));
      assertAllocatesNothing("evaluation", () -> evaluation.apply(x, targets, weights, bias, two));
      assertAllocatesNothing("step", () -> step.apply(x, targets, 0.1, weights, bias, one));
      assertAllocatesNothing("epoch", () -> epoch.apply(x, targets, 33, 0.1, weights, bias, one));
      assertAllocatesNothing("update", () -> classifier.update(x, targets, 0.1));
      assertAllocatesNothing("predict", () -> classifier.predict(x, out));
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"BFLOAT16", "FLOAT16"})
  void typesOf16BitsLeaveNothingEither(ElementType type) {
    assumeAllocationsAreCounted();
    for (int classes : new int[] {3, 100}) {
      try (Backend backend = new CpuBackend(new Workers(1, 0, 0));
          Matrix x = backend.matrix(type, 300, 50);
          Matrix weights = backend.matrix(type, 50, classes);
          Matrix bias = backend.matrix(type, 1, classes);
          Matrix z = backend.matrix(type, 300, classes);
          Matrix out = backend.matrix(type, 300, classes);
          Matrix wide = backend.matrix(ElementType.FLOAT32, 300, classes);
          Softmax softmax = backend.kernel(Softmax.TYPE);
          LinearSoftmax linearSoftmax = backend.kernel(LinearSoftmax.TYPE)) {
        assertAllocatesNothing("softmax", () -> softmax.apply(z, out));
        // The copy of the weights is an operation by itself.
        assertAllocates(FEW_BYTES, "prediction", () -> linearSoftmax.apply(x, weights, bias, out));
        assertAllocates(FEW_BYTES, "copy", () -> backend.copy(z, wide));
        assertAllocates(FEW_BYTES, "copy back", () -> backend.copy(wide, z));
      }
    }
  }

  static Stream<Arguments> shapesOfOperations() {
    // One tile, several, rows as long as several, columns that are shared.
    int[][] shapes = {{10, 10}, {300, 300}, {40, 3000}, {3000, 7}};
    return Stream.of(shapes)
        .flatMap(
            shape ->
                ElementType.arithmetic().stream()
                    .flatMap(
                        type ->
                            Stream.of(1, 3)
                                .map(threads -> Arguments.of(type, shape[0], shape[1], threads))));
  }

  /**
   * An operation by itself makes a few small objects, for any size of its matrices. A product of
   * matrices makes a few for each part, too.
   */
  @ParameterizedTest
  @MethodSource("shapesOfOperations")
  void operationsLeaveLittle(ElementType type, int rows, int columns, int threads) {
    assumeAllocationsAreCounted();
    try (Backend backend = new CpuBackend(new Workers(threads, 0, 0));
        Matrix a = backend.matrix(type, rows, columns);
        Matrix out = backend.matrix(type, rows, columns);
        Matrix wide = backend.matrix(type, rows, columns + 1);
        Matrix row = backend.matrix(type, 1, columns);
        Matrix column = backend.matrix(type, rows, 1);
        RmsNorm rmsNorm = backend.kernel(RmsNorm.TYPE);
        TopK topK = backend.kernel(TopK.TYPE)) {
      backend.fill(1.5, a);
      backend.fill(1.5, row);
      backend.fill(1.5, column);
      Matrix part = wide.columns(1, columns + 1);
      backend.fill(2.5, part);
      String and = " of " + rows + " x " + columns;
      assertAllocates(FEW_BYTES, "exp" + and, () -> backend.exp(a, out));
      assertAllocates(FEW_BYTES, "log" + and, () -> backend.log(a, out));
      assertAllocates(FEW_BYTES, "exp of a part" + and, () -> backend.exp(part, out));
      assertAllocates(FEW_BYTES, "add" + and, () -> backend.add(a, out, out));
      assertAllocates(FEW_BYTES, "divide" + and, () -> backend.divide(a, a, out));
      assertAllocates(FEW_BYTES, "divide by a row" + and, () -> backend.divide(a, row, out));
      assertAllocates(FEW_BYTES, "divide by a column" + and, () -> backend.divide(a, column, out));
      assertAllocates(FEW_BYTES, "divide a part" + and, () -> backend.divide(part, a, part));
      assertAllocates(FEW_BYTES, "divide by a number" + and, () -> backend.divide(a, 2, out));
      assertAllocates(FEW_BYTES, "equal" + and, () -> backend.equal(a, part, out));
      assertAllocates(FEW_BYTES, "fill" + and, () -> backend.fill(1, part));
      assertAllocates(FEW_BYTES, "copy" + and, () -> backend.copy(part, out));
      Matrix values = out.columns(0, 3);
      Matrix places = out.columns(3, 6);
      assertAllocates(FEW_BYTES, "RMS norm" + and, () -> rmsNorm.apply(a, row, 1, out));
      assertAllocates(FEW_BYTES, "top k" + and, () -> topK.apply(a, values, places));
      assertAllocates(FEW_BYTES, "row max" + and, () -> backend.rowMax(a, column));
      assertAllocates(FEW_BYTES, "row sum" + and, () -> backend.rowSum(a, column));
      assertAllocates(FEW_BYTES, "row arg max" + and, () -> backend.rowArgMax(a, column));
      assertAllocates(FEW_BYTES, "column sum" + and, () -> backend.columnSum(a, row));
    }
  }
}
