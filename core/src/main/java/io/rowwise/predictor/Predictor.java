package io.rowwise.predictor;

import io.rowwise.array.Doubles;
import io.rowwise.backend.BackendChoice;
import io.rowwise.backend.BackendRequest;
import io.rowwise.backend.Backends;
import io.rowwise.backend.DeviceLostException;
import io.rowwise.backend.OutOfDeviceMemoryException;
import io.rowwise.classifier.SoftmaxClassifier;
import io.rowwise.metric.ConformalThreshold;
import io.rowwise.model.SoftmaxModel;
import io.rowwise.predictor.PredictorOptions.NonFinite;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A trained softmax classifier that many threads ask at once, for as long as a service runs.
 *
 * <p>It has a copy of the parameters, so the classifier that it was made of may be closed, and it
 * shares a backend with the other predictors on its device unless the options say otherwise. {@link
 * #predict(double[], int)} computes on the calling thread; {@link #predictAsync(double[], int)}
 * puts requests that come at about the same time together. Rows of x are one behind the other in an
 * array, {@code rows x features} numbers; so are the probabilities, {@code rows x classes}.
 *
 * <p><b>When the device fails.</b> If it has too little memory for a batch, the batch is halved and
 * tried again, down to a single row; if it has stopped working, it is not called again. What then
 * happens is said by {@link PredictorOptions#onOutOfMemory} and {@link
 * PredictorOptions#onDeviceLost}: the call fails with {@link OutOfDeviceMemoryException} or {@link
 * DeviceLostException}, or the CPU answers. Of several devices, {@code cuda:all}, those that are
 * left answer first. {@link #health} tells which device answers.
 *
 * <p><b>A row alone and in a batch</b> may differ in the last bits, since sums of products are
 * added in another order. On the CPU, of 1 to 3,000 features and 1 to 1,000 classes with logits of
 * some units, probabilities differed by at most 1e-6 in {@code float32}, 4e-6 of their value, and
 * by at most 2e-15 in {@code float64}, 8e-15 of their value; larger logits differ in proportion. A
 * row asked for in the same way gets the same answer.
 *
 * <p>Safe for use by many threads. Whoever opened it closes it: new calls are refused from then on
 * with {@link PredictorClosedException}, those under way are finished or, after {@link
 * PredictorOptions#closeTimeout}, left to themselves; the last one that leaves frees the memory.
 */
public final class Predictor implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Predictor.class);

  /** How the tests open backends. */
  interface Opening {
    BackendChoice open(String requested, boolean fallback);
  }

  private final SoftmaxModel model;
  private final PredictorOptions options;
  private final GuardedListener listener;
  private final List<String> classNames;
  private final Gate gate = new Gate(this::free);
  private final AsynchronousRequests requests;
  private final FailoverEngine engine;

  /** With backends of its own, opened as the tests say. */
  Predictor(
      SoftmaxModel model,
      PredictorOptions options,
      PredictorListener listener,
      Opening opening,
      InstantSource clock) {
    this(
        model,
        options,
        listener,
        clock,
        request -> BackendLease.own(opening.open(request.backend(), request.fallback())));
  }

  Predictor(
      SoftmaxModel model,
      PredictorOptions options,
      PredictorListener listener,
      InstantSource clock,
      BackendLease.Source backends) {
    this.model = model;
    this.options = options.settledFor(model);
    this.listener = new GuardedListener(listener);
    this.classNames = classNames(options, model);
    FiniteInput.requireParameters(model, this.options.type());
    BackendRequest request = this.options.request();
    List<BackendRequest> devices =
        this.options.given().isPresent() ? List.of(request) : backends.devices(request);
    this.requests =
        new AsynchronousRequests(
            this.options,
            model.features(),
            model.classes(),
            this::compute,
            devices.size(),
            this.listener,
            clock,
            ThreadOnDemand::daemon);
    this.engine = new FailoverEngine(model, this.options, devices, backends, clock, this.listener);
    LOG.debug("predictor ready: {}", health());
    tell(of -> of.onReady(this));
  }

  /**
   * A predictor with the parameters of a classifier, warmed up: it has predicted once. Nobody is
   * told what it does.
   *
   * @param classifier stays the caller's, who may close it
   * @throws IllegalArgumentException if there are names for more or fewer classes
   * @throws io.rowwise.backend.BackendUnavailableException if no backend is usable
   */
  public static Predictor of(SoftmaxClassifier classifier, PredictorOptions options) {
    return of(classifier, options, new PredictorListener() {});
  }

  /**
   * A predictor with the parameters of a classifier, warmed up: it has predicted once.
   *
   * @param classifier stays the caller's, who may close it
   * @param listener is told what it does
   * @throws IllegalArgumentException if there are names for more or fewer classes
   * @throws io.rowwise.backend.BackendUnavailableException if no backend is usable
   */
  public static Predictor of(
      SoftmaxClassifier classifier, PredictorOptions options, PredictorListener listener) {
    return of(SoftmaxModel.of(classifier), options, listener);
  }

  /**
   * A predictor of a model, warmed up: it has predicted once. Nobody is told what it does. Its
   * classes are called as the options say or else as the model's card does.
   *
   * @throws IllegalArgumentException if the options have names for more or fewer classes
   * @throws io.rowwise.backend.BackendUnavailableException if no backend is usable
   */
  public static Predictor of(SoftmaxModel model, PredictorOptions options) {
    return of(model, options, new PredictorListener() {});
  }

  /**
   * A predictor of a model, warmed up: it has predicted once. Its classes are called as the options
   * say or else as the model's card does.
   *
   * @param listener is told what it does
   * @throws IllegalArgumentException if the options have names for more or fewer classes
   * @throws io.rowwise.backend.BackendUnavailableException if no backend is usable
   */
  public static Predictor of(
      SoftmaxModel model, PredictorOptions options, PredictorListener listener) {
    Objects.requireNonNull(model, "model");
    Objects.requireNonNull(options, "options");
    Objects.requireNonNull(listener, "listener");
    BackendLease.Source backends =
        options.shared()
            ? SharedBackends.OF_THIS_PROCESS
            : request -> BackendLease.own(Backends.choose(request));
    return new Predictor(model, options, listener, InstantSource.system(), backends);
  }

  private static List<String> classNames(PredictorOptions options, SoftmaxModel model) {
    List<String> names = options.classNames();
    if (names.isEmpty()) {
      names = model.card().classNames();
    }
    if (names.isEmpty()) {
      return IntStream.range(0, model.classes()).mapToObj(Integer::toString).toList();
    }
    if (names.size() != model.classes()) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "predictor: there are %d class names, the classifier has %d classes",
              names.size(),
              model.classes()));
    }
    return names;
  }

  /** How many numbers a row of x has. */
  public int features() {
    return model.features();
  }

  /** The names of the classes, in the order of the probabilities. */
  public List<String> classNames() {
    return classNames;
  }

  /** What it runs on, and how it is. */
  public Health health() {
    return requests.health(engine.health());
  }

  /**
   * How many rows of asynchronous requests wait for their turn; a request of none counts as one.
   */
  public int queuedRows() {
    return requests.queuedRows();
  }

  /** How often the listener threw something. */
  public long listenerFailures() {
    return listener.failures();
  }

  /**
   * The bytes of the device's memory that its parameters and workspaces take now, of all devices
   * together if it has several; not what others take that share its backend. None once it is closed
   * and nobody is inside any more.
   */
  public long deviceMemory() {
    return engine.bytes();
  }

  /**
   * The probability of each class for one row.
   *
   * @param x features numbers
   * @return a new array, one number for each class
   */
  public double[] predict(double[] x) {
    return predict(x, 1);
  }

  /** As {@link #predict(double[])}, for {@code float}. */
  public float[] predict(float[] x) {
    return predict(x, 1);
  }

  /**
   * The probability of each class for each row.
   *
   * @param x rows x features numbers
   * @param rows 0 or more
   * @return a new array of rows x classes numbers
   * @throws IllegalArgumentException if there are more or fewer numbers, if one is not finite and
   *     the options refuse that, or if an array does not hold so many probabilities
   * @throws PredictorClosedException if it is closed
   */
  public double[] predict(double[] x, int rows) {
    requireRows(x, rows);
    Rows.Doubles all = new Rows.Doubles(rows, x, model.classes());
    call(all);
    return all.probabilities();
  }

  /** As {@link #predict(double[], int)}, for {@code float}. */
  public float[] predict(float[] x, int rows) {
    requireRows(x, rows);
    Rows.Floats all = new Rows.Floats(rows, x, model.classes());
    call(all);
    return all.probabilities();
  }

  /**
   * The most probable class for each row.
   *
   * @param x rows x features numbers
   * @param rows 0 or more; their probabilities need not fit in one array
   * @return its column in the probabilities, the first of equals; -1 for a row whose probabilities
   *     are NaN, which only options that let such numbers pass give
   * @throws IllegalArgumentException if there are more or fewer numbers, or if one is not finite
   *     and the options refuse that
   * @throws PredictorClosedException if it is closed
   */
  public int[] predictLabels(double[] x, int rows) {
    requireRows(x, rows);
    return labels(Rows.Labels.of(rows, x));
  }

  /** As {@link #predictLabels(double[], int)}, for {@code float}. */
  public int[] predictLabels(float[] x, int rows) {
    requireRows(x, rows);
    return labels(Rows.Labels.of(rows, x));
  }

  /**
   * The name of the most probable class for each row, as {@link #predictLabels(double[], int)}
   * finds it; {@code NaN} where that is -1.
   */
  public List<String> predictClassNames(double[] x, int rows) {
    return named(predictLabels(x, rows));
  }

  /** As {@link #predictClassNames(double[], int)}, for {@code float}. */
  public List<String> predictClassNames(float[] x, int rows) {
    return named(predictLabels(x, rows));
  }

  private int[] labels(Rows.Labels rows) {
    call(rows);
    return rows.labels();
  }

  private List<String> named(int[] labels) {
    return Arrays.stream(labels)
        .mapToObj(label -> label < 0 ? "NaN" : classNames.get(label))
        .toList();
  }

  /**
   * The most probable classes for one row, found in one pass.
   *
   * @param x features numbers
   * @param count how many, at least 1; if there are fewer classes, all of them
   * @return the most probable first; of two that are as probable, the one that comes first; NaN
   *     last
   */
  public List<ClassProbability> topClasses(double[] x, int count) {
    TopClasses.requireCount(count);
    return TopClasses.of(predict(x, 1), count, classNames);
  }

  /** As {@link #topClasses(double[], int)}, for {@code float}. */
  public List<ClassProbability> topClasses(float[] x, int count) {
    TopClasses.requireCount(count);
    return TopClasses.of(Doubles.of(predict(x, 1)), count, classNames);
  }

  /**
   * The classes that one row may have, with a promise: of rows like those that the model was
   * validated with, the set has the true class with at least the probability of the coverage. It is
   * that of {@link io.rowwise.metric.ConformalThreshold}, in the model's card after a training with
   * {@code SoftmaxTrainer.coverage}.
   *
   * @param x features numbers
   * @param coverage above 0, and at most that of the card
   * @return the most probable first; none where no class is probable enough
   * @throws IllegalArgumentException if the coverage is out of its range
   * @throws IllegalStateException if the card has no threshold
   */
  public List<ClassProbability> set(double[] x, double coverage) {
    ConformalThreshold threshold = PredictionSets.threshold(model.card(), coverage);
    return PredictionSets.of(predict(x, 1), threshold, classNames);
  }

  /** As {@link #set(double[], double)}, for {@code float}. */
  public List<ClassProbability> set(float[] x, double coverage) {
    ConformalThreshold threshold = PredictionSets.threshold(model.card(), coverage);
    return PredictionSets.of(Doubles.of(predict(x, 1)), threshold, classNames);
  }

  /**
   * As {@link #predict(double[], int)}, later: together with what others ask for.
   *
   * <p>The future ends exactly once: with the answer, with what the other would throw, or with
   * {@link PredictionFailedException}. What hangs on it is run by a thread of the predictor or by
   * the executor that {@link PredictorOptions#answers} names; it may block, and may ask for more. A
   * request that was cancelled before its turn is not computed.
   *
   * @param x not to be changed until there is an answer
   * @throws IllegalArgumentException as {@link #predict(double[], int)} does, so that no request
   *     spoils the batch of others
   * @throws QueueFullException if too many are waiting
   * @throws PredictorClosedException if it is closed
   */
  public CompletableFuture<double[]> predictAsync(double[] x, int rows) {
    return submit(x, rows, null, all -> all);
  }

  /**
   * As {@link #predictAsync(double[], int)}, with a limit to the waiting: if there is no answer by
   * then, the future ends with {@link DeadlineExceededException}, be it that its turn has not come
   * or that it is still being computed.
   *
   * @param within not negative
   */
  public CompletableFuture<double[]> predictAsync(double[] x, int rows, Duration within) {
    return submit(x, rows, requireWithin(within), all -> all);
  }

  /** As {@link #predictAsync(double[], int)}, for {@code float}. */
  public CompletableFuture<float[]> predictAsync(float[] x, int rows) {
    return submit(x, rows, null, all -> all);
  }

  /** As {@link #predictAsync(double[], int, Duration)}, for {@code float}. */
  public CompletableFuture<float[]> predictAsync(float[] x, int rows, Duration within) {
    return submit(x, rows, requireWithin(within), all -> all);
  }

  /** As {@link #topClasses(double[], int)}, later, as {@link #predictAsync(double[], int)}. */
  public CompletableFuture<List<ClassProbability>> topClassesAsync(double[] x, int count) {
    TopClasses.requireCount(count);
    return submit(x, 1, null, all -> TopClasses.of(all, count, classNames));
  }

  /** As {@link #topClassesAsync(double[], int)}, with a limit to the waiting. */
  public CompletableFuture<List<ClassProbability>> topClassesAsync(
      double[] x, int count, Duration within) {
    TopClasses.requireCount(count);
    return submit(x, 1, requireWithin(within), all -> TopClasses.of(all, count, classNames));
  }

  /** As {@link #topClassesAsync(double[], int)}, for {@code float}. */
  public CompletableFuture<List<ClassProbability>> topClassesAsync(float[] x, int count) {
    TopClasses.requireCount(count);
    return submit(x, 1, null, all -> TopClasses.of(Doubles.of(all), count, classNames));
  }

  /** As {@link #topClassesAsync(double[], int, Duration)}, for {@code float}. */
  public CompletableFuture<List<ClassProbability>> topClassesAsync(
      float[] x, int count, Duration within) {
    TopClasses.requireCount(count);
    return submit(
        x, 1, requireWithin(within), all -> TopClasses.of(Doubles.of(all), count, classNames));
  }

  private <A> CompletableFuture<A> submit(
      double[] x, int rows, Duration within, Function<double[], A> answer) {
    requireRows(x, rows);
    // Here rather than when its batch is computed, which others are in too.
    Rows.probabilities(rows, model.classes());
    return requests.submit(rows, () -> Request.of(x, rows, answer), within);
  }

  private <A> CompletableFuture<A> submit(
      float[] x, int rows, Duration within, Function<float[], A> answer) {
    requireRows(x, rows);
    Rows.probabilities(rows, model.classes());
    return requests.submit(rows, () -> Request.of(x, rows, answer), within);
  }

  private static Duration requireWithin(Duration within) {
    if (within.isNegative()) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT, "predictAsync: the answer is wanted within %s, which is over", within));
    }
    return within;
  }

  private void requireRows(double[] x, int rows) {
    requireRows(x.length, rows);
    if (options.nonFinite() == NonFinite.REFUSE) {
      FiniteInput.requireRows(x, model.features(), options.type());
    }
  }

  private void requireRows(float[] x, int rows) {
    requireRows(x.length, rows);
    if (options.nonFinite() == NonFinite.REFUSE) {
      FiniteInput.requireRows(x, model.features(), options.type());
    }
  }

  private void requireRows(int numbers, int rows) {
    if (rows < 0 || (long) rows * model.features() != numbers) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "predict: x has %d numbers, wanted %d rows of %d features",
              numbers,
              rows,
              model.features()));
    }
  }

  private void compute(Rows rows) {
    engine.predict(rows);
  }

  private void call(Rows rows) {
    if (!gate.enter()) {
      PredictorClosedException closed = new PredictorClosedException();
      tell(of -> of.onError(closed));
      throw closed;
    }
    try {
      timed(rows);
    } finally {
      gate.leave();
    }
  }

  private void timed(Rows rows) {
    long start = System.nanoTime();
    try {
      engine.predict(rows);
    } catch (RuntimeException e) {
      tell(of -> of.onError(e));
      throw e;
    }
    Duration time = Duration.ofNanos(System.nanoTime() - start);
    tell(of -> of.onPredicted(rows.device(), rows.count(), time));
  }

  private void tell(Consumer<PredictorListener> event) {
    listener.tell(event);
  }

  /**
   * Refuses new calls, and finishes what is under way if that takes no longer than {@link
   * PredictorOptions#closeTimeout}; requests that wait after that are refused. Closing twice is
   * harmless.
   */
  @Override
  public void close() {
    long end = System.nanoTime() + Nanoseconds.of(options.closeTimeout());
    if (!engine.startClosing()) {
      return;
    }
    requests.close();
    boolean interrupted = false;
    boolean finished = false;
    try {
      finished = requests.await(end);
    } catch (InterruptedException e) {
      interrupted = true;
    }
    gate.close();
    try {
      finished &= !interrupted && gate.await(end - System.nanoTime());
    } catch (InterruptedException e) {
      interrupted = true;
    }
    if (!finished) {
      LOG.warn("predictor: closed while it was still computing; its memory is freed after that");
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** How long closing may take. */
  Duration closeTimeout() {
    return Duration.ofNanos(Nanoseconds.of(options.closeTimeout()));
  }

  private void free() {
    engine.close();
  }
}
