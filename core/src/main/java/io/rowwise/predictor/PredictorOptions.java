package io.rowwise.predictor;

import io.rowwise.backend.Backend;
import io.rowwise.backend.BackendRequest;
import io.rowwise.backend.Backends;
import io.rowwise.backend.ElementType;
import io.rowwise.model.SoftmaxModel;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Executor;

/**
 * How a {@link Predictor} works. Immutable: each setting gives other options.
 *
 * <p><b>Which device.</b> What {@link #backend(String)} and {@link #fallback} say here comes first.
 * Where they are silent, the system properties are read when the predictor is made, just as {@link
 * Backends#open} reads them; an unknown value is an error. <b>To demand a GPU</b>, ask for {@code
 * cuda} and set {@code fallback(false)}: a predictor that would fall back to the CPU is not made,
 * and one that was made does not move there later, unless {@link #onDeviceLost} or {@link
 * #onOutOfMemory} says so.
 *
 * <p><b>Several devices.</b> {@code cuda:all} is every usable GPU of the machine, {@code cuda:0,2}
 * those two, also by name; one that is named twice is opened once. Each has the parameters; a call
 * is computed on the one with the fewest rows under way, and asynchronous requests wait in one
 * queue, from which each device takes a batch when it is free. One that cannot be opened is left
 * out, one that is lost later is asked no more: what it had under way is computed by the others.
 * {@link #fallback}, {@link #onDeviceLost} and {@link #onOutOfMemory} decide what happens when
 * there is no other left. {@link Predictor#health} names each.
 */
public final class PredictorOptions implements Cloneable {
  /** What to do when the device cannot answer. */
  public enum OnFailure {
    /** The call fails with the device's error. */
    FAIL,
    /** The CPU answers: this call if memory was short, all calls from now on if it was lost. */
    USE_CPU
  }

  /** What to do with numbers of x that are not finite, or not once they are rounded to the type. */
  public enum NonFinite {
    /**
     * The call fails with an {@link IllegalArgumentException} that names the row and the column.
     */
    REFUSE,
    /** They are computed with: the probabilities of such a row may be NaN, those of others not. */
    PASS
  }

  /**
   * How many bytes rows and probabilities may take that are computed at once. Larger products are
   * not faster, and what is kept for the next call is not worth more.
   */
  private static final long MOST_BYTES_AT_ONCE = 4L << 20;

  // Without a value: the model's type, what the system properties say, what the fallback allows.
  private ElementType type;
  private String backend;
  private Backend given;
  private Boolean fallback;
  private boolean shared = true;
  private NonFinite nonFinite = NonFinite.REFUSE;
  private List<String> classNames = List.of();
  private int maxBatchRows = 1024;
  private Duration maxWait = Duration.ofMillis(1);
  private int queueRows = 16_384;
  private Duration closeTimeout = Duration.ofSeconds(5);
  private Executor answers;
  private OnFailure onDeviceLost;
  private OnFailure onOutOfMemory;
  private BackendRequest request;

  private PredictorOptions() {}

  /**
   * The model's type, on the device that the system properties choose or else the best one, shared
   * with other predictors; batches of 1,024 rows, a millisecond's wait, 16,384 rows in the queue,
   * five seconds to close, the CPU whenever the device fails if it may be fallen back to, and
   * numbers that are not finite refused.
   */
  public static PredictorOptions defaults() {
    return new PredictorOptions();
  }

  private PredictorOptions copy() {
    try {
      return (PredictorOptions) clone();
    } catch (CloneNotSupportedException e) {
      throw new AssertionError(e);
    }
  }

  /**
   * The type of the parameters, the rows and the probabilities; the model's, unless it is said
   * here. It computes in it, or in {@code float32} for those of 16 bits, to which rows and
   * parameters are rounded. A model with a parameter that is not finite in this type is refused
   * when the predictor is made.
   */
  public PredictorOptions type(ElementType newType) {
    PredictorOptions options = copy();
    options.type = Objects.requireNonNull(newType, "type");
    return options;
  }

  /**
   * The backend, as {@code -Dbackend} takes it: {@code auto}, {@code cpu}, {@code cuda}, {@code
   * cuda:1}, {@code cuda:GPU-5dd3fd0d}, or several devices, {@code cuda:all}, {@code cuda:0,2};
   * whatever the system properties say. In the place of a backend that was given.
   */
  public PredictorOptions backend(String newBackend) {
    PredictorOptions options = copy();
    options.backend = Objects.requireNonNull(newBackend, "backend");
    options.given = null;
    return options;
  }

  /**
   * A backend that is open, in the place of one by name.
   *
   * @param newBackend stays the caller's, who closes it after the predictor
   */
  public PredictorOptions backend(Backend newBackend) {
    PredictorOptions options = copy();
    options.given = Objects.requireNonNull(newBackend, "backend");
    options.backend = null;
    return options;
  }

  /**
   * Whether the CPU may be taken instead of the backend that was asked for, when the predictor is
   * made and, where {@link #onDeviceLost} and {@link #onOutOfMemory} are silent, later. For {@code
   * auto} the CPU is no fallback when the predictor is made: it may be the best there is.
   */
  public PredictorOptions fallback(boolean allowed) {
    PredictorOptions options = copy();
    options.fallback = allowed;
    return options;
  }

  /**
   * Whether predictors of this process that compute on the same device use one backend, with its
   * threads, which the last of them closes. Without that a predictor opens its own. What a backend
   * reads from system properties it reads when it is opened, so it is as the first one found them.
   */
  public PredictorOptions sharedBackend(boolean newShared) {
    PredictorOptions options = copy();
    options.shared = newShared;
    return options;
  }

