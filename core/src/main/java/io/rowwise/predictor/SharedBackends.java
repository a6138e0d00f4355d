package io.rowwise.predictor;

import io.rowwise.backend.Backend;
import io.rowwise.backend.BackendChoice;
import io.rowwise.backend.BackendRequest;
import io.rowwise.backend.Backends;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Backends that several use: opened for the first, closed by the last, and one for each device. A
 * device that is lost is forgotten, so that whoever comes later gets a new backend.
 *
 * <p>Which device a request leads to is known once it has been opened. It is remembered as long as
 * that backend is in use, but not if it led to the CPU in the place of another: then the other is
 * tried again.
 */
final class SharedBackends implements BackendLease.Source {
  /**
   * Those of this process. The predictors of one process know nothing of each other, so what they
   * share can only be found in a static place; it is empty when the last of them is closed.
   */
  static final SharedBackends OF_THIS_PROCESS = new SharedBackends(Backends::choose);

  private static final Logger LOG = LoggerFactory.getLogger(SharedBackends.class);

  /** Two providers may name a device alike. */
  private record Place(String provider, String device) {}

  private static final class Shared {
    private final Backend backend;
    private final Map<String, Optional<String>> reasons = new HashMap<>();
    private int users;

    Shared(Backend backend) {
      this.backend = backend;
    }
  }

  private final Function<BackendRequest, BackendChoice> opening;
  private final Map<Place, Shared> open = new HashMap<>();

  SharedBackends(Function<BackendRequest, BackendChoice> opening) {
    this.opening = opening;
  }

  @Override
  public synchronized BackendLease lease(BackendRequest request) {
    String requested = request.backend();
    for (Map.Entry<Place, Shared> each : open.entrySet()) {
      Optional<String> reason = each.getValue().reasons.get(requested);
      if (reason != null) {
        return lease(each.getKey(), each.getValue(), requested, reason);
      }
    }
    BackendChoice choice = opening.apply(request);
    Shared shared = null;
    try {
      boolean best = requested.equals("auto");
      boolean fellBack = !best && choice.fallbackReason().isPresent();
      String provider =
          best || fellBack ? choice.backend().name() : requested.replaceFirst(":.*", "");
      Place place = new Place(provider, choice.backend().device().id());
      shared = open.computeIfAbsent(place, key -> new Shared(choice.backend()));
      if (!fellBack) {
        shared.reasons.put(requested, choice.fallbackReason());
      }
      return lease(place, shared, requested, choice.fallbackReason());
    } finally {
      if (shared == null || shared.backend != choice.backend()) {
        choice.backend().close();
      }
    }
  }

  private BackendLease lease(
      Place place, Shared shared, String requested, Optional<String> reason) {
    BackendLease lease =
        new BackendLease(
            new BackendChoice(shared.backend, requested, reason),
            () -> forget(place, shared),
            () -> leave(place, shared));
    shared.users++;
    return lease;
  }

  private synchronized void forget(Place place, Shared shared) {
    if (open.remove(place, shared)) {
      LOG.debug("{} is lost, and shared no more", place);
    }
  }

  private void leave(Place place, Shared shared) {
    synchronized (this) {
      shared.users--;
      if (shared.users > 0) {
        return;
      }
      open.remove(place, shared);
    }
    shared.backend.close();
  }
}
