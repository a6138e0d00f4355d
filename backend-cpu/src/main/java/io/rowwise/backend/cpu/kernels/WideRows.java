package io.rowwise.backend.cpu.kernels;

import io.rowwise.backend.Backend;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.backend.cpu.blas.OpenBlas;
import io.rowwise.backend.cpu.loops.Loops;
import io.rowwise.backend.cpu.memory.Address;
import io.rowwise.kernel.Scratch;

/**
 * Rows as OpenBLAS takes them: where they are, or those of 16 bits as a copy in {@code float32}
 * that each worker makes of its slab.
 */
final class WideRows implements AutoCloseable {
  private static final Loops<float[]> LOOPS = Loops.float32();
  // So many stay in the first-level cache on their way.
  private static final int ELEMENTS_AT_ONCE = 2048;

  private final Scratch memory;
  private final float[][] ofWorkers;
  private Matrix x;
  private Matrix wide;
  private int slabRows;

  WideRows(Backend backend, int workers) {
    this.memory = new Scratch(backend);
    this.ofWorkers = new float[workers][];
  }

  /**
   * Takes rows.
   *
   * @param newSlabRows the most at once
   */
  void begin(Matrix newX, int newSlabRows) {
    x = newX;
    slabRows = newSlabRows;
    wide =
        x.type().isHalf() && x.columns() > 0
            ? memory.get(ElementType.FLOAT32, ofWorkers.length * slabRows, x.columns())
            : null;
  }

  /** Some rows, until this worker's next call. */
  OpenBlas.Operand of(int first, int rows, int worker, Address address) {
    if (wide == null) {
      return address.of(x, first, rows);
    }
    int columns = x.columns();
    int atOnce = Math.max(1, ELEMENTS_AT_ONCE / columns);
    if (ofWorkers[worker] == null || ofWorkers[worker].length < atOnce * columns) {
      ofWorkers[worker] = new float[atOnce * columns];
    }
    float[] values = ofWorkers[worker];
    int to = worker * slabRows;
    for (int done = 0; done < rows; done += atOnce) {
      int some = Math.min(atOnce, rows - done);
      LOOPS.load(x, first + done, some, values);
      LOOPS.store(values, wide, to + done, some, 0, columns);
    }
    return address.of(wide, to, rows);
  }

  /** Forgets the matrices. */
  void end() {
    x = null;
    wide = null;
  }

  @Override
  public void close() {
    memory.close();
  }
}
