package io.rowwise.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rowwise.backend.Backend;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.classifier.Score;
import io.rowwise.classifier.SoftmaxClassifier;
import io.rowwise.kernel.Evaluation;
import io.rowwise.kernel.LinearSoftmax;
import io.rowwise.kernel.Softmax;
import io.rowwise.kernel.Targets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Many threads at one classifier, or at one kernel, whose scratch memory is outside the heap: each
 * call is right or refused, and the process lives on.
 */
final class OneClassifierManyThreadsTest {
  private static final int THREADS = 6;
  private static final int CALLS = 400;
  private static final int FEATURES = 20;

  /** A call, and what it should give. */
  private interface Work {
    double[] result();
  }

  /** Does all of them at once, again and again; tells how many were not refused. */
  private static int atOnce(List<Work> works) throws Exception {
    CyclicBarrier start = new CyclicBarrier(works.size());
    List<FutureTask<Integer>> threads = new ArrayList<>();
    for (Work work : works) {
      double[] expected = work.result();
      Callable<Integer> repeated =
          () -> {
            start.await();
            int done = 0;
            for (int i = 0; i < CALLS; i++) {
              double[] actual;
              try {
                actual = work.result();
              } catch (IllegalStateException e) {
                assertTrue(e.getMessage().contains("one thread at a time"), e.getMessage());
                continue;
              }
              assertArrayEquals(expected, actual);
              done++;
            }
            return done;
          };
      threads.add(new FutureTask<>(repeated));
    }
    threads.forEach(thread -> new Thread(thread).start());
    int done = 0;
    for (FutureTask<Integer> thread : threads) {
      done += thread.get();
    }
    return done;
  }

  private static double[] random(int count, long seed) {
    return new Random(seed).doubles(count, -3, 3).toArray();
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOAT32", "FLOAT64"})
  void eachAnswerIsRightOrRefused(ElementType type) throws Exception {
    try (Backend backend = new CpuBackend(2)) {
      for (int classes : new int[] {3, 10, 70}) {
        List<Matrix> open = new ArrayList<>();
        try (SoftmaxClassifier classifier =
                SoftmaxClassifier.on(backend)
                    .type(type)
                    .features(FEATURES)
                    .classes(classes)
                    .create();
            Softmax softmax = backend.kernel(Softmax.TYPE);
            LinearSoftmax linearSoftmax = backend.kernel(LinearSoftmax.TYPE);
            Evaluation evaluation = backend.kernel(Evaluation.TYPE)) {
          Matrix weights = classifier.weights();
          Matrix bias = classifier.bias();
          List<Work> predictions = new ArrayList<>();
          List<Work> softmaxes = new ArrayList<>();
          List<Work> linears = new ArrayList<>();
          List<Work> evaluations = new ArrayList<>();
          for (int i = 0; i < THREADS; i++) {
            // Of different sizes, so that the scratch memory is made anew again and again.
            int rows = 1 + 40 * i;
            Matrix x = backend.matrix(type, rows, FEATURES, random(rows * FEATURES, i));
            Matrix y = backend.matrix(type, rows, classes, random(rows * classes, 100 + i));
            Matrix out = backend.matrix(type, rows, classes);
            Matrix score = backend.matrix(type, 1, 2);
            open.addAll(List.of(x, y, out, score));
            predictions.add(
                i % 2 == 0
                    ? () -> {
                      classifier.predict(x, out);
                      return out.toDoubles();
                    }
                    : () -> {
                      Score both = classifier.evaluate(x, y);
                      return new double[] {both.crossEntropy(), both.accuracy()};
                    });
            softmaxes.add(
                () -> {
                  softmax.apply(y, out);
                  return out.toDoubles();
                });
            linears.add(
                () -> {
                  linearSoftmax.apply(x, weights, bias, out);
                  return out.toDoubles();
                });
            evaluations.add(
                () -> {
                  evaluation.apply(x, Targets.ofProbabilities(y), weights, bias, score);
                  return score.toDoubles();
                });
          }
          for (List<Work> works : List.of(predictions, softmaxes, linears, evaluations)) {
            assertTrue(atOnce(works) > 0);
          }
        } finally {
          open.forEach(Matrix::close);
        }
        assertEquals(0, backend.openMatrices());
      }
    }
  }
}
