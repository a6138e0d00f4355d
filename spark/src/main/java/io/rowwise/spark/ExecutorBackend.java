package io.rowwise.spark;

import io.rowwise.backend.Backend;
import io.rowwise.backend.BackendChoice;
import io.rowwise.backend.Backends;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A backend of this JVM that tasks share: opened for the first of them, and closed when nobody has
 * used it for a minute. Spark gives a task no place for what outlives it, so these are static.
 *
 * <p>GPUs have one each, however tasks name them. On the CPU there are as many as tasks compute at
 * once, so that each task has as many threads as it has cores; of one thread, a single one serves
 * all tasks.
 */
final class ExecutorBackend {
  private static final Logger LOG = LoggerFactory.getLogger(ExecutorBackend.class);
  private static final long IDLE = TimeUnit.MINUTES.toNanos(1);
  private static final List<ExecutorBackend> OPEN = new ArrayList<>();

  private final DeviceRequest request;
  private final Backend backend;
  private final String description;
  private int users;
  private int working;
  private long idleSince;
  private boolean isCondemned;

  private ExecutorBackend(DeviceRequest request) {
    this.request = request;
    BackendChoice choice = Backends.choose(request.toBackendRequest());
    this.backend = choice.backend();
    String reason = choice.fallbackReason().orElse(request.reason());
    this.description = backend.device().id() + (reason.isEmpty() ? "" : " (" + reason + ")");
    LOG.info("tasks compute on {}", description);
  }

  /**
   * One that is open, or a new one. The calling task is at work with it, until it calls {@link
   * #leave}; whoever takes it gives it back, with {@link #release}.
   *
   * @throws io.rowwise.backend.BackendUnavailableException if there is none
   */
  static ExecutorBackend acquire(DeviceRequest request) {
    ExecutorBackend taken = take(request.byNumber());
    Janitor.begin();
    return taken;
  }

  private static ExecutorBackend take(DeviceRequest request) {
    synchronized (OPEN) {
      boolean isShared = !request.isCpu() || request.threads() == 1;
      ExecutorBackend best =
          OPEN.stream()
              .filter(open -> open.request.equals(request) && (isShared || open.working == 0))
              .min(Comparator.comparingInt(open -> open.users))
              .orElse(null);
      if (best == null) {
        best = new ExecutorBackend(request);
        OPEN.add(best);
      }
      best.users++;
      best.working++;
      return best;
    }
  }

  /** A task begins to compute with it again. */
  void enter() {
    synchronized (OPEN) {
      working++;
    }
  }

  /** A task does not compute with it any more, for now. */
  void leave() {
    synchronized (OPEN) {
      working--;
    }
  }

  Backend backend() {
    return backend;
  }

  boolean isCpu() {
    return backend.name().equals(DeviceRequest.CPU);
  }

  /** Whether work may go on elsewhere if this device fails. */
  boolean mayFallBack() {
    return request.fallback() && !isCpu();
  }

  /** The device, and why it is not a better one. */
  @Override
  public String toString() {
    return description;
  }

  /** Ends one use. */
  void release() {
    boolean isLast;
    synchronized (OPEN) {
      users--;
      idleSince = System.nanoTime();
      isLast = isCondemned && users == 0;
    }
    if (isLast) {
      close();
    }
  }

  /** Nobody else is to get it, since it has failed; its last user closes it. */
  void condemn() {
    synchronized (OPEN) {
      OPEN.remove(this);
      isCondemned = true;
    }
  }

  /** How many bytes of matrices are open in this JVM's backends. */
  static long openBytes() {
    synchronized (OPEN) {
      return OPEN.stream().mapToLong(open -> open.backend.openBytes()).sum();
    }
  }

  /**
   * Closes those that are long unused.
   *
   * @param isOver whether to close what is unused however short
   * @return whether any is left
   */
  static boolean closeIdle(boolean isOver) {
    List<ExecutorBackend> idle = new ArrayList<>();
    boolean anyLeft;
    synchronized (OPEN) {
      long now = System.nanoTime();
      for (Iterator<ExecutorBackend> all = OPEN.iterator(); all.hasNext(); ) {
        ExecutorBackend open = all.next();
        if (open.users == 0 && (isOver || now - open.idleSince > IDLE)) {
          all.remove();
          idle.add(open);
        }
      }
      anyLeft = !OPEN.isEmpty();
    }
    idle.forEach(ExecutorBackend::close);
    return anyLeft;
  }

  private void close() {
    try {
      backend.close();
    } catch (RuntimeException e) {
      LOG.warn("closing {} failed", request.backend(), e);
    }
  }
}
