package io.rowwise.spark;

import io.rowwise.backend.OutOfDeviceMemoryException;
import io.rowwise.trainer.FeatureMoments;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A partition's blocks on a device, from one iteration of a fit to the next: as many as there is
 * memory for. The others are copied there and forgotten in each iteration. Used by one task at a
 * time.
 */
final class LeasedPartition implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LeasedPartition.class);
  private static final long SPARE_BLOCKS = 4;

  private final FitPlan plan;
  private final ExecutorBackend device;
  private final boolean isKept;
  private final List<DeviceBlock> kept = new ArrayList<>();
  private Workspace workspace;
  private boolean isComplete;
  private boolean isFull;

  /**
   * @param device is its own, and released with it
   * @param isKept whether anything is to stay on the device
   */
  LeasedPartition(FitPlan plan, ExecutorBackend device, boolean isKept) {
    this.plan = plan;
    this.device = device;
    this.isKept = isKept;
    this.isFull = !isKept;
  }

  ExecutorBackend device() {
    return device;
  }

  Workspace workspace() {
    if (workspace == null) {
      workspace = new Workspace(device.backend(), plan);
    }
    return workspace;
  }

  /**
   * Gives each block to a consumer, in order.
   *
   * @param blocks of the partition, from the first on; not looked at where all are on the device
   */
  void forEach(Iterator<RowBlock> blocks, Consumer<DeviceBlock> consumer) {
    kept.forEach(consumer);
    if (isComplete) {
      return;
    }
    for (int i = 0; i < kept.size(); i++) {
      blocks.next();
    }
    while (blocks.hasNext()) {
      DeviceBlock block = DeviceBlock.of(device.backend(), blocks.next(), plan.standardization());
      boolean isTaken = false;
      try {
        consumer.accept(block);
        isTaken = !isFull && mayKeep(block);
      } finally {
        if (!isTaken) {
          block.close();
        }
      }
      if (isTaken) {
        kept.add(block);
      }
    }
    isComplete = isKept && !isFull;
  }

  /** Whether there is room for blocks that other tasks hold meanwhile, and for moments. */
  private boolean mayKeep(DeviceBlock block) {
    long columns = plan.features() + 2L;
    long moments = FeatureMoments.isDiagonal(plan.features()) ? columns : columns * columns;
    long elements = SPARE_BLOCKS * (block.elements() + 2L * plan.blockRows()) + moments;
    int rows = (int) Math.min(Integer.MAX_VALUE, elements);
    try {
      device.backend().matrix(plan.type(), rows, 1).close();
      return true;
    } catch (OutOfDeviceMemoryException e) {
      LOG.warn(
          "{} has no memory for all rows of this partition; the rest is copied in each iteration:"
              + " {}",
          device,
          e.getMessage());
      isFull = true;
      return false;
    }
  }

  /** Closes it, where its device has failed and is to serve nobody any more. */
  void abandon() {
    device.condemn();
    device.leave();
    try {
      close();
    } catch (RuntimeException e) {
      LOG.debug("a lost device frees nothing", e);
    }
  }

  @Override
  public void close() {
    kept.forEach(DeviceBlock::close);
    kept.clear();
    if (workspace != null) {
      workspace.close();
      workspace = null;
    }
    device.release();
  }
}
