package io.rowwise.backend.cpu;

import static org.bytedeco.openblas.global.openblas_nolapack.CblasNoTrans;
import static org.bytedeco.openblas.global.openblas_nolapack.CblasRowMajor;
import static org.bytedeco.openblas.global.openblas_nolapack.cblas_sgemv;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Arrays;
import org.bytedeco.javacpp.FloatPointer;

/**
 * The sum of each of many short rows: their product with a vector of ones, by OpenBLAS. C2
 * vectorises no loop that adds up, and a row by itself is too short for the ways around that. For
 * one thread at a time.
 */
final class FloatRowSums {
  /** With more columns, the error of one sum after the other in each lane would show. */
  static final int MOST_COLUMNS = 255;

  private final int columns;
  // The collector's, as all direct buffers are.
  private final FloatBuffer elements;
  private final FloatBuffer sums;
  private final FloatPointer toElements;
  private final FloatPointer toOnes;
  private final FloatPointer toSums;

  /**
   * @param mostRows of one call
   * @param columns at most {@link #MOST_COLUMNS}
   */
  FloatRowSums(int mostRows, int columns) {
    this.columns = columns;
    this.elements = direct(mostRows * columns);
    this.sums = direct(mostRows);
    FloatBuffer ones = direct(columns);
    float[] values = new float[columns];
    Arrays.fill(values, 1);
    ones.put(0, values);
    this.toElements = new FloatPointer(elements);
    this.toSums = new FloatPointer(sums);
    this.toOnes = new FloatPointer(ones);
  }

  private static FloatBuffer direct(int count) {
    return ByteBuffer.allocateDirect(count * Float.BYTES)
        .order(ByteOrder.nativeOrder())
        .asFloatBuffer();
  }

  /** Adds up rows that follow one another from the start of an array. */
  void compute(float[] x, int rows, float[] out) {
    elements.put(0, x, 0, rows * columns);
    cblas_sgemv(
        CblasRowMajor,
        CblasNoTrans,
        rows,
        columns,
        1,
        toElements,
        columns,
        toOnes,
        1,
        0,
        toSums,
        1);
    sums.get(0, out, 0, rows);
  }
}
