package io.rowwise.predictor;

import io.rowwise.backend.BackendRequest;
import io.rowwise.backend.DeviceLostException;
import io.rowwise.backend.OutOfDeviceMemoryException;
import io.rowwise.model.SoftmaxModel;
import io.rowwise.predictor.PredictorOptions.OnFailure;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The parameters on the device that was asked for and, when that fails and the options say so, on
 * the CPU. Safe for many threads.
 */
final class FailoverEngine {
  private static final Logger LOG = LoggerFactory.getLogger(FailoverEngine.class);
  private static final BackendRequest CPU = new BackendRequest("cpu", false, Optional.empty());

  private final SoftmaxModel model;
  private final PredictorOptions options;
  private final BackendLease.Source backends;
  private final InstantSource clock;
  private final Consumer<String> onFallback;
  private final Object change = new Object();
  private volatile Engine active;
  private volatile Health health;
  private Engine cpu;
  private boolean closed;

  /**
   * Warmed up: it has predicted. Leaves nothing if this throws.
   *
   * @param options with nothing left open
   * @param onFallback is told why the CPU answers in the place of the device
   */
  FailoverEngine(
      SoftmaxModel model,
      PredictorOptions options,
      BackendLease.Source backends,
      InstantSource clock,
      Consumer<String> onFallback) {
    this.model = model;
    this.options = options;
    this.backends = backends;
    this.clock = clock;
    this.onFallback = onFallback;
    BackendLease lease =
        options.given().map(BackendLease::given).orElseGet(() -> backends.lease(options.request()));
    Optional<String> reason = lease.fallbackReason();
    try {
      this.active = new Engine(lease, model, options);
    } catch (DeviceLostException | OutOfDeviceMemoryException e) {
      if (onFailure(e) == OnFailure.FAIL) {
        throw e;
      }
      LOG.warn("predictor: {}; the CPU answers", e.getMessage());
      this.active = cpu(e);
      reason = Optional.of(e.getMessage());
    }
    this.health =
        new Health(
            Health.State.READY,
            options.request().backend(),
            active.device(),
            clock.instant(),
            reason);
    try {
      warmUp();
    } catch (Throwable e) {
      try {
        close();
      } catch (RuntimeException notClosed) {
        e.addSuppressed(notClosed);
      }
      throw e;
    }
  }

  private OnFailure onFailure(RuntimeException failure) {
    return failure instanceof DeviceLostException
        ? options.onDeviceLost()
        : options.onOutOfMemory();
  }

  /** The first calls load kernels and take memory, which nobody should have to wait for. */
  private void warmUp() {
    for (int rows : new int[] {1, options.maxBatchRows()}) {
      // No product of these is larger than one row is, or than what may be computed at once.
      predict(new Rows.Doubles(rows, new double[rows * model.features()], model.classes()));
    }
  }

  /**
   * On the active device or, if it fails and that is wanted, on the CPU.
   *
   * @throws PredictorClosedException if it is closed
   */
  void predict(Rows rows) {
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
        onFallback.accept("out of memory");
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
    onFallback.accept("device lost");
    engine.close();
  }

  /** The CPU in the place of a device, opened when it is first needed. */
  private Engine cpu(RuntimeException reason) {
    synchronized (change) {
      if (closed) {
        throw new PredictorClosedException();
      }
      if (cpu == null) {
        try {
          cpu = new Engine(backends.lease(CPU), model, options);
        } catch (RuntimeException e) {
          reason.addSuppressed(e);
          throw reason;
        }
      }
      return cpu;
    }
  }

  private void setHealth(Health.State state, String device, String reason) {
    if (health.state() == Health.State.CLOSED) {
      return;
    }
    Instant now = clock.instant();
    health = new Health(state, options.request().backend(), device, now, Optional.of(reason));
  }

  /** What it runs on. */
  Health health() {
    return health;
  }

  /** The bytes of the active device's memory that the parameters and workspaces take. */
  long bytes() {
    return active.bytes();
  }

  /**
   * Says that it is closed; it still predicts.
   *
   * @return whether it was not closed before
   */
  boolean startClosing() {
    synchronized (change) {
      if (health.state() == Health.State.CLOSED) {
        return false;
      }
      setHealth(Health.State.CLOSED, active.device(), "closed");
      return true;
    }
  }

  /** Frees everything, when nobody predicts any more. */
  void close() {
    Engine first;
    Engine second;
    synchronized (change) {
      closed = true;
      first = active;
      second = cpu;
    }
    try {
      first.close();
    } finally {
      if (second != null) {
        second.close();
      }
    }
  }
}
