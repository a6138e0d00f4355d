package io.rowwise.predictor;

import io.rowwise.backend.ElementType;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/** How a {@link Predictor} works. Immutable: each setting gives other options. */
public final class PredictorOptions implements Cloneable {
  /** What to do when the device cannot answer. */
  public enum OnFailure {
    /** The call fails with the device's error. */
    FAIL,
    /** The CPU answers: this call if memory was short, all calls from now on if it was lost. */
    USE_CPU
  }

  private ElementType type = ElementType.FLOAT32;
  private String backend = "auto";
  private List<String> classNames = List.of();
  private int maxBatchRows = 1024;
  private Duration maxWait = Duration.ofMillis(1);
  private int queueRows = 16_384;
  private Duration closeTimeout = Duration.ofSeconds(5);
  private OnFailure onDeviceLost = OnFailure.USE_CPU;
  private OnFailure onOutOfMemory = OnFailure.USE_CPU;

  private PredictorOptions() {}

  /**
   * {@code float32} on the best device; batches of 1,024 rows, a millisecond's wait, 16,384 rows in
   * the queue, five seconds to close, and the CPU whenever the device fails.
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

  /** The type of the parameters and of the arithmetic. */
  public PredictorOptions type(ElementType newType) {
    PredictorOptions options = copy();
    options.type = Objects.requireNonNull(newType, "type");
    return options;
  }

  /** The backend, as {@code -Dbackend} takes it: {@code auto}, {@code cpu}, {@code cuda}, ... */
  public PredictorOptions backend(String newBackend) {
    PredictorOptions options = copy();
    options.backend = Objects.requireNonNull(newBackend, "backend");
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
   * others to be computed with.
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

  /** What happens when the device stops working. */
  public PredictorOptions onDeviceLost(OnFailure policy) {
    PredictorOptions options = copy();
    options.onDeviceLost = Objects.requireNonNull(policy, "onDeviceLost");
    return options;
  }

  /** What happens when the device has no memory for even a single row. */
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
          "predictor options: %s is %s, wanted nothing or more".formatted(what, value));
    }
  }

  ElementType type() {
    return type;
  }

  String backend() {
    return backend;
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

  OnFailure onDeviceLost() {
    return onDeviceLost;
  }

  OnFailure onOutOfMemory() {
    return onOutOfMemory;
  }
}
