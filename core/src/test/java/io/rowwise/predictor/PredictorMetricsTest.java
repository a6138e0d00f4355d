package io.rowwise.predictor;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class PredictorMetricsTest {
  @Test
  void countsWhatItIsTold() {
    MeterRegistry registry = new SimpleMeterRegistry();
    PredictorListener metrics = new PredictorMetrics(registry, Tag.of("model", "iris"));
    metrics.onPredicted("cuda:0", 3, Duration.ofMillis(2));
    metrics.onPredicted("cuda:1", 4, Duration.ofMillis(4));
    metrics.onBatch(2, 7);
    metrics.onQueued(Duration.ofMillis(1));
    metrics.onDeadlineMissed(Duration.ofMillis(1));
    metrics.onListenerFailure(new NoSuchMethodError());
    metrics.onDeviceLost("cuda:0");
    metrics.onFallback("device lost");
    metrics.onError(new PredictorClosedException());
    metrics.onError(new PredictorClosedException());

    assertEquals(2, registry.get("rowwise.predictor.calls").tag("model", "iris").timer().count());
    assertEquals(
        6, registry.get("rowwise.predictor.calls").timer().totalTime(TimeUnit.MILLISECONDS), 1e-9);
    assertEquals(7, registry.get("rowwise.predictor.rows").counter().count());
    assertEquals(7, registry.get("rowwise.predictor.batch.rows").summary().totalAmount());
    assertEquals(2, registry.get("rowwise.predictor.batch.requests").summary().totalAmount());
    assertEquals(1, registry.get("rowwise.predictor.queue.time").timer().count());
    assertEquals(1, registry.get("rowwise.predictor.deadlines.missed").counter().count());
    assertEquals(1, registry.get("rowwise.predictor.listener.failures").counter().count());
    assertEquals(
        1,
        registry.get("rowwise.predictor.fallbacks").tag("reason", "device lost").counter().count());
    Tags second = Tags.of("device", "cuda:1", "model", "iris");
    assertEquals(
        4,
        registry
            .get("rowwise.predictor.device.calls")
            .tags(second)
            .timer()
            .totalTime(TimeUnit.MILLISECONDS),
        1e-9);
    assertEquals(4, registry.get("rowwise.predictor.device.rows").tags(second).counter().count());
    assertEquals(
        1,
        registry
            .get("rowwise.predictor.device.losses")
            .tags("device", "cuda:0", "model", "iris")
            .counter()
            .count());
    assertEquals(
        2,
        registry
            .get("rowwise.predictor.errors")
            .tags("type", "PredictorClosedException", "model", "iris")
            .counter()
            .count());
  }
}
