package io.rowwise.backend.cpu;

import org.nd4j.common.config.ND4JSystemProperties;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Memory of matrices as ND4J sees it, for what ND4J computes faster. ND4J is started by the first
 * of these arrays: that takes longer than all else that a program's first prediction needs.
 */
final class Nd4jArrays {
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
   * All elements as one row, 1 x elements, in the storage's own memory, which closing the array
   * does not free.
   *
   * @throws LinkageError where ND4J has no native library for the platform
   */
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
