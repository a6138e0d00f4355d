package io.rowwise.predictor;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.ToDoubleFunction;

/**
 * A {@link PredictorListener} that keeps Micrometer's meters, for programs that have {@code
 * io.micrometer:micrometer-core}:
 *
 * <table>
 *   <caption>Meters</caption>
 *   <tr><th>name</th><th>meter</th><th>unit</th></tr>
 *   <tr><td>{@code rowwise.predictor.calls}</td><td>timer of computations, waiting not counted</td><td>seconds</td></tr>
 *   <tr><td>{@code rowwise.predictor.rows}</td><td>counter</td><td>rows</td></tr>
 *   <tr><td>{@code rowwise.predictor.batch.rows}</td><td>summary of the sizes of batches</td><td>rows</td></tr>
 *   <tr><td>{@code rowwise.predictor.batch.requests}</td><td>summary of what was put together</td><td>requests</td></tr>
 *   <tr><td>{@code rowwise.predictor.queue.time}</td><td>timer of waiting for a turn</td><td>seconds</td></tr>
 *   <tr><td>{@code rowwise.predictor.queue.rows}</td><td>gauge of {@link Predictor#queuedRows}, of all its predictors</td><td>rows</td></tr>
 *   <tr><td>{@code rowwise.predictor.deadlines.missed}</td><td>counter</td><td>calls</td></tr>
 *   <tr><td>{@code rowwise.predictor.ready}</td><td>gauge: 1 while {@link Predictor#health} of all its predictors that are open is {@link Health.State#READY}, else 0</td><td></td></tr>
 *   <tr><td>{@code rowwise.predictor.listener.failures}</td><td>counter of {@link PredictorListener#onListenerFailure}</td><td>failures</td></tr>
 *   <tr><td>{@code rowwise.predictor.device.memory}</td><td>gauge of {@link Predictor#deviceMemory}, of all its predictors</td><td>bytes</td></tr>
 *   <tr><td>{@code rowwise.predictor.device.calls}</td><td>timer of computations, by {@code device}</td><td>seconds</td></tr>
 *   <tr><td>{@code rowwise.predictor.device.rows}</td><td>counter, by {@code device}</td><td>rows</td></tr>
 *   <tr><td>{@code rowwise.predictor.device.losses}</td><td>counter, by {@code device}</td><td>devices</td></tr>
 *   <tr><td>{@code rowwise.predictor.fallbacks}</td><td>counter, by {@code reason}</td><td>calls</td></tr>
 *   <tr><td>{@code rowwise.predictor.errors}</td><td>counter, by {@code type}</td><td>calls</td></tr>
 * </table>
 *
 * <p>Safe for use by many threads, and by several predictors, which it then counts together.
 */
public final class PredictorMetrics implements PredictorListener {
  private static final String PREFIX = "rowwise.predictor.";

  private final MeterRegistry registry;
  private final Tags tags;
  private final Timer calls;
  private final Counter rows;
  private final DistributionSummary batchRows;
  private final DistributionSummary batchRequests;
  private final Timer queueTime;
  private final Counter deadlinesMissed;
  private final Counter listenerFailures;

  /** An error may be made often; to look its counter up in the registry takes longer. */
  private final Map<Class<?>, Counter> errors = new ConcurrentHashMap<>();

  private final Map<String, OnDevice> devices = new ConcurrentHashMap<>();

  private record OnDevice(Timer calls, Counter rows) {}

  private final Set<Predictor> ready =
      Collections.synchronizedSet(Collections.newSetFromMap(new WeakHashMap<>()));
  private boolean gauged;