  /** What happens to rows with numbers that are not finite. */
  public PredictorOptions nonFinite(NonFinite policy) {
    PredictorOptions options = copy();
    options.nonFinite = Objects.requireNonNull(policy, "nonFinite");
    return options;
  }

  /**
   * A name for each class, in order; without them they are called as the model's card says, and if
   * that says nothing {@code 0}, {@code 1}, ...
   */
  public PredictorOptions classNames(List<String> newNames) {
    PredictorOptions options = copy();
    options.classNames = List.copyOf(newNames);
    return options;
  }

  /**
   * How many rows are computed at once, at most, and how long an asynchronous request waits for
   * others to be computed with. Of rows that take more than 4 MiB together, with their
   * probabilities, fewer are computed at once.
   *
   * @throws IllegalArgumentException if there are fewer than 1, or the wait is negative
   */
  public PredictorOptions batches(int maxRows, Duration newMaxWait) {
    requireSome("the rows of a batch", maxRows);
    requireTime("the wait for a batch", newMaxWait);
    PredictorOptions options = copy();
    options.maxBatchRows = maxRows;
    options.maxWait = newMaxWait;
    return options;
  }

  /**
   * How many rows of asynchronous requests may wait.
   *
   * @throws IllegalArgumentException if there are fewer than 1
   */
  public PredictorOptions queueRows(int newQueueRows) {
    requireSome("the rows of the queue", newQueueRows);
    PredictorOptions options = copy();
    options.queueRows = newQueueRows;
    return options;
  }

  /**
   * How long closing waits for what is under way.
   *
   * @throws IllegalArgumentException if it is negative
   */
  public PredictorOptions closeTimeout(Duration newTimeout) {
    requireTime("the time to close", newTimeout);
    PredictorOptions options = copy();
    options.closeTimeout = newTimeout;
    return options;
  }

  /**
   * Who delivers the answers of asynchronous requests, and so runs what hangs on their futures: an
   * executor of the caller's, which gets a task for each answer, and stays the caller's to shut
   * down. Without one, threads of the predictor do: one, and further ones when what hangs on the
   * answers holds up all of them, at most 32, which end when they have had nothing to do for a
   * while.
   *
   * <p>What the executor refuses is delivered by a thread of the predictor; so is an answer whose
   * deadline was missed and that the executor has not begun 10 milliseconds later, and what it has
   * not begun when the predictor has been closed.
   */
  public PredictorOptions answers(Executor newAnswers) {
    PredictorOptions options = copy();
    options.answers = Objects.requireNonNull(newAnswers, "answers");
    return options;
  }

  /**
   * What happens when the device stops working, the last one of several; if nothing is said, the
   * CPU answers if it may be fallen back to.
   */
  public PredictorOptions onDeviceLost(OnFailure policy) {
    PredictorOptions options = copy();
    options.onDeviceLost = Objects.requireNonNull(policy, "onDeviceLost");
    return options;
  }

  /**
   * What happens when the device, or each of several, has no memory for even a single row; if
   * nothing is said, the CPU answers if it may be fallen back to.
   */
  public PredictorOptions onOutOfMemory(OnFailure policy) {
    PredictorOptions options = copy();
    options.onOutOfMemory = Objects.requireNonNull(policy, "onOutOfMemory");
    return options;
  }

  private static void requireSome(String what, int value) {
    if (value < 1) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT, "predictor options: %s are %d, wanted at least 1", what, value));
    }
  }

  private static void requireTime(String what, Duration value) {
    if (value.isNegative()) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT, "predictor options: %s is %s, wanted nothing or more", what, value));
    }
  }

  /**
   * With nothing left open: what a predictor of that model does.
   *
   * @throws IllegalArgumentException if a system property that decides has an unknown value
   */
  PredictorOptions settledFor(SoftmaxModel model) {
    PredictorOptions options = copy();
    options.type = type == null ? model.type() : type;
    Optional<String> named =
        given == null ? Optional.ofNullable(backend) : Optional.of(given.name());
    options.request = BackendRequest.of(named, Optional.ofNullable(fallback));
    OnFailure unsaid = options.request.fallback() ? OnFailure.USE_CPU : OnFailure.FAIL;
    options.onDeviceLost = onDeviceLost == null ? unsaid : onDeviceLost;
    options.onOutOfMemory = onOutOfMemory == null ? unsaid : onOutOfMemory;
    long bytesOfRow = ((long) model.features() + model.classes()) * options.type.bytes();
    long rows = Math.max(1, MOST_BYTES_AT_ONCE / bytesOfRow);
    options.maxBatchRows = (int) Math.min(maxBatchRows, rows);
    return options;
  }

  ElementType type() {
    return type;
  }

  Optional<Backend> given() {
    return Optional.ofNullable(given);
  }

  /** What is asked for, once it is settled. */
  BackendRequest request() {
    return request;
  }

  boolean shared() {
    return shared;
  }

  NonFinite nonFinite() {
    return nonFinite;
  }

  List<String> classNames() {
    return classNames;
  }

  int maxBatchRows() {
    return maxBatchRows;
  }

  Duration maxWait() {
    return maxWait;
  }

  int queueRows() {
    return queueRows;
  }

  Duration closeTimeout() {
    return closeTimeout;
  }

  /** The executor that delivers answers, or null. */
  Executor answers() {
    return answers;
  }

  OnFailure onDeviceLost() {
    return onDeviceLost;
  }

  OnFailure onOutOfMemory() {
    return onOutOfMemory;
  }
}
