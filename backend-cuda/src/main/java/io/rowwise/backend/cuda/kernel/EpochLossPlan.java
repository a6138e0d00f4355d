package io.rowwise.backend.cuda.kernel;

import io.rowwise.backend.ElementType;
import java.util.ArrayList;
import java.util.List;

/**
 * Launches that make an epoch's loss of the cross-entropies of its rows: the mean over the batches,
 * the last of which may have fewer rows, of the mean over a batch's rows.
 *
 * @param limits of the device
 */
public record EpochLossPlan(DeviceLimits limits) {
  /** So many elements of scratch memory, of which the first ones are the rows' cross-entropies. */
  public long scratchElements(int rows, int batchRows) {
    ColumnSumPlan sums = new ColumnSumPlan(limits);
    int inFull = rows - rows % batchRows;
    return rows
        + 2L
        + Math.max(sums.scratchElements(inFull, 1), sums.scratchElements(rows % batchRows, 1));
  }

  /**
   * The epoch's loss.
   *
   * @param losses the address of {@link #scratchElements} elements, of which the first {@code rows}
   *     are the rows' cross-entropies
   * @param rows 1 or more
   * @param batchRows 1 to {@code rows}
   * @param loss 1 x 1
   */
  public List<Launch> apply(long losses, int rows, int batchRows, DeviceMatrix loss) {
    ColumnSumPlan sums = new ColumnSumPlan(limits);
    ElementType type = loss.type();
    int rest = rows % batchRows;
    int inFull = rows - rest;
    int batches = inFull / batchRows + (rest == 0 ? 0 : 1);
    DeviceMatrix all = DeviceMatrix.contiguous(type, losses, rows, 1);
    DeviceMatrix parts = DeviceMatrix.contiguous(type, losses + (long) rows * type.bytes(), 2, 1);
    long scratch = parts.address() + 2L * type.bytes();
    if (rest == 0) {
      return sums.apply(all, rows, loss, scratch);
    }
    List<Launch> launches = new ArrayList<>();
    double full = (double) batchRows * batches;
    launches.addAll(sums.apply(all.rows(0, inFull), full, parts.rows(0, 1), scratch));
    launches.addAll(
        sums.apply(all.rows(inFull, rows), (double) rest * batches, parts.rows(1, 2), scratch));
    launches.addAll(sums.apply(parts, 1, loss, scratch));
    return launches;
  }
}
