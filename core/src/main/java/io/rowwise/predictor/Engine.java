package io.rowwise.predictor;

import io.rowwise.backend.Backend;
import io.rowwise.backend.BackendChoice;
import io.rowwise.backend.Matrix;
import io.rowwise.backend.OutOfDeviceMemoryException;
import io.rowwise.model.SoftmaxModel;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The parameters on one backend, with workspaces for those who predict. Safe for many threads; owns
 * its backend.
 */
final class Engine {
  private static final Logger LOG = LoggerFactory.getLogger(Engine.class);
  private static final int MOST_IDLE = 16;

  private final BackendChoice choice;
  private final PredictorOptions options;
  private final Matrix weights;
  private final Matrix bias;
  private final ConcurrentLinkedDeque<Workspace> idle = new ConcurrentLinkedDeque<>();
  private final AtomicInteger idleCount = new AtomicInteger();
  private final Gate gate = new Gate(this::free);

  /**
   * @param choice with the backend; closed if this throws
   */
  Engine(BackendChoice choice, SoftmaxModel model, PredictorOptions options) {
    this.choice = choice;
    this.options = options;
    Backend backend = choice.backend();
    try {
      weights = backend.matrix(options.type(), model.features(), model.classes(), model.weights());
      bias = backend.matrix(options.type(), 1, model.classes(), model.bias());
    } catch (RuntimeException e) {
      backend.close();
      throw e;
    }
  }

  BackendChoice choice() {
    return choice;
  }

  String device() {
    return choice.backend().device().id();
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
    try {
      int most = options.maxBatchRows();
      for (int from = 0; from < rows.count(); from += most) {
        predict(rows, from, from + Math.min(most, rows.count() - from));
      }
      return true;
    } finally {
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
    Workspace workspace = idle.pollFirst();
    if (workspace == null) {
      workspace = new Workspace(choice.backend(), options.type());
    } else {
      idleCount.decrementAndGet();
    }
    boolean kept = false;
    try {
      workspace.predict(rows, from, to, weights, bias);
      kept = idleCount.incrementAndGet() <= MOST_IDLE;
      if (!kept) {
        idleCount.decrementAndGet();
      }
    } finally {
      if (kept) {
        idle.addFirst(workspace);
      } else {
        workspace.close();
      }
    }
  }

  private void freeIdle() {
    for (Workspace each = idle.pollFirst(); each != null; each = idle.pollFirst()) {
      idleCount.decrementAndGet();
      each.close();
    }
  }

  /** Frees everything, when nobody predicts any more. */
  void close() {
    gate.close();
  }

  private void free() {
    freeIdle();
    weights.close();
    bias.close();
    choice.backend().close();
  }
}
