package io.rowwise.backend.cpu;

import io.rowwise.backend.Matrix;
import io.rowwise.backend.Storage;
import io.rowwise.backend.cpu.memory.CpuStorage;
import io.rowwise.backend.cpu.nd4j.Nd4jView;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The CPU backend's matrices as ND4J arrays in the same memory, for programs that use ND4J as well.
 *
 * <p>This class alone needs ND4J on the class path. ND4J is started by the first call, which takes
 * longer than all else that a program's first prediction needs. Safe for many threads.
 */
public final class Nd4jArrays {
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
   * @param matrix of the CPU backend, of {@code float32} or {@code float64}, with at least one
   *     element
   * @return rows x columns, row-major
   * @throws IllegalArgumentException if it is another backend's, has 16 bits, or no elements
   * @throws IllegalStateException if it is closed
   * @throws LinkageError if ND4J is not on the class path, or has no native library for this
   *     platform
   */
  public static INDArray of(Matrix matrix) {
    Storage storage = matrix.storage();
    if (!(storage instanceof CpuStorage memory)) {
      throw new IllegalArgumentException(
          "ND4J array: the matrix %s is on %s, wanted one of the CPU backend; copy it over with read and write"
              .formatted(matrix, matrix.backend().device().id()));
    }
    if (matrix.type().isHalf()) {
      throw new IllegalArgumentException(
          "ND4J array: the matrix is %s, wanted float32 or float64; copy it to such a one first"
              .formatted(matrix));
    }
    if (matrix.elements() == 0) {
      throw new IllegalArgumentException(
          "ND4J array: the matrix %s has no elements, wanted at least one".formatted(matrix));
    }
    try {
      return Nd4jView.of(matrix, memory);
    } catch (NoClassDefFoundError e) {
      NoClassDefFoundError missing =
          new NoClassDefFoundError(
              "ND4J array: ND4J is not on the class path, or not all of it ("
                  + e.getMessage()
                  + "); add org.nd4j:nd4j-native and its classifier for this platform");
      missing.initCause(e);
      throw missing;
    }
  }
}
