package io.rowwise.predictor;

import io.rowwise.backend.BackendChoice;
import io.rowwise.backend.Backends;
import io.rowwise.backend.DeviceLostException;
import io.rowwise.backend.OutOfDeviceMemoryException;
import io.rowwise.classifier.SoftmaxClassifier;
import io.rowwise.model.SoftmaxModel;
import io.rowwise.predictor.PredictorOptions.OnFailure;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A trained softmax classifier that many threads ask at once, for as long as a service runs.
 *
 * <p>It has its own backend and a copy of the parameters, so the classifier that it was made of may
 * be closed. {@link #predict(double[], int)} computes on the calling thread; {@link
 * #predictAsync(double[], int)} puts requests that come at about the same time together. Rows of x
 * are one behind the other in an array, {@code rows x features} numbers; so are the probabilities,
 * {@code rows x classes}.
 *
 * <p><b>When the device fails.</b> If it has too little memory for a batch, the batch is halved and
 * tried again, down to a single row; if it has stopped working, it is not called again. What then
 * happens is said by {@link PredictorOptions#onOutOfMemory} and {@link
 * PredictorOptions#onDeviceLost}: the call fails with {@link OutOfDeviceMemoryException} or {@link
 * DeviceLostException}, or the CPU answers. {@link #health} tells which device answers.
 *
 * <p>Safe for use by many threads. Whoever opened it closes it: new calls are refused from then on
 * with {@link PredictorClosedException}, those under way are finished or, after {@link
 * PredictorOptions#closeTimeout}, left to themselves; the last one that leaves frees the memory.
 */
public final class Predictor implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Predictor.class);

  /** How backends are opened. */
  interface Opening {
    BackendChoice open(String requested, boolean fallback);
  }

  private final SoftmaxModel model;
  private final PredictorOptions options;
  private final PredictorListener listener;
  private final Opening opening;
  private final InstantSource clock;
  private final List<String> classNames;
  private final Gate gate = new Gate(this::closeEngines);
  private final MicroBatcher batcher;
  private final Object change = new Object();
  private volatile Engine active;
  private volatile Health health;
  private Engine cpu;

  Predictor(
      SoftmaxModel model,
      PredictorOptions options,
      PredictorListener listener,
      Opening opening,
      InstantSource clock) {
    this.model = model;
    this.options = options;
    this.listener = listener;
    this.opening = opening;
    this.clock = clock;
    this.classNames = classNames(options, model);
    this.batcher = new MicroBatcher(options, this::compute);
    BackendChoice choice = opening.open(options.backend(), true);
    Optional<String> reason = choice.fallbackReason();
    try {
      this.active = new Engine(choice, model, options);
    } catch (DeviceLostException | OutOfDeviceMemoryException e) {
      if (onFailure(e) == OnFailure.FAIL) {
        throw e;
      }
      LOG.warn("predictor: {}; the CPU answers", e.getMessage());
      this.active = cpu(e);
      reason = Optional.of(e.getMessage());
    }
    this.health =
        new Health(Health.State.READY, options.backend(), active.device(), clock.instant(), reason);
    try {
      warmUp();
    } catch (RuntimeException e) {
      closeEngines();
      throw e;
    }
    LOG.debug("predictor ready: {}", health);
    tell(of -> of.onReady(this));
  }

  private OnFailure onFailure(RuntimeException failure) {
    return failure instanceof DeviceLostException
        ? options.onDeviceLost()
        : options.onOutOfMemory();
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
    return new Predictor(model, options, listener, Backends::choose, InstantSource.system());
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

  /** The first calls load kernels and take memory, which nobody should have to wait for. */
  private void warmUp() {
    for (int rows : new int[] {1, options.maxBatchRows()}) {
      int values = Math.multiplyExact(rows, model.features());
      run(new Rows.Doubles(rows, new double[values], model.classes()));
    }
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
    return health;
  }

  /** The bytes of the device's memory that its parameters and workspaces take now. */
  public long deviceMemory() {
    return active.choice().backend().openBytes();
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

  /**
   * The probability of each class for each row.
   *
   * @param x rows x features numbers
   * @param rows 0 or more
   * @return a new array of rows x classes numbers
   * @throws IllegalArgumentException if there are more or fewer numbers
   * @throws PredictorClosedException if it is closed
   */
  public double[] predict(double[] x, int rows) {
    requireRows(x.length, rows);
    Rows.Doubles all = new Rows.Doubles(rows, x, model.classes());
    call(all);
    return all.probabilities();
  }

  /** As {@link #predict(double[], int)}, for {@code float}. */
  public float[] predict(float[] x, int rows) {
    requireRows(x.length, rows);
    Rows.Floats all = new Rows.Floats(rows, x, model.classes());
    call(all);
    return all.probabilities();
  }

  /**
   * The most probable classes for one row.
   *
   * @param x features numbers
   * @param count how many, at least 1; if there are fewer classes, all of them
   * @return the most probable first; of two that are as probable, the one that comes first
   */
  public List<ClassProbability> topClasses(double[] x, int count) {
    if (count < 1) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT, "topClasses: %d classes were asked for, wanted at least 1", count));
    }
    double[] probabilities = predict(x, 1);
    return IntStream.range(0, probabilities.length)
        .mapToObj(i -> new ClassProbability(i, classNames.get(i), probabilities[i]))
        .sorted(Comparator.comparingDouble(ClassProbability::probability).reversed())
        .limit(count)
        .toList();
  }

  /**
   * As {@link #predict(double[], int)}, later: together with what others ask for.
   *
   * <p>The answer comes on a thread of the common pool. It ends exceptionally as the other would
   * throw. A cancelled request that has not had its turn is not computed.
   *
   * @param x not to be changed until there is an answer
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
    requireRows(x.length, rows);
    MicroBatcher.Request request = new MicroBatcher.Request(x, rows, within);
    try {
      batcher.submit(request);
    } catch (QueueFullException | PredictorClosedException e) {
      tell(of -> of.onError(e));
      throw e;
    }
    return request.answer;
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
      run(rows);
    } catch (RuntimeException e) {
      tell(of -> of.onError(e));
      throw e;
    }
    Duration time = Duration.ofNanos(System.nanoTime() - start);
    tell(of -> of.onPredicted(rows.count(), time));
  }

  /** On the active device or, if it fails and that is wanted, on the CPU. */
  private void run(Rows rows) {
    while (true) {
      Engine engine = active;
      try {
        if (engine.predict(rows)) {
          return;
        }
        // It was replaced a moment ago, or closed for good.
        if (engine == active) {
          throw new PredictorClosedException();
        }
      } catch (DeviceLostException e) {
        lost(engine, e);
      } catch (OutOfDeviceMemoryException e) {
        if (options.onOutOfMemory() == OnFailure.FAIL || engine.device().equals("cpu")) {
          throw e;
        }
        tell(of -> of.onFallback("out of memory"));
        if (!cpu(e).predict(rows)) {
          throw new PredictorClosedException();
        }
        return;
      }
    }
  }

  /** Replaces a device that is lost by the CPU, once, or throws. */
  private void lost(Engine engine, DeviceLostException e) {
    synchronized (change) {
      if (active != engine) {
        return;
      }
      boolean first = health.state() == Health.State.READY;
      if (options.onDeviceLost() == OnFailure.FAIL) {
        if (first) {
          LOG.warn("predictor: {}", e.getMessage());
          setHealth(Health.State.LOST, engine.device(), e.getMessage());
        }
        throw e;
      }
      Engine replacement = cpu(e);
      active = replacement;
      LOG.warn("predictor: {}; the CPU answers from now on", e.getMessage());
      setHealth(Health.State.READY, replacement.device(), e.getMessage());
    }
    tell(of -> of.onFallback("device lost"));
    engine.close();
  }

  /** The CPU in the place of a device, opened when it is first needed. */
  private Engine cpu(RuntimeException reason) {
    synchronized (change) {
      if (cpu == null) {
        try {
          cpu = new Engine(opening.open("cpu", false), model, options);
        } catch (RuntimeException e) {
          reason.addSuppressed(e);
          throw reason;
        }
      }
      return cpu;
    }
  }

  private void setHealth(Health.State state, String device, String reason) {
    Instant now = clock.instant();
    health = new Health(state, options.backend(), device, now, Optional.of(reason));
  }

  private void tell(Consumer<PredictorListener> event) {
    try {
      event.accept(listener);
    } catch (RuntimeException e) {
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
    synchronized (change) {
      if (health.state() == Health.State.CLOSED) {
        return;
      }
      setHealth(Health.State.CLOSED, active.device(), "closed");
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

  private static long nanos(Duration time) {
    return time.compareTo(Duration.ofDays(1)) > 0 ? Duration.ofDays(1).toNanos() : time.toNanos();
  }

  private void closeEngines() {
    List<Engine> engines = new ArrayList<>();
    synchronized (change) {
      engines.add(active);
      if (cpu != null && cpu != active) {
        engines.add(cpu);
      }
    }
    engines.forEach(Engine::close);
  }
}
