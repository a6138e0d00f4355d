package io.rowwise.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rowwise.backend.Backend;
import io.rowwise.backend.Matrix;
import io.rowwise.backend.contract.ReferenceBackend;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** One thread at a time, in general and of each kind of kernel. */
final class ExclusiveUseTest {
  /** A kernel of one kind that does as it is told, with the checks of its kind. */
  interface Kind {
    Kernel kernel(Backend backend, Runnable work, Runnable closed);

    void use(Kernel kernel, Matrix... matrices);
  }

  /** How a kernel is called on x (1 x 2), two more of 1 x 2, two of 2 x 2, and two of 1 x 1. */
  private interface Call<K> {
    void on(K kernel, Matrix... matrices);
  }

  private static <K extends Kernel> Arguments kind(
      KernelType<K> type, BiFunction<Runnable, Runnable, K> maker, Call<K> call) {
    return Arguments.of(
        type.name(),
        new Kind() {
          @Override
          public Kernel kernel(Backend backend, Runnable work, Runnable closed) {
            return type.checked(backend, maker.apply(work, closed));
          }

          @Override
          public void use(Kernel kernel, Matrix... matrices) {
            call.on(type.kernelClass().cast(kernel), matrices);
          }
        });
  }

  static Stream<Arguments> kinds() {
    return Stream.of(
        kind(
            Softmax.TYPE,
            (work, closed) ->
                new Softmax() {
                  @Override
                  public void apply(Matrix logits, Matrix probabilities) {
                    work.run();
                  }

                  @Override
                  public void close() {
                    closed.run();
                  }
                },
            (kernel, of) -> kernel.apply(of[0], of[1])),
        kind(
            LogSoftmax.TYPE,
            (work, closed) ->
                new LogSoftmax() {
                  @Override
                  public void apply(Matrix logits, Matrix logProbabilities) {
                    work.run();
                  }

                  @Override
                  public void close() {
                    closed.run();
                  }
                },
            (kernel, of) -> kernel.apply(of[0], of[1])),
        kind(
            MaskedSoftmax.TYPE,
            (work, closed) ->
                new MaskedSoftmax() {
                  @Override
                  public void apply(Matrix logits, Matrix mask, double temperature, Matrix out) {
                    work.run();
                  }

                  @Override
                  public void close() {
                    closed.run();
                  }
                },
            (kernel, of) -> kernel.apply(of[0], of[1], 1, of[2])),
        kind(
            LogSumExp.TYPE,
            (work, closed) ->
                new LogSumExp() {
                  @Override
                  public void apply(Matrix logits, Matrix result) {
                    work.run();
                  }

                  @Override
                  public void close() {
                    closed.run();
                  }
                },
            (kernel, of) -> kernel.apply(of[0], of[5])),
        kind(
            RmsNorm.TYPE,
            (work, closed) ->
                new RmsNorm() {
                  @Override
                  public void apply(Matrix x, Matrix gain, double epsilon, Matrix out) {
                    work.run();
                  }

                  @Override
                  public void close() {
                    closed.run();
                  }
                },
            (kernel, of) -> kernel.apply(of[0], of[1], 1, of[2])),
        kind(
            TopK.TYPE,
            (work, closed) ->
                new TopK() {
                  @Override
                  public void apply(Matrix x, Matrix values, Matrix columns) {
                    work.run();
                  }

                  @Override
                  public void close() {
                    closed.run();
                  }
                },
            (kernel, of) -> kernel.apply(of[0], of[1], of[2])),
        kind(
            LinearSoftmax.TYPE,
            (work, closed) ->
                new LinearSoftmax() {
                  @Override
                  public void apply(Matrix x, Matrix weights, Matrix bias, Matrix out) {
                    work.run();
                  }

                  @Override
                  public void close() {
                    closed.run();
                  }
                },
            (kernel, of) -> kernel.apply(of[0], of[3], of[1], of[2])),
        kind(
            CrossEntropy.TYPE,
            (work, closed) ->
                new CrossEntropy() {
                  @Override
                  public void apply(Matrix logits, Targets targets, Matrix loss) {
                    work.run();
                  }

                  @Override
                  public void close() {
                    closed.run();
                  }
                },
            (kernel, of) -> kernel.apply(of[0], Targets.ofProbabilities(of[1]), of[5])),
        kind(
            CrossEntropyGradient.TYPE,
            (work, closed) ->
                new CrossEntropyGradient() {
                  @Override
                  public void apply(Matrix logits, Targets targets, Matrix gradient) {
                    work.run();
                  }

                  @Override
                  public void close() {
                    closed.run();
                  }
                },
            (kernel, of) -> kernel.apply(of[0], Targets.ofProbabilities(of[1]), of[2])),
        kind(
            Evaluation.TYPE,
            (work, closed) ->
                new Evaluation() {
                  @Override
                  public void apply(Matrix x, Targets y, Matrix weights, Matrix bias, Matrix out) {
                    work.run();
                  }

                  @Override
                  public void close() {
                    closed.run();
                  }
                },
            (kernel, of) ->
                kernel.apply(of[0], Targets.ofProbabilities(of[1]), of[3], of[2], of[4])),
        kind(
            TrainingStep.TYPE,
            (work, closed) ->
                new TrainingStep() {
                  @Override
                  public void apply(
                      Matrix x, Targets y, double rate, Matrix weights, Matrix bias, Matrix loss) {
                    work.run();
                  }

                  @Override
                  public void close() {
                    closed.run();
                  }
                },
            (kernel, of) ->
                kernel.apply(of[0], Targets.ofProbabilities(of[1]), 0.1, of[3], of[2], of[5])),
        kind(
            TrainingEpoch.TYPE,
            (work, closed) ->
                new TrainingEpoch() {
                  @Override
                  public void apply(
                      Matrix x,
                      Targets y,
                      int batchRows,
                      double rate,
                      Matrix weights,
                      Matrix bias,
                      Matrix loss) {
                    work.run();
                  }

                  @Override
                  public void close() {
                    closed.run();
                  }
                },
            (kernel, of) ->
                kernel.apply(of[0], Targets.ofProbabilities(of[1]), 1, 0.1, of[3], of[2], of[5])));
  }

