package io.rowwise.backend.cuda.kernel;

import io.rowwise.backend.ElementType;

/**
 * A matrix in device memory, as kernels see it.
 *
 * @param type of its elements
 * @param address of its first element
 * @param rows 0 or more
 * @param columns 0 or more
 * @param leadingDimension elements from the start of a row to that of the next
 */
public record DeviceMatrix(
    ElementType type, long address, int rows, int columns, long leadingDimension) {

  /** One whose rows follow each other without gaps. */
  public static DeviceMatrix contiguous(ElementType type, long address, int rows, int columns) {
    return new DeviceMatrix(type, address, rows, columns, columns);
  }

  /** Its rows from one to before another. */
  public DeviceMatrix rows(int from, int to) {
    long first = address + from * leadingDimension * type.bytes();
    return new DeviceMatrix(type, first, to - from, columns, leadingDimension);
  }

  /** Whether it has no elements. */
  public boolean isEmpty() {
    return rows == 0 || columns == 0;
  }

  /** Whether its rows are made of packs, and start where packs may. */
  boolean isOfWholePacks() {
    int pack = Geometry.packElements(type);
    boolean startsRows = rows <= 1 || leadingDimension % pack == 0;
    return Geometry.startsPack(type, address) && startsRows && columns % pack == 0;
  }

  /** Whether its elements are one run in memory, which an {@code int} can count. */
  boolean isOneRun() {
    boolean gapless = rows <= 1 || leadingDimension == columns;
    return gapless && (long) rows * columns <= Integer.MAX_VALUE;
  }

  /** The same elements as a single row; only where {@link #isOneRun}. */
  DeviceMatrix asOneRow() {
    return contiguous(type, address, 1, rows * columns);
  }
}