  /**
   * @param registry stays the caller's
   * @param tags of every meter, to tell predictors apart
   */
  public PredictorMetrics(MeterRegistry registry, Tag... tags) {
    this.registry = registry;
    this.tags = Tags.of(tags);
    this.calls = Timer.builder(PREFIX + "calls").tags(this.tags).register(registry);
    this.rows =
        Counter.builder(PREFIX + "rows").baseUnit("rows").tags(this.tags).register(registry);
    this.batchRows = summary("batch.rows", "rows");
    this.batchRequests = summary("batch.requests", "requests");
    this.queueTime = Timer.builder(PREFIX + "queue.time").tags(this.tags).register(registry);
    this.deadlinesMissed = registry.counter(PREFIX + "deadlines.missed", this.tags);
    this.listenerFailures = registry.counter(PREFIX + "listener.failures", this.tags);
  }

  private DistributionSummary summary(String name, String unit) {
    return DistributionSummary.builder(PREFIX + name).baseUnit(unit).tags(tags).register(registry);
  }

  /** Keeps no hold of the predictor. */
  @Override
  public void onReady(Predictor predictor) {
    ready.add(predictor);
    gaugeOnce();
  }

  private synchronized void gaugeOnce() {
    if (gauged) {
      return;
    }
    gauged = true;
    gauge("device.memory", "bytes", PredictorMetrics::deviceMemory);
    gauge("queue.rows", "rows", PredictorMetrics::queuedRows);
    gauge("ready", null, PredictorMetrics::allReady);
  }

  private void gauge(String name, String unit, ToDoubleFunction<PredictorMetrics> value) {
    // What another listener has left behind under this name shows predictors that came before.
    registry.removeByPreFilterId(new Meter.Id(PREFIX + name, tags, unit, null, Meter.Type.GAUGE));
    Gauge.builder(PREFIX + name, this, value)
        .baseUnit(unit)
        .tags(tags)
        .strongReference(true)
        .register(registry);
  }

  private double deviceMemory() {
    synchronized (ready) {
      return ready.stream().mapToLong(Predictor::deviceMemory).sum();
    }
  }

  private double queuedRows() {
    synchronized (ready) {
      return ready.stream().mapToLong(Predictor::queuedRows).sum();
    }
  }

  private double allReady() {
    synchronized (ready) {
      Set<Health.State> states = EnumSet.noneOf(Health.State.class);
      ready.forEach(each -> states.add(each.health().state()));
      states.remove(Health.State.CLOSED);
      return states.equals(EnumSet.of(Health.State.READY)) ? 1 : 0;
    }
  }

  @Override
  public void onPredicted(int count, Duration time) {
    calls.record(time);
    rows.increment(count);
  }

  @Override
  public void onPredicted(String device, int count, Duration time) {
    onPredicted(count, time);
    OnDevice meters = devices.computeIfAbsent(device, this::onDevice);
    meters.calls.record(time);
    meters.rows.increment(count);
  }

  private OnDevice onDevice(String device) {
    Tags named = tags.and("device", device);
    return new OnDevice(
        Timer.builder(PREFIX + "device.calls").tags(named).register(registry),
        Counter.builder(PREFIX + "device.rows").baseUnit("rows").tags(named).register(registry));
  }

  @Override
  public void onDeviceLost(String device) {
    registry.counter(PREFIX + "device.losses", tags.and("device", device)).increment();
  }

  @Override
  public void onBatch(int requests, int count) {
    batchRequests.record(requests);
    batchRows.record(count);
  }

  @Override
  public void onQueued(Duration waited) {
    queueTime.record(waited);
  }

  @Override
  public void onDeadlineMissed(Duration allowed) {
    deadlinesMissed.increment();
  }

  @Override
  public void onListenerFailure(Throwable failure) {
    listenerFailures.increment();
  }

  @Override
  public void onFallback(String reason) {
    registry.counter(PREFIX + "fallbacks", tags.and("reason", reason)).increment();
  }

  @Override
  public void onError(RuntimeException error) {
    errors.computeIfAbsent(error.getClass(), this::errors).increment();
  }

  private Counter errors(Class<?> type) {
    return registry.counter(PREFIX + "errors", tags.and("type", type.getSimpleName()));
  }
}