  /** Runs it in another thread of that name and gives what it threw, or null. */
  private static Throwable inThread(String name, Runnable task) throws InterruptedException {
    FutureTask<Void> future = new FutureTask<>(task, null);
    new Thread(future, name).start();
    try {
      future.get();
      return null;
    } catch (ExecutionException e) {
      return e.getCause();
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      assertTrue(latch.await(60, TimeUnit.SECONDS));
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static void assertRefused(Throwable refused, String... parts) {
    assertEquals(IllegalStateException.class, refused == null ? null : refused.getClass());
    for (String part : parts) {
      assertTrue(refused.getMessage().contains(part), refused.getMessage());
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("kinds")
  void aKernelServesOneThreadAtATime(String name, Kind kind) throws InterruptedException {
    CountDownLatch inside = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    AtomicInteger uses = new AtomicInteger();
    AtomicInteger closings = new AtomicInteger();
    try (Backend backend = new ReferenceBackend();
        Matrix all = backend.matrix(3, 2, new double[6]);
        Matrix square = backend.matrix(2, 2, new double[4]);
        Matrix pair = backend.matrix(1, 2, new double[2]);
        Matrix number = backend.matrix(1, 1, new double[1])) {
      Matrix[] matrices = {
        all.rows(0, 1), all.rows(1, 2), all.rows(2, 3), square, pair, number,
      };
      Kernel kernel =
          kind.kernel(
              backend,
              () -> {
                if (uses.incrementAndGet() == 1) {
                  inside.countDown();
                  await(goOn);
                  throw new ArithmeticException("the end of the first use");
                }
              },
              closings::incrementAndGet);
      FutureTask<Void> first = new FutureTask<>(() -> kind.use(kernel, matrices), null);
      new Thread(first, "the first one").start();
      await(inside);

      Throwable refused = inThread("a second one", () -> kind.use(kernel, matrices));
      assertRefused(
          refused,
          name + ": this " + name + " kernel is in use by the thread the first one",
          "make one for each thread",
          "Predictor");
      assertRefused(
          assertThrows(IllegalStateException.class, kernel::close), "close: ", "the first one");
      assertEquals(0, closings.get());
      assertEquals(1, uses.get());

      goOn.countDown();
      assertThrows(ExecutionException.class, first::get);
      // Whatever has become of the first use, it is over.
      assertEquals(null, inThread("a third one", () -> kind.use(kernel, matrices)));
      assertEquals(2, uses.get());

      kernel.close();
      kernel.close();
      assertEquals(1, closings.get());
      assertRefused(
          assertThrows(IllegalStateException.class, () -> kind.use(kernel, matrices)), "is closed");
      assertEquals(2, uses.get());
    }
  }

  @Test
  void aThreadThatIsInsideIsRefused() {
    ExclusiveUse use = new ExclusiveUse("this thing", "take two");
    use.enter("first");
    assertRefused(
        assertThrows(IllegalStateException.class, () -> use.enter("second")),
        "second: this thing is at work in this very thread");
    assertRefused(
        assertThrows(IllegalStateException.class, () -> use.close("close")), "very thread");
    use.leave();
    use.enter("third");
    use.leave();
    assertTrue(use.close("close"));
    assertFalse(use.close("close"));
  }

  @Test
  void inAPauseItsThreadMayEnterAndNobodyElse() throws InterruptedException {
    ExclusiveUse use = new ExclusiveUse("this thing", "take two");
    use.enter("outer");
    use.pause();
    for (int i = 0; i < 2; i++) {
      use.enter("inner");
      use.pause();
      use.enter("innermost");
      assertThrows(IllegalStateException.class, () -> use.enter("too many"));
      use.leave();
      use.resume();
      assertThrows(IllegalStateException.class, () -> use.enter("too many"));
      use.leave();
    }
    assertRefused(
        inThread("another", () -> use.enter("other")),
        "other: this thing is in use by the thread " + Thread.currentThread().getName(),
        "take two");
    assertRefused(
        assertThrows(IllegalStateException.class, () -> use.close("close")), "very thread");
    use.resume();
    assertThrows(IllegalStateException.class, () -> use.enter("too many"));
    use.leave();
    assertEquals(
        null,
        inThread(
            "another",
            () -> {
              use.enter("other");
              use.leave();
            }));
  }

  @Test
  void ofManyThreadsOneIsInside() throws InterruptedException, ExecutionException {
    ExclusiveUse use = new ExclusiveUse("this thing", "take two");
    AtomicBoolean taken = new AtomicBoolean();
    List<FutureTask<Integer>> threads =
        Stream.generate(
                () ->
                    new FutureTask<>(
                        () -> {
                          int entered = 0;
                          for (int i = 0; i < 20_000; i++) {
                            try {
                              use.enter("race");
                            } catch (IllegalStateException e) {
                              continue;
                            }
                            assertTrue(taken.compareAndSet(false, true));
                            entered++;
                            taken.set(false);
                            use.leave();
                          }
                          return entered;
                        }))
            .limit(4)
            .toList();
    threads.forEach(thread -> new Thread(thread).start());
    int entered = 0;
    for (FutureTask<Integer> thread : threads) {
      entered += thread.get();
    }
    assertTrue(entered > 0);
  }
}
