package io.rowwise.predictor;

import io.rowwise.backend.Backend;
import io.rowwise.backend.BackendChoice;
import io.rowwise.backend.BackendRequest;
import io.rowwise.backend.Backends;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/** A backend that somebody uses, and what is to happen to it when he does not any more. */
final class BackendLease implements AutoCloseable {
  /** Where leases come from. */
  interface Source {
    BackendLease lease(BackendRequest request);

    /** A request for each device that one is for, as {@link Backends#devices} says. */
    default List<BackendRequest> devices(BackendRequest request) {
      return Backends.devices(request);
    }
  }

  private final BackendChoice choice;
  private final Runnable onLost;
  private final Runnable onEnd;
  private final AtomicBoolean ended = new AtomicBoolean();

  BackendLease(BackendChoice choice, Runnable onLost, Runnable onEnd) {
    this.choice = choice;
    this.onLost = onLost;
    this.onEnd = onEnd;
  }

  /** A backend that nobody else uses: closed in the end. */
  static BackendLease own(BackendChoice choice) {
    return new BackendLease(choice, () -> {}, choice.backend()::close);
  }

  /** A backend that is its owner's to close. */
  static BackendLease given(Backend backend) {
    BackendChoice choice = new BackendChoice(backend, backend.name(), Optional.empty());
    return new BackendLease(choice, () -> {}, () -> {});
  }

  Backend backend() {
    return choice.backend();
  }

  /** Why it is not the backend that was asked for, if it is not. */
  Optional<String> fallbackReason() {
    return choice.fallbackReason();
  }

  /** Its device has stopped working: nobody else is to get it. */
  void lost() {
    onLost.run();
  }

  @Override
  public void close() {
    if (ended.compareAndSet(false, true)) {
      onEnd.run();
    }
  }
}
