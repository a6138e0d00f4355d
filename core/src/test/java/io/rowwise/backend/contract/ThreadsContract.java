package io.rowwise.backend.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.rowwise.backend.Backend;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.backend.Transpose;
import io.rowwise.kernel.CrossEntropyGradient;
import io.rowwise.kernel.Evaluation;
import io.rowwise.kernel.LinearSoftmax;
import io.rowwise.kernel.Softmax;
import io.rowwise.kernel.Targets;
import io.rowwise.kernel.TrainingEpoch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The same call gives the same bits: when it is repeated, and when other threads are at work on the
 * same backend.
 */
public interface ThreadsContract extends BackendUnderTest {
  /** How many threads work at once. */
  int THREADS = 4;

  /** Runs the tasks at the same time, one thread each, and gives their results in order. */
  private static <T> List<T> atOnce(List<Callable<T>> tasks)
      throws InterruptedException, ExecutionException {
    ExecutorService threads = Executors.newFixedThreadPool(tasks.size());
    CyclicBarrier start = new CyclicBarrier(tasks.size());
    try {
      List<Future<T>> futures = new ArrayList<>();
      for (Callable<T> task : tasks) {
        futures.add(
            threads.submit(
                () -> {
                  start.await();
                  return task.call();
                }));
      }
      List<T> results = new ArrayList<>();
      for (Future<T> future : futures) {
        results.add(future.get());
      }
      return results;
    } finally {
      threads.shutdownNow();
    }
  }

  /** Something of everything, on matrices and kernels of its own; other data for another seed. */
  private static List<double[]> work(Backend backend, ElementType type, Matrix shared, long seed) {
    RandomValues random = new RandomValues(type, seed);
    int rows = 9 + (int) seed;
    int features = shared.rows();
    int classes = shared.columns();
    List<double[]> results = new ArrayList<>();
    try (Workspace workspace = new Workspace(backend, type);
        Softmax softmax = backend.kernel(Softmax.TYPE);
        LinearSoftmax linearSoftmax = backend.kernel(LinearSoftmax.TYPE);
        CrossEntropyGradient gradient = backend.kernel(CrossEntropyGradient.TYPE);
        TrainingEpoch epoch = backend.kernel(TrainingEpoch.TYPE);
        Evaluation evaluation = backend.kernel(Evaluation.TYPE)) {
      Matrix x = workspace.input(Layout.COLUMNS, rows, features, random.normal(rows * features));
      Matrix targets = workspace.input(rows, classes, random.oneHot(rows, classes));
      Matrix bias = workspace.changing(Layout.WHOLE, 1, classes, random.normal(classes));
      Matrix weights = workspace.output(features, classes);
      Matrix logits = workspace.output(Layout.ROWS, rows, classes);
      Matrix perRow = workspace.output(rows, 1);
      Matrix perColumn = workspace.output(1, classes);
      Matrix loss = workspace.output(1, 1);
      Matrix lossAndAccuracy = workspace.output(1, 2);

      backend.copy(shared, weights);
      backend.matmul(x, weights, logits);
      backend.add(logits, bias, logits);
      results.add(logits.toDoubles());
      backend.rowMax(logits, perRow);
      results.add(perRow.toDoubles());
      backend.subtract(logits, perRow, logits);
      backend.exp(logits, logits);
      backend.rowSum(logits, perRow);
      backend.columnSum(logits, perColumn);
      results.add(perRow.toDoubles());
      results.add(perColumn.toDoubles());
      backend.log(logits, logits);
      softmax.apply(logits, logits);
      results.add(logits.toDoubles());
      gradient.apply(logits, Targets.ofProbabilities(targets), logits);
      results.add(logits.toDoubles());
      backend.matmul(-0.1, x, Transpose.YES, logits, Transpose.NO, 1, weights);
      results.add(weights.toDoubles());
      epoch.apply(x, Targets.ofProbabilities(targets), 4, 0.1, weights, bias, loss);
      results.add(weights.toDoubles());
      results.add(bias.toDoubles());
      results.add(loss.toDoubles());
      linearSoftmax.apply(x, weights, bias, logits);
      results.add(logits.toDoubles());
      evaluation.apply(x, Targets.ofProbabilities(targets), weights, bias, lossAndAccuracy);
      results.add(lossAndAccuracy.toDoubles());
      workspace.check();
    }
    return results;
  }

