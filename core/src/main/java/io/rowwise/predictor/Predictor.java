package io.rowwise.predictor;

import io.rowwise.backend.BackendChoice;
import io.rowwise.backend.Backends;
import io.rowwise.backend.DeviceLostException;
import io.rowwise.backend.OutOfDeviceMemoryException;
import io.rowwise.classifier.SoftmaxClassifier;
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
 * DeviceLostException}, or the CPU answers. {@link #health} tells which device answers.
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
  private final PredictorListener listener;
  private final List<String> classNames;
  private final Gate gate = new Gate(this::free);
  private final MicroBatcher batcher;
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
    this.listener = listener;
    this.classNames = classNames(options, model);
    FiniteInput.requireParameters(model, this.options.type());
    this.batcher = new MicroBatcher(this.options, this::compute);
    this.engine =
        new FailoverEngine(
            model, this.options, backends, clock, reason -> tell(of -> of.onFallback(reason)));
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

  /** What it runs on. */
  public Health health() {
    return engine.health();
  }

  /**
   * The bytes of the device's memory that its parameters and workspaces take now; not what others
   * take that share its backend. None once it is closed and nobody is inside any more.
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
    float[] probabilities = predict(x, 1);
    double[] exact = new double[probabilities.length];
    for (int i = 0; i < exact.length; i++) {
      exact[i] = probabilities[i];
    }
    return TopClasses.of(exact, count, classNames);
  }

  /**
   * As {@link #predict(double[], int)}, later: together with what others ask for.
   *
   * <p>The answer comes on a thread of the common pool. It ends exceptionally as the other would
   * throw. A cancelled request that has not had its turn is not computed.
   *
   * @param x not to be changed until there is an answer
   * @throws IllegalArgumentException as {@link #predict(double[], int)} does, so that no request
   *     spoils the batch of others
   * @throws QueueFullException if too many are waiting
   * @throws PredictorClosedException if it is closed
   */
  public CompletableFuture<double[]> predictAsync(double[] x, int rows) {
    return submit(x, rows, null);
  }

  /**
   * As {@link #predictAsync(double[], int)}, with a limit to the waiting: a request whose turn
   * comes later than that is not computed and ends with {@link DeadlineExceededException}.
   *
   * @param within not negative
   */
  public CompletableFuture<double[]> predictAsync(double[] x, int rows, Duration within) {
    if (within.isNegative()) {
      throw new IllegalArgumentException(
          "predictAsync: the answer is wanted within %s, which is over".formatted(within));
    }
    return submit(x, rows, within);
  }

  private CompletableFuture<double[]> submit(double[] x, int rows, Duration within) {
    requireRows(x, rows);
    // Here rather than when its batch is computed, which others are in too.
    Rows.probabilities(rows, model.classes());
    MicroBatcher.Request request = new MicroBatcher.Request(x, rows, within);
    try {
      batcher.submit(request);
    } catch (QueueFullException | PredictorClosedException e) {
      tell(of -> of.onError(e));
      throw e;
    }
    return request.answer;
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

  /** Answers requests that were put together. */
  private void compute(List<MicroBatcher.Request> requests) {
    int rows = 0;
    for (MicroBatcher.Request request : requests) {
      rows += request.rows;
      tell(of -> of.onQueued(request.waited()));
    }
    int all = rows;
    tell(of -> of.onBatch(requests.size(), all));
    Rows.Doubles together = new Rows.Doubles(all, numbers(requests, all), model.classes());
    try {
      timed(together);
    } catch (RuntimeException e) {
      requests.forEach(request -> answer(request, of -> of.completeExceptionally(e)));
      return;
    }
    int from = 0;
    for (MicroBatcher.Request request : requests) {
      int to = from + request.rows * model.classes();
      double[] part =
          requests.size() == 1
              ? together.probabilities()
              : Arrays.copyOfRange(together.probabilities(), from, to);
      answer(request, of -> of.complete(part));
      from = to;
    }
  }

  private double[] numbers(List<MicroBatcher.Request> requests, int rows) {
    if (requests.size() == 1) {
      return requests.get(0).x;
    }
    double[] all = new double[rows * model.features()];
    int at = 0;
    for (MicroBatcher.Request request : requests) {
      System.arraycopy(request.x, 0, all, at, request.x.length);
      at += request.x.length;
    }
    return all;
  }

  /** What hangs on an answer must not hold up the next batch. */
  private static void answer(
      MicroBatcher.Request request, Consumer<CompletableFuture<double[]>> completion) {
    CompletableFuture<double[]> answer = request.answer;
    answer.defaultExecutor().execute(() -> completion.accept(answer));
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
    tell(of -> of.onPredicted(rows.count(), time));
  }

  private void tell(Consumer<PredictorListener> event) {
    try {
      event.accept(listener);
    } catch (Throwable e) {
      LOG.warn("predictor: the listener failed", e);
    }
  }

  /**
   * Refuses new calls, and finishes what is under way if that takes no longer than {@link
   * PredictorOptions#closeTimeout}; requests that wait after that are refused. Closing twice is
   * harmless.
   */
  @Override
  public void close() {
    long end = System.nanoTime() + nanos(options.closeTimeout());
    if (!engine.startClosing()) {
      return;
    }
    batcher.close();
    boolean interrupted = false;
    boolean finished = false;
    try {
      finished = batcher.await(end - System.nanoTime());
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
    return Duration.ofNanos(nanos(options.closeTimeout()));
  }

  private static long nanos(Duration time) {
    return time.compareTo(Duration.ofDays(1)) > 0 ? Duration.ofDays(1).toNanos() : time.toNanos();
  }

  private void free() {
    engine.close();
  }
}
