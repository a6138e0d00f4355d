package io.rowwise.backend.cpu;

import io.rowwise.backend.Matrix;
import io.rowwise.backend.Storage;
import org.nd4j.common.config.ND4JSystemProperties;
import org.nd4j.linalg.api.buffer.DataBuffer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The CPU backend's matrices as ND4J arrays in the same memory, for programs that use ND4J as well.
 *
 * <p>ND4J is started by the first call, which takes longer than all else that a program's first
 * prediction needs; nothing else here starts it. Safe for many threads.
 */
public final class Nd4jArrays {
  static {
    // ND4J logs eight lines about itself at INFO and looks for other versions of itself, unless
    // told otherwise before its first class is loaded.
    setUnlessSet(ND4JSystemProperties.LOG_INITIALIZATION, "false");
    setUnlessSet(ND4JSystemProperties.VERSION_CHECK_PROPERTY, "false");
    Nd4j.getBackend();
    // Starting, it gave OpenBLAS as many as there are processors.
    Blas.useOneThread();
  }

  private Nd4jArrays() {}

  /**
   * The elements of a matrix, or of a view of one, as an array of the same shape and type, which
   * reads and writes them where they are.
   *
   * <p>The memory stays the matrix's: closing the array frees nothing, and the array is valid until
   * the owner of the memory is closed. Writing to it is writing to the matrix, which one thread
   * does while no other reads. Predictions of single rows with weights that were asked for take a
   * few microseconds longer, since the weights may have changed every time.
   *
   * @param matrix of the CPU backend, with at least one element
   * @return rows x columns, row-major
   * @throws IllegalArgumentException if it is another backend's, or has no elements
   * @throws IllegalStateException if it is closed
   * @throws LinkageError if ND4J has no native library for this platform
   */
  public static INDArray of(Matrix matrix) {
    Storage storage = matrix.storage();
    if (!(storage instanceof CpuStorage memory)) {
      throw new IllegalArgumentException(
          "ND4J array: the matrix %s is on %s, wanted one of the CPU backend; copy it over with read and write"
              .formatted(matrix, matrix.backend().device().id()));
    }
    if (matrix.elements() == 0) {
      throw new IllegalArgumentException(
          "ND4J array: the matrix %s has no elements, wanted at least one".formatted(matrix));
    }
    DataBuffer all = memory.array().data();
    long[] shape = {matrix.rows(), matrix.columns()};
    long[] strides = {matrix.leadingDimension(), 1};
    return Nd4j.create(all, shape, strides, matrix.offset(), 'c');
  }

  /** All elements as one row, 1 x elements, in the storage's own memory. */
  static INDArray over(CpuStorage storage) {
    DataType type =
        switch (storage.type()) {
          case FLOAT32 -> DataType.FLOAT;
          case FLOAT64 -> DataType.DOUBLE;
        };
    return Nd4j.create(Nd4j.createBuffer(storage.pointer(), storage.elements(), type));
  }

  private static void setUnlessSet(String property, String value) {
    if (System.getProperty(property) == null) {
      System.setProperty(property, value);
    }
  }
}
