package io.rowwise.spark;

import io.rowwise.backend.DeviceLostException;
import io.rowwise.backend.OutOfDeviceMemoryException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a fit keeps in one executor. The driver broadcasts it, so that each executor has one, and
 * destroys the broadcast at the end of the fit: Spark's memory store closes what it removes, which
 * frees the devices in every executor that can be reached. One that hears nothing, or whose copy
 * was written to disk, frees them when they have not been used for a while; if the fit goes on
 * after all, the rows are copied there again.
 *
 * <p>A task that comes after the end, of a fit that was cancelled, say, keeps nothing.
 */
final class FitLease implements Serializable, AutoCloseable {
  private static final long serialVersionUID = 1;
  private static final Logger LOG = LoggerFactory.getLogger(FitLease.class);
  private static final String IDLE_SECONDS = "spark.rowwise.idleSeconds";
  private static final int DEFAULT_IDLE_SECONDS = 600;
  private static final Set<FitLease> OPEN = ConcurrentHashMap.newKeySet();

  private final FitPlan plan;
  private final UUID fit = UUID.randomUUID();
  private transient Map<Integer, Entry> entries;
  private transient boolean closed;
  private transient boolean isCpuOnly;
  private transient long usedAt;
  private transient long idle;

  private static final class Entry {
    private LeasedPartition partition;
    private boolean isBusy;
  }

  FitLease(FitPlan plan) {
    this.plan = plan;
  }

  FitPlan plan() {
    return plan;
  }

  /**
   * Shows each block of a task's partition, on its device, to a consumer.
   *
   * @param restart called before the first block, and again if the device fails on the way
   */
  void compute(
      Iterator<RowBlock> blocks, Runnable restart, BiConsumer<LeasedPartition, DeviceBlock> use) {
    int number = TaskContext.getPartitionId();
    Entry entry = enter(number);
    Replay replay = new Replay(blocks);
    LeasedPartition partition = entry == null ? null : entry.partition;
    boolean isDone = false;
    try {
      if (partition == null) {
        partition = open(request(), entry != null);
      } else {
        partition.device().enter();
      }
      try {
        compute(partition, replay, restart, use);
      } catch (DeviceLostException | OutOfDeviceMemoryException e) {
        if (!partition.device().mayFallBack() || !replay.isComplete()) {
          throw e;
        }
        LOG.warn("{} failed; this executor goes on with cpu", partition.device(), e);
        partition.abandon();
        partition = null;
        synchronized (this) {
          isCpuOnly = true;
        }
        partition = open(request(), entry != null);
        compute(partition, replay.again(), restart, use);
      }
      isDone = true;
    } finally {
      if (partition != null) {
        partition.device().leave();
      }
      leave(number, entry, partition, isDone);
    }
  }

  private LeasedPartition open(DeviceRequest request, boolean isKept) {
    return new LeasedPartition(plan, ExecutorBackend.acquire(request), isKept);
  }

  private static void compute(
      LeasedPartition partition,
      Replay blocks,
      Runnable restart,
      BiConsumer<LeasedPartition, DeviceBlock> use) {
    restart.run();
    // A CPU does not fail, and rows may be too many for the heap.
    blocks.remember(!partition.device().isCpu());
    partition.forEach(blocks, block -> use.accept(partition, block));
  }

  private DeviceRequest request() {
    synchronized (this) {
      if (isCpuOnly) {
        return DeviceRequest.cpu(TaskContext.get().cpus(), "another device has failed");
      }
    }
    return DeviceRequest.ofTask(plan.device(), plan.fallback());
  }

  /** The partition's entry, which is this task's alone until it leaves; null if it gets none. */
  private synchronized Entry enter(int partition) {
    if (closed) {
      return null;
    }
    if (entries == null) {
      entries = new HashMap<>();
      idle =
          TimeUnit.SECONDS.toNanos(
              SparkEnv.get().conf().getInt(IDLE_SECONDS, DEFAULT_IDLE_SECONDS));
    }
    OPEN.add(this);
    Entry entry = entries.computeIfAbsent(partition, key -> new Entry());
    if (entry.isBusy) {
      // A second attempt of the same task, while the first one goes on.
      return null;
    }
    entry.isBusy = true;
    usedAt = System.nanoTime();
    return entry;
  }

  private void leave(int number, Entry entry, LeasedPartition partition, boolean isDone) {
    boolean isKept = false;
    synchronized (this) {
      usedAt = System.nanoTime();
      if (entry != null) {
        entry.isBusy = false;
        isKept = isDone && !closed;
        if (isKept) {
          entry.partition = partition;
        } else {
          entries.remove(number);
        }
      }
    }
    if (!isKept && partition != null) {
      partition.close();
    }
    Janitor.begin();
  }

  /** Frees what no task is using; what one is, it frees itself when it leaves. */
  @Override
  public void close() {
    synchronized (this) {
      closed = true;
    }
    free();
    OPEN.remove(this);
  }

  /** Closes all copies of it in this JVM: there is a second where the first was written to disk. */
  void closeAll() {
    close();
    for (FitLease lease : OPEN) {
      if (lease.fit.equals(fit)) {
        lease.close();
      }
    }
  }

  private void free() {
    List<LeasedPartition> unused = new ArrayList<>();
    synchronized (this) {
      if (entries == null) {
        return;
      }
      for (Iterator<Entry> all = entries.values().iterator(); all.hasNext(); ) {
        Entry entry = all.next();
        if (!entry.isBusy) {
          all.remove();
          if (entry.partition != null) {
            unused.add(entry.partition);
          }
        }
      }
    }
    for (LeasedPartition partition : unused) {
      try {
        partition.close();
      } catch (RuntimeException e) {
        LOG.warn("freeing a partition of a fit failed", e);
      }
    }
  }

  /** How many fits keep something in this JVM. */
  static int openLeases() {
    return OPEN.size();
  }

  /**
   * Frees what was not used for long.
   *
   * @param isOver whether to free what is unused however short
   * @return whether any lease is left
   */
  static boolean closeIdle(boolean isOver) {
    OPEN.forEach(lease -> lease.freeIfIdle(isOver));
    return !OPEN.isEmpty();
  }

  private synchronized void freeIfIdle(boolean isOver) {
    boolean isIdle =
        (isOver || System.nanoTime() - usedAt > idle)
            && entries.values().stream().noneMatch(entry -> entry.isBusy);
    if (isIdle) {
      LOG.warn("a fit has not been heard of for long; its rows leave the device");
      free();
      // Under the lock, as a task that enters puts it back.
      OPEN.remove(this);
    }
  }
}
