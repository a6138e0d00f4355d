package io.rowwise.predictor;

import io.rowwise.backend.Backend;
import io.rowwise.backend.DeviceLostException;
import io.rowwise.backend.Matrix;
import io.rowwise.backend.OutOfDeviceMemoryException;
import io.rowwise.model.SoftmaxModel;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The parameters on one backend, with workspaces for those who predict. Safe for many threads; ends
 * the lease of its backend.
 */
final class Engine {
  private static final Logger LOG = LoggerFactory.getLogger(Engine.class);
  private static final int MOST_IDLE = 16;

  /** What idle workspaces take together, but for one that takes more alone. */
  private static final long MOST_IDLE_BYTES = 16L << 20;

  private final BackendLease lease;
  private final String device;
  private final PredictorOptions options;
  private final Matrix weights;
  private final Matrix bias;
  private final AtomicLong bytes = new AtomicLong();
  private final ConcurrentLinkedDeque<Workspace> idle = new ConcurrentLinkedDeque<>();
  private final AtomicInteger idleCount = new AtomicInteger();
  private final AtomicLong idleBytes = new AtomicLong();
  private final AtomicLong underWay = new AtomicLong();
  private final Gate gate = new Gate(this::free);

  /**
   * @param lease of the backend; ended if this throws
   */
  Engine(BackendLease lease, SoftmaxModel model, PredictorOptions options) {
    this.lease = lease;
    this.options = options;
    Backend backend = lease.backend();
    this.device = backend.device().id();
    Matrix made = null;
    try {
      made = parameters(backend, model.features(), model.classes(), model.weights());
      bias = parameters(backend, 1, model.classes(), model.bias());
      weights = made;
    } catch (Throwable e) {
      if (e instanceof DeviceLostException) {
        lease.lost();
      }
      try (lease) {
        closeIfAny(made);
      } catch (RuntimeException notClosed) {
        e.addSuppressed(notClosed);
      }
      throw e;
    }
    bytes.set((weights.elements() + bias.elements()) * options.type().bytes());
  }

  private Matrix parameters(Backend backend, int rows, int columns, double[] values) {
    Matrix matrix = backend.matrix(options.type(), rows, columns);
    try {
      matrix.write(values);
    } catch (Throwable e) {
      closeIfAny(matrix);
      throw e;
    }
    return matrix;
  }

  private static void closeIfAny(Matrix matrix) {
    if (matrix != null) {
      matrix.close();
    }
  }

  String device() {
    return device;
  }

  /** The bytes of the device's memory that the parameters and the workspaces take. */
  long bytes() {
    return bytes.get();
  }

  /** How many rows it has been asked for and not yet computed; a request of none counts as one. */
  long rowsUnderWay() {
    return underWay.get();
  }

  /**
   * Predicts all rows.
   *
   * @return whether it did; not if it has been closed
   * @throws OutOfDeviceMemoryException if there is no memory for a single row
   */
  boolean predict(Rows rows) {
    if (!gate.enter()) {
      return false;
    }
    long places = Math.max(1, rows.count());
    underWay.addAndGet(places);
    try {
      int most = options.maxBatchRows();
      int from = 0;
      while (from < rows.count()) {
        int to = from + Math.min(most, rows.count() - from);
        predict(rows, from, to);
        from = to;
      }
      rows.predictedOn(device);
      return true;
    } catch (DeviceLostException e) {
      lease.lost();
      throw e;
    } finally {
      underWay.addAndGet(-places);
      gate.leave();
    }
  }

  private void predict(Rows rows, int from, int to) {
    try {
      predictAtOnce(rows, from, to);
    } catch (OutOfDeviceMemoryException e) {
      freeIdle();
      if (to - from == 1) {
        predictAtOnce(rows, from, to);
        return;
      }
      LOG.debug("{}: halving a batch of {} rows: {}", device(), to - from, e.getMessage());
      int middle = (from + to) >>> 1;
      predict(rows, from, middle);
      predict(rows, middle, to);
    }
  }

  private void predictAtOnce(Rows rows, int from, int to) {
    Workspace workspace = takeIdle();
    if (workspace == null) {
      workspace = new Workspace(lease.backend(), options, bytes);
    }
    boolean kept = false;
    try {
      workspace.predict(rows, from, to, weights, bias);
      kept = mayBeKept(workspace);
    } finally {
      if (kept) {
        idle.addFirst(workspace);
      } else {
        workspace.close();
      }
    }
  }

  private boolean mayBeKept(Workspace workspace) {
    long own = workspace.bytes();
    long all = idleBytes.addAndGet(own);
    if (idleCount.incrementAndGet() <= MOST_IDLE && (all <= MOST_IDLE_BYTES || all == own)) {
      return true;
    }
    idleCount.decrementAndGet();
    idleBytes.addAndGet(-own);
    return false;
  }

  private Workspace takeIdle() {
    Workspace workspace = idle.pollFirst();
    if (workspace != null) {
      idleCount.decrementAndGet();
      idleBytes.addAndGet(-workspace.bytes());
    }
    return workspace;
  }

  private void freeIdle() {
    for (Workspace each = takeIdle(); each != null; each = takeIdle()) {
      each.close();
    }
  }

  /** Frees everything, when nobody predicts any more. */
  void close() {
    gate.close();
  }

  private void free() {
    try (lease;
        bias;
        weights) {
      freeIdle();
    } finally {
      bytes.set(0);
    }
  }
}
