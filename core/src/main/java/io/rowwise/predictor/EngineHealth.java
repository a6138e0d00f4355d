package io.rowwise.predictor;

import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * How each device is, and the {@link Health} of all that follows. One thread at a time changes it;
 * any may read {@link #current}.
 */
final class EngineHealth {
  private final String requested;
  private final InstantSource clock;
  private final Map<String, DeviceHealth> devices = new LinkedHashMap<>();
  private final Set<String> reasons = new LinkedHashSet<>();
  private volatile Health current;

  EngineHealth(String requested, InstantSource clock) {
    this.requested = requested;
    this.clock = clock;
  }

  /** Requests go to a device. */
  void answers(String device) {
    devices.put(device, new DeviceHealth(device, true, clock.instant(), Optional.empty()));
  }

  /** No requests go to a device, for that reason. */
  void fails(String device, String reason) {
    devices.put(device, new DeviceHealth(device, false, clock.instant(), Optional.of(reason)));
    because(reason);
  }

  /** Why it is not what was asked for. */
  void because(String reason) {
    reasons.add(reason);
  }

  /** Publishes what has changed, unless all is closed. */
  void become(Health.State state, Replicas active) {
    if (current != null && current.state() == Health.State.CLOSED) {
      return;
    }
    Optional<String> reason =
        state == Health.State.CLOSED
            ? Optional.of("closed")
            : Optional.of(String.join("; ", reasons)).filter(text -> !text.isEmpty());
    Instant now = clock.instant();
    List<DeviceHealth> each = new ArrayList<>(devices.values());
    current = new Health(state, requested, active.toString(), now, reason, each);
  }

  /** What was published last. */
  Health current() {
    return current;
  }
}
