package io.rowwise.predictor;

import io.rowwise.model.SoftmaxModel;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A {@link Predictor} whose model can be replaced while it is asked.
 *
 * <p>Nobody is refused because of a swap, and every answer is wholly of one model: a request that
 * has begun, or that waits in the queue, is answered by the model that it came to. Several
 * questions that belong together are asked of one model with {@link #ask}. The old model's memory
 * is freed when its last request has ended; until then there are both.
 *
 * <p>A new model is warmed up and, if there is a {@link Canary}, checked before anybody gets an
 * answer of it. If it cannot be made, has another shape or fails the canary, the one that was there
 * goes on as if nothing had happened.
 *
 * <p>Safe for use by many threads. Whoever opened it closes it.
 */
public final class SwappablePredictor implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(SwappablePredictor.class);

  /** Which models may follow. */
  public enum Shape {
    /** Those of as many features and as many classes; the classes' names may change. */
    SAME,
    /**
     * All. Those who ask have to do with rows of the old length being refused, and with more or
     * fewer probabilities, from one request to the next.
     */
    ANY
  }

  /** A predictor, and who asks it. */
  private static final class Tenant {
    final Predictor predictor;
    final Gate gate = new Gate(() -> {});

    Tenant(Predictor predictor) {
      this.predictor = predictor;
    }
  }

  private final Function<SoftmaxModel, Predictor> opening;
  private final Object change = new Object();
  private final Set<Tenant> leaving = ConcurrentHashMap.newKeySet();
  private volatile Tenant current;
  private boolean closed;

  /** With predictors that are opened as the tests say. */
  SwappablePredictor(SoftmaxModel first, Function<SoftmaxModel, Predictor> opening) {
    this.opening = opening;
    this.current = new Tenant(opening.apply(first));
  }

  /** As {@link #of(SoftmaxModel, PredictorOptions, PredictorListener)}; nobody is told anything. */
  public static SwappablePredictor of(SoftmaxModel first, PredictorOptions options) {
    return of(first, options, new PredictorListener() {});
  }

  /**
   * A predictor of a model, and later of others.
   *
   * @param options of all its predictors
   * @param listener of all its predictors; {@link PredictorListener#onReady} is called for each
   * @throws IllegalArgumentException as {@link Predictor#of(SoftmaxModel, PredictorOptions)} does
   */
  public static SwappablePredictor of(
      SoftmaxModel first, PredictorOptions options, PredictorListener listener) {
    Objects.requireNonNull(options, "options");
    Objects.requireNonNull(listener, "listener");
    return new SwappablePredictor(first, model -> Predictor.of(model, options, listener));
  }

  /** As {@link #swap(SoftmaxModel, Canary, Shape)}, with no canary and for the same shape. */
  public void swap(SoftmaxModel next) {
    swap(next, candidate -> true, Shape.SAME);
  }

  /** As {@link #swap(SoftmaxModel, Canary, Shape)}, for the same shape. */
  public void swap(SoftmaxModel next, Canary canary) {
    swap(next, canary, Shape.SAME);
  }

  /**
   * Puts a model in the place of the one that is there. Returns when the new one answers and the
   * old one is freed or, if its requests take longer than {@link PredictorOptions#closeTimeout},
   * while they go on; not to be called from within a question, which it would wait for. One swap at
   * a time.
   *
   * @param canary asked first
   * @throws IllegalArgumentException if the model has another shape and is not to
   * @throws CanaryFailedException if the canary was not answered as it should be
   * @throws PredictorClosedException if this is closed
   */
  public void swap(SoftmaxModel next, Canary canary, Shape shape) {
    Objects.requireNonNull(next, "next");
    Objects.requireNonNull(canary, "canary");
    Tenant old;
    synchronized (change) {
      requireOpen();
      requireShape(next.features(), next.classes(), shape);
      Predictor candidate = opening.apply(next);
      try {
        check(candidate, canary);
      } catch (Throwable e) {
        candidate.close();
        throw e;
      }
      old = replace(candidate);
    }
    retire(old);
  }

  /** As {@link #swap(Predictor, Canary, Shape)}, with no canary and for the same shape. */
  public void swap(Predictor next) {
    swap(next, candidate -> true, Shape.SAME);
  }

  /** As {@link #swap(Predictor, Canary, Shape)}, for the same shape. */
  public void swap(Predictor next, Canary canary) {
    swap(next, canary, Shape.SAME);
  }

  /**
   * As {@link #swap(SoftmaxModel, Canary, Shape)}, with a predictor that has options and a listener
   * of its own.
   *
   * @param next this one's from now on, who closes it; if this throws, it stays the caller's
   */
  public void swap(Predictor next, Canary canary, Shape shape) {
    Objects.requireNonNull(canary, "canary");
    Tenant old;
    synchronized (change) {
      requireOpen();
      requireShape(next.features(), next.classNames().size(), shape);
      check(next, canary);
      old = replace(next);
    }
    retire(old);
  }

  private void requireOpen() {
    if (closed) {
      throw new PredictorClosedException();
    }
  }

  private void requireShape(int features, int classes, Shape shape) {
    Predictor now = current.predictor;
    if (shape == Shape.SAME && (features != now.features() || classes != now.classNames().size())) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "swap: the model has %d features and %d classes, the one that is there %d and %d; use"
                  + " Shape.ANY if those who ask are ready for that",
              features,
              classes,
              now.features(),
              now.classNames().size()));
    }
  }

  private void check(Predictor candidate, Canary canary) {
    if (candidate == current.predictor) {
      throw new IllegalArgumentException("swap: that predictor is already there; make another");
    }
    boolean right;
    try {
      right = canary.passes(candidate);
    } catch (Throwable e) {
      if (e instanceof InterruptedException) {
        Thread.currentThread().interrupt();
      }
      throw new CanaryFailedException(e.getMessage() == null ? e.toString() : e.getMessage(), e);
    }
    if (!right) {
      throw new CanaryFailedException("it says that the answer is wrong", null);
    }
    if (candidate.health().state() == Health.State.CLOSED) {
      throw new IllegalArgumentException("swap: the predictor is closed; make another");
    }
  }

  private Tenant replace(Predictor next) {
    Tenant old = current;
    leaving.add(old);
    current = new Tenant(next);
    return old;
  }

  /** Frees a predictor when its last request has ended, here or, if that is late, elsewhere. */
  private void retire(Tenant old) {
    // Whoever came too late for this one finds the next.
    old.gate.close();
    try {
      if (old.gate.await(old.predictor.closeTimeout().toNanos())) {
        free(old);
        return;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    try {
      // Without the inheritable thread locals of whoever swaps.
      Thread waiting = new Thread(null, () -> freeLater(old), "rowwise-swapped-out", 0, false);
      waiting.setDaemon(true);
      waiting.start();
    } catch (Throwable e) {
      LOG.warn("predictor: no thread to wait for the last request of a model; closing it", e);
      free(old);
    }
  }

  private void freeLater(Tenant old) {
    try {
      while (!old.gate.await(TimeUnit.DAYS.toNanos(1))) {
        LOG.warn("predictor: a model that was replaced is still asked after a day");
      }
    } catch (InterruptedException e) {
      // Nobody has this thread to interrupt it.
      LOG.warn("predictor: closing a model that is still asked", e);
    }
    free(old);
  }

  private void free(Tenant old) {
    try {
      old.predictor.close();
    } catch (Throwable e) {
      LOG.warn("predictor: a model that was replaced could not be closed", e);
    }
    leaving.remove(old);
  }

  private Tenant enter() {
    while (true) {
      Tenant now = current;
      if (now.gate.enter()) {
        return now;
      }
      if (now == current) {
        throw new PredictorClosedException();
      }
    }
  }

  /**
   * Asks several questions of one model: its probabilities, say, and what its classes are called.
   *
   * @param question its predictor is to be left open, and not to be kept
   * @throws PredictorClosedException if this is closed
   */
  public <T> T ask(Function<Predictor, T> question) {
    Tenant tenant = enter();
    try {
      return question.apply(tenant.predictor);
    } finally {
      tenant.gate.leave();
    }
  }

  /**
   * As {@link #ask}, for what is answered later.
   *
   * @param question its predictor is to be left open, and not to be used after the future that it
   *     gives has ended
   * @return as the question's; when it ends in another way, that is cancelled
   */
  public <T> CompletableFuture<T> askAsync(Function<Predictor, CompletableFuture<T>> question) {
    Tenant tenant = enter();
    CompletableFuture<T> answer;
    try {
      answer = question.apply(tenant.predictor);
    } catch (Throwable e) {
      tenant.gate.leave();
      throw e;
    }
    CompletableFuture<T> handedOut = answer.newIncompleteFuture();
    var unused = handedOut.whenComplete((value, failure) -> answer.cancel(false));
    unused =
        answer.whenComplete(
            (value, failure) -> {
              // First, since what hangs on the answer may swap.
              tenant.gate.leave();
              if (failure == null) {
                handedOut.complete(value);
              } else {
                handedOut.completeExceptionally(failure);
              }
            });
    return handedOut;
  }

  /** As {@link Predictor#predict(double[])}. */
  public double[] predict(double[] x) {
    return ask(of -> of.predict(x));
  }

  /** As {@link Predictor#predict(float[])}. */
  public float[] predict(float[] x) {
    return ask(of -> of.predict(x));
  }

  /** As {@link Predictor#predict(double[], int)}. */
  public double[] predict(double[] x, int rows) {
    return ask(of -> of.predict(x, rows));
  }

  /** As {@link Predictor#predict(float[], int)}. */
  public float[] predict(float[] x, int rows) {
    return ask(of -> of.predict(x, rows));
  }

  /** As {@link Predictor#predictLabels(double[], int)}. */
  public int[] predictLabels(double[] x, int rows) {
    return ask(of -> of.predictLabels(x, rows));
  }

  /** As {@link Predictor#predictLabels(float[], int)}. */
  public int[] predictLabels(float[] x, int rows) {
    return ask(of -> of.predictLabels(x, rows));
  }

  /** As {@link Predictor#predictClassNames(double[], int)}. */
  public List<String> predictClassNames(double[] x, int rows) {
    return ask(of -> of.predictClassNames(x, rows));
  }

  /** As {@link Predictor#predictClassNames(float[], int)}. */
  public List<String> predictClassNames(float[] x, int rows) {
    return ask(of -> of.predictClassNames(x, rows));
  }

  /** As {@link Predictor#topClasses(double[], int)}. */
  public List<ClassProbability> topClasses(double[] x, int count) {
    return ask(of -> of.topClasses(x, count));
  }

  /** As {@link Predictor#topClasses(float[], int)}. */
  public List<ClassProbability> topClasses(float[] x, int count) {
    return ask(of -> of.topClasses(x, count));
  }

  /** As {@link Predictor#predictAsync(double[], int)}. */
  public CompletableFuture<double[]> predictAsync(double[] x, int rows) {
    return askAsync(of -> of.predictAsync(x, rows));
  }

  /** As {@link Predictor#predictAsync(double[], int, Duration)}. */
  public CompletableFuture<double[]> predictAsync(double[] x, int rows, Duration within) {
    return askAsync(of -> of.predictAsync(x, rows, within));
  }

  /** As {@link Predictor#predictAsync(float[], int)}. */
  public CompletableFuture<float[]> predictAsync(float[] x, int rows) {
    return askAsync(of -> of.predictAsync(x, rows));
  }

  /** As {@link Predictor#predictAsync(float[], int, Duration)}. */
  public CompletableFuture<float[]> predictAsync(float[] x, int rows, Duration within) {
    return askAsync(of -> of.predictAsync(x, rows, within));
  }

  /** As {@link Predictor#topClassesAsync(double[], int)}. */
  public CompletableFuture<List<ClassProbability>> topClassesAsync(double[] x, int count) {
    return askAsync(of -> of.topClassesAsync(x, count));
  }

  /** As {@link Predictor#topClassesAsync(double[], int, Duration)}. */
  public CompletableFuture<List<ClassProbability>> topClassesAsync(
      double[] x, int count, Duration within) {
    return askAsync(of -> of.topClassesAsync(x, count, within));
  }

  /** As {@link Predictor#topClassesAsync(float[], int)}. */
  public CompletableFuture<List<ClassProbability>> topClassesAsync(float[] x, int count) {
    return askAsync(of -> of.topClassesAsync(x, count));
  }

  /** As {@link Predictor#topClassesAsync(float[], int, Duration)}. */
  public CompletableFuture<List<ClassProbability>> topClassesAsync(
      float[] x, int count, Duration within) {
    return askAsync(of -> of.topClassesAsync(x, count, within));
  }

  /** How many numbers a row of x has. */
  public int features() {
    return current.predictor.features();
  }

  /** The names of the classes, in the order of the probabilities, of the model that is there. */
  public List<String> classNames() {
    return current.predictor.classNames();
  }

  /** What the model that is there runs on. */
  public Health health() {
    return current.predictor.health();
  }

  /** The bytes of the device's memory that its models take now, with those that are leaving. */
  public long deviceMemory() {
    Tenant now = current;
    long bytes = now.predictor.deviceMemory();
    for (Tenant each : leaving) {
      bytes += each == now ? 0 : each.predictor.deviceMemory();
    }
    return bytes;
  }

  /**
   * Refuses new requests and closes the models, the one that is there and those that are leaving,
   * as {@link Predictor#close} does. Closing twice is harmless.
   */
  @Override
  public void close() {
    synchronized (change) {
      if (closed) {
        return;
      }
      closed = true;
    }
    Tenant last = current;
    last.gate.close();
    leaving.forEach(this::free);
    last.predictor.close();
  }
}
