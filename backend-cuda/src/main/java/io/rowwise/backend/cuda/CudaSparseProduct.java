package io.rowwise.backend.cuda;

import io.rowwise.backend.Backend;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.backend.cuda.context.CudaContext;
import io.rowwise.backend.cuda.context.CudaStream;
import io.rowwise.backend.cuda.kernel.DeviceMatrix;
import io.rowwise.backend.cuda.kernel.DeviceSparseRows;
import io.rowwise.backend.cuda.kernel.SparseProductPlan;
import io.rowwise.kernel.SparseProduct;
import io.rowwise.kernel.SparseRows;

/**
 * Products of sparse rows on the device. The rows of the last call stay there, and so do their
 * columns once a transposed product has asked for them: what multiplies the same rows again and
 * again copies them once.
 */
final class CudaSparseProduct implements SparseProduct {
  private final Backend backend;
  private final CudaContext context;
  private SparseRows last;
  private ElementType lastType;
  private OnDevice rows;
  private OnDevice columns;

  CudaSparseProduct(Backend backend, CudaContext context) {
    this.backend = backend;
    this.context = context;
  }

  @Override
  public void multiply(SparseRows x, Matrix right, Matrix product) {
    keep(x, right.type());
    if (isNothing(x, product)) {
      return;
    }
    if (rows == null) {
      rows = new OnDevice(backend, lastType, x);
    }
    CudaStream stream = context.stream();
    DeviceMatrix factor = stream.reading(right);
    stream.run(SparseProductPlan.apply(rows.reading(stream), factor, stream.writing(product)));
  }

  @Override
  public void multiplyTransposed(SparseRows x, Matrix right, Matrix product) {
    keep(x, right.type());
    if (isNothing(x, product)) {
      return;
    }
    if (columns == null) {
      columns = new OnDevice(backend, lastType, x.transposed());
    }
    CudaStream stream = context.stream();
    DeviceMatrix factor = stream.reading(right);
    stream.run(
        SparseProductPlan.applyToUneven(columns.reading(stream), factor, stream.writing(product)));
  }

  private boolean isNothing(SparseRows x, Matrix product) {
    if (x.size() == 0 && product.elements() > 0) {
      backend.fill(0, product);
    }
    return x.size() == 0 || product.elements() == 0;
  }

  private void keep(SparseRows x, ElementType type) {
    if (last == null || !last.hasRowsOf(x) || type != lastType) {
      free();
      last = x;
      lastType = type;
    }
  }

  private void free() {
    last = null;
    OnDevice oldRows = rows;
    OnDevice oldColumns = columns;
    rows = null;
    columns = null;
    if (oldRows != null) {
      oldRows.close();
    }
    if (oldColumns != null) {
      oldColumns.close();
    }
  }

  @Override
  public void close() {
    free();
  }

  /** A copy. Integers are there as the bits of floats, of which no index is a NaN. */
  private static final class OnDevice implements AutoCloseable {
    private final int count;
    private final Matrix starts;
    private final Matrix columns;
    private final Matrix values;

    OnDevice(Backend backend, ElementType type, SparseRows x) {
      count = x.rows();
      int first = x.start(0);
      float[] startBits = new float[count + 1];
      for (int row = 0; row <= count; row++) {
        startBits[row] = Float.intBitsToFloat(x.start(row) - first);
      }
      float[] columnBits = new float[x.size()];
      double[] all = new double[x.size()];
      for (int i = 0; i < all.length; i++) {
        columnBits[i] = Float.intBitsToFloat(x.column(first + i));
        all[i] = x.value(first + i);
      }
      starts = backend.matrix(ElementType.FLOAT32, 1, count + 1, startBits);
      Matrix newColumns = null;
      Matrix newValues;
      try {
        newColumns = backend.matrix(ElementType.FLOAT32, 1, all.length, columnBits);
        newValues = backend.matrix(type, 1, all.length, all);
      } catch (RuntimeException e) {
        starts.close();
        if (newColumns != null) {
          newColumns.close();
        }
        throw e;
      }
      columns = newColumns;
      values = newValues;
    }

    DeviceSparseRows reading(CudaStream stream) {
      return new DeviceSparseRows(
          values.type(),
          count,
          stream.reading(starts).address(),
          stream.reading(columns).address(),
          stream.reading(values).address());
    }

    @Override
    public void close() {
      starts.close();
      columns.close();
      values.close();
    }
  }
}
