package io.rowwise.predictor;

import io.rowwise.backend.BackendRequest;
import io.rowwise.backend.BackendUnavailableException;
import io.rowwise.backend.DeviceLostException;
import io.rowwise.backend.OutOfDeviceMemoryException;
import io.rowwise.model.SoftmaxModel;
import io.rowwise.predictor.PredictorOptions.OnFailure;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The parameters on each device that was asked for. What a device fails at is done by the others,
 * and when none is left and the options say so, by the CPU. Safe for many threads.
 */
final class FailoverEngine {
  private static final Logger LOG = LoggerFactory.getLogger(FailoverEngine.class);
  private static final String CPU_DEVICE = "cpu";
  private static final BackendRequest CPU = new BackendRequest(CPU_DEVICE, false, Optional.empty());

  private final SoftmaxModel model;
  private final PredictorOptions options;
  private final BackendLease.Source backends;
  private final GuardedListener listener;
  private final Object change = new Object();
  private final EngineHealth health;

  /** Never empty once it is open. */
  private volatile Replicas active = Replicas.of();

  private Engine cpu;
  private boolean closed;

  /**
   * Warmed up: each device has predicted. Leaves nothing if this throws.
   *
   * @param options with nothing left open
   * @param devices at least one
   * @param listener is told of devices that are lost, and why the CPU answers in their place
   */
  FailoverEngine(
      SoftmaxModel model,
      PredictorOptions options,
      List<BackendRequest> devices,
      BackendLease.Source backends,
      InstantSource clock,
      GuardedListener listener) {
    this.model = model;
    this.options = options;
    this.backends = backends;
    this.listener = listener;
    this.health = new EngineHealth(options.request().backend(), clock);
    try {
      open(devices);
      health.become(Health.State.READY, active);
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

  /** Those that can be opened. The last one has the fallback, should it be alone. */
  private void open(List<BackendRequest> devices) {
    List<RuntimeException> refusals = new ArrayList<>();
    for (int i = 0; i < devices.size(); i++) {
      BackendRequest device = devices.get(i);
      if (i < devices.size() - 1 || !active.isEmpty()) {
        openBesideOthers(device.fallback(false), refusals);
        continue;
      }
      try {
        openAlone(device);
      } catch (RuntimeException e) {
        refusals.forEach(e::addSuppressed);
        throw e;
      }
    }
  }

  private void openAlone(BackendRequest device) {
    BackendLease lease =
        options.given().map(BackendLease::given).orElseGet(() -> backends.lease(device));
    lease.fallbackReason().ifPresent(reason -> fellBack(device, reason));
    try {
      add(new Engine(lease, model, options));
    } catch (DeviceLostException | OutOfDeviceMemoryException e) {
      if (onFailure(e) == OnFailure.FAIL) {
        throw e;
      }
      LOG.warn("predictor: {}; the CPU answers", e.getMessage());
      health.fails(device.backend(), e.getMessage());
      add(cpu(e));
    }
  }

  /** {@code auto} asks for no device in particular. */
  private void fellBack(BackendRequest device, String reason) {
    if (device.backend().equals("auto")) {
      health.because(reason);
    } else {
      health.fails(device.backend(), reason);
    }
  }

  private void openBesideOthers(BackendRequest device, List<RuntimeException> refusals) {
    try {
      add(new Engine(backends.lease(device), model, options));
    } catch (BackendUnavailableException | DeviceLostException | OutOfDeviceMemoryException e) {
      LOG.warn("predictor: {}; it does without {}", e.getMessage(), device.backend());
      health.fails(device.backend(), e.getMessage());
      refusals.add(e);
    }
  }

  private void add(Engine engine) {
    active = active.with(engine);
    health.answers(engine.device());
  }

  private OnFailure onFailure(RuntimeException failure) {
    return failure instanceof DeviceLostException
        ? options.onDeviceLost()
        : options.onOutOfMemory();
  }

  /** The first calls load kernels and take memory, which nobody should have to wait for. */
  private void warmUp() {
    for (Engine each : active.engines()) {
      for (int rows : new int[] {1, options.maxBatchRows()}) {
        // No product of these is larger than one row is, or than what may be computed at once.
        predict(new Rows.Doubles(rows, new double[rows * model.features()], model.classes()), each);
      }
    }
  }

  /**
   * On the device with the fewest rows under way or, if it fails, on the others or, if that is
   * wanted, on the CPU.
   *
   * @throws PredictorClosedException if it is closed
   */
  void predict(Rows rows) {
    predict(rows, active.idlest(Set.of()));
  }

  private void predict(Rows rows, Engine first) {
    Engine engine = first;
    Set<Engine> full = Set.of();
    OutOfDeviceMemoryException shortage = null;
    while (engine != null) {
      try {
        if (engine.predict(rows)) {
          return;
        }
        // It was replaced a moment ago, or closed for good.
        if (active.contains(engine)) {
          throw new PredictorClosedException();
        }
      } catch (DeviceLostException e) {
        lost(engine, e);
      } catch (OutOfDeviceMemoryException e) {
        shortage = e;
        full = new HashSet<>(full);
        full.add(engine);
      }
      engine = active.idlest(full);
    }
    predictWithoutMemory(rows, full, shortage);
  }

  private void predictWithoutMemory(
      Rows rows, Set<Engine> full, OutOfDeviceMemoryException shortage) {
    if (options.onOutOfMemory() == OnFailure.FAIL
        || full.stream().anyMatch(each -> each.device().equals(CPU_DEVICE))) {
      throw shortage;
    }
    listener.tell(of -> of.onFallback("out of memory"));
    if (!cpu(shortage).predict(rows)) {
      throw new PredictorClosedException();
    }
  }

  /** Asks a device that is lost no more, once; the last one is replaced by the CPU, or throws. */
  private void lost(Engine engine, DeviceLostException e) {
    boolean isLast;
    boolean fails;
    synchronized (change) {
      if (!active.contains(engine)) {
        return;
      }
      Replicas left = active.without(engine);
      isLast = left.isEmpty();
      fails = isLast && options.onDeviceLost() == OnFailure.FAIL;
      if (fails && health.current().state() != Health.State.READY) {
        throw e;
      }
      if (isLast && !fails) {
        left = Replicas.of(cpu(e));
        health.answers(left.toString());
      }
      health.fails(engine.device(), e.getMessage());
      if (fails) {
        LOG.warn("predictor: {}", e.getMessage());
        health.become(Health.State.LOST, active);
      } else {
        LOG.warn(
            "predictor: {}; {} from now on",
            e.getMessage(),
            isLast ? "the CPU answers" : "without it, on " + left);
        active = left;
        health.become(Health.State.READY, left);
      }
    }
    listener.tell(of -> of.onDeviceLost(engine.device()));
    if (fails) {
      throw e;
    }
    if (isLast) {
      listener.tell(of -> of.onFallback("device lost"));
    }
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

  /** What it runs on. */
  Health health() {
    return health.current();
  }

  /** The bytes of the active devices' memory that the parameters and workspaces take. */
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
      if (health.current().state() == Health.State.CLOSED) {
        return false;
      }
      health.become(Health.State.CLOSED, active);
      return true;
    }
  }

  /** Frees everything, when nobody predicts any more. */
  void close() {
    Set<Engine> all;
    synchronized (change) {
      closed = true;
      all = new HashSet<>(active.engines());
      if (cpu != null) {
        all.add(cpu);
      }
    }
    RuntimeException failure = null;
    for (Engine each : all) {
      try {
        each.close();
      } catch (RuntimeException e) {
        if (failure == null) {
          failure = e;
        } else {
          failure.addSuppressed(e);
        }
      }
    }
    if (failure != null) {
      throw failure;
    }
  }
}
