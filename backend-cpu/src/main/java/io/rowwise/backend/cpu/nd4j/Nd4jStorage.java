package io.rowwise.backend.cpu.nd4j;

import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.backend.Storage;
import java.util.Arrays;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** An array of ND4J's, 1 x elements, and the rectangles of it that are matrices. */
final class Nd4jStorage implements Storage {
  private final ElementType type;
  private final INDArray all;

  Nd4jStorage(ElementType type, long elements) {
    this.type = type;
    all = Nd4j.zeros(dataType(type), 1, elements);
  }

  /** A matrix as an array in the same memory. */
  static INDArray array(Matrix matrix) {
    return ((Nd4jStorage) matrix.storage())
        .array(matrix.offset(), matrix.rows(), matrix.columns(), matrix.leadingDimension());
  }

  static DataType dataType(ElementType type) {
    return switch (type) {
      case FLOAT32 -> DataType.FLOAT;
      case FLOAT64 -> DataType.DOUBLE;
      case BFLOAT16 -> DataType.BFLOAT16;
      case FLOAT16 -> DataType.FLOAT16;
    };
  }

  private INDArray array(long position, int rows, int columns, long leadingDimension) {
    return Nd4j.create(
        all.data(), new long[] {rows, columns}, new long[] {leadingDimension, 1}, position, 'c');
  }

  @Override
  public void read(
      long position, int rows, int columns, long leadingDimension, double[] destination) {
    try (INDArray copy = Nd4j.createUninitialized(DataType.DOUBLE, rows, columns)) {
      copy.assign(array(position, rows, columns, leadingDimension));
      ((DoublePointer) copy.data().pointer()).get(destination);
    }
  }

  @Override
  public void read(
      long position, int rows, int columns, long leadingDimension, float[] destination) {
    try (INDArray copy = Nd4j.createUninitialized(DataType.FLOAT, rows, columns)) {
      copy.assign(array(position, rows, columns, leadingDimension));
      ((FloatPointer) copy.data().pointer()).get(destination);
    }
  }

  @Override
  public void write(long position, int rows, int columns, long leadingDimension, double[] source) {
    try (INDArray copy = Nd4j.createUninitialized(DataType.DOUBLE, rows, columns)) {
      ((DoublePointer) copy.data().pointer()).put(type.isHalf() ? rounded(source) : source);
      array(position, rows, columns, leadingDimension).assign(copy);
    }
  }

  @Override
  public void write(long position, int rows, int columns, long leadingDimension, float[] source) {
    if (type.isHalf()) {
      double[] wide = new double[source.length];
      Arrays.setAll(wide, i -> source[i]);
      write(position, rows, columns, leadingDimension, wide);
      return;
    }
    try (INDArray copy = Nd4j.createUninitialized(DataType.FLOAT, rows, columns)) {
      ((FloatPointer) copy.data().pointer()).put(source);
      array(position, rows, columns, leadingDimension).assign(copy);
    }
  }

  /** As ND4J rounds them twice, and makes a 0 of some NaN. */
  private double[] rounded(double[] source) {
    double[] rounded = new double[source.length];
    Arrays.setAll(rounded, i -> type.rounded(source[i]));
    return rounded;
  }

  @Override
  public void free() {
    all.close();
  }
}