  private static void assertSameBits(String what, List<double[]> expected, List<double[]> actual) {
    assertEquals(expected.size(), actual.size());
    for (int i = 0; i < expected.size(); i++) {
      Accuracy.assertSame(what + ", result " + i, expected.get(i), actual.get(i));
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOAT32", "FLOAT64"})
  default void theSameCallsGiveTheSameBits(ElementType type) {
    try (Workspace workspace = new Workspace(backend(), type)) {
      Matrix shared = workspace.input(5, 33, new RandomValues(type, 71).normal(5 * 33));
      List<double[]> first = work(backend(), type, shared, 1);
      for (int i = 0; i < 3; i++) {
        assertSameBits("repeated", first, work(backend(), type, shared, 1));
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOAT32", "FLOAT64"})
  default void threadsDoNotDisturbEachOther(ElementType type)
      throws InterruptedException, ExecutionException {
    int repetitions = 8;
    try (Workspace workspace = new Workspace(backend(), type)) {
      Matrix shared = workspace.input(5, 33, new RandomValues(type, 72).normal(5 * 33));
      List<List<double[]>> alone = new ArrayList<>();
      List<Callable<List<List<double[]>>>> tasks = new ArrayList<>();
      for (int thread = 0; thread < THREADS; thread++) {
        long seed = thread;
        alone.add(work(backend(), type, shared, seed));
        tasks.add(
            () -> {
              List<List<double[]>> all = new ArrayList<>();
              for (int i = 0; i < repetitions; i++) {
                all.add(work(backend(), type, shared, seed));
              }
              return all;
            });
      }
      List<List<List<double[]>>> together = atOnce(tasks);
      for (int thread = 0; thread < THREADS; thread++) {
        for (List<double[]> results : together.get(thread)) {
          assertSameBits("thread " + thread, alone.get(thread), results);
        }
      }
      workspace.check();
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOAT32", "FLOAT64"})
  default void aNewBackendServesSeveralThreadsAtOnce(ElementType type)
      throws InterruptedException, ExecutionException {
    double[] values = new RandomValues(type, 73).normal(5 * 33);
    // Everything that is made at the first need is made while the others need it too.
    try (Backend fresh = openBackend();
        Matrix shared = fresh.matrix(type, 5, 33, values)) {
      List<Callable<List<double[]>>> tasks = new ArrayList<>();
      for (int thread = 0; thread < THREADS; thread++) {
        tasks.add(() -> work(fresh, type, shared, 1));
      }
      List<List<double[]>> together = atOnce(tasks);
      List<double[]> alone = work(fresh, type, shared, 1);
      for (List<double[]> results : together) {
        assertSameBits("one of several threads", alone, results);
      }
      assertEquals(1, fresh.openMatrices());
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOAT32", "FLOAT64"})
  default void whatOneThreadHasReadAnotherMayGoOnWith(ElementType type)
      throws InterruptedException, ExecutionException {
    try (Workspace workspace = new Workspace(backend(), type)) {
      Matrix matrix = workspace.changing(Layout.COLUMNS, 3, 5, new double[15]);
      // A read waits for the device, so a matrix may pass from thread to thread after it.
      for (int i = 0; i < 20; i++) {
        double value = i;
        Callable<double[]> turn =
            () -> {
              backend().add(matrix, 1, matrix);
              return matrix.toDoubles();
            };
        double[] expected = new double[15];
        Arrays.fill(expected, value + 1);
        Accuracy.assertSame("turn " + i, expected, atOnce(List.of(turn)).get(0));
      }
      workspace.check();
    }
  }
}
