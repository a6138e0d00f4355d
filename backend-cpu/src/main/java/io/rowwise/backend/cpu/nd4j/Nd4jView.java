package io.rowwise.backend.cpu.nd4j;

import io.rowwise.backend.Matrix;
import io.rowwise.backend.cpu.memory.CpuStorage;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.nd4j.linalg.api.buffer.DataBuffer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * All elements of a storage as an array of ND4J's, 1 x elements; ended with the storage, it frees
 * nothing. Programs do not use it.
 */
public record Nd4jView(INDArray array) implements CpuStorage.View {
  static {
    Nd4jStart.start();
  }

  /** JavaCPP's view of memory that is not its own. */
  private static final class Floats extends FloatPointer {
    Floats(long from, long elements) {
      super((Pointer) null);
      address = from;
      limit = elements;
      capacity = elements;
    }
  }

  private static final class Doubles extends DoublePointer {
    Doubles(long from, long elements) {
      super((Pointer) null);
      address = from;
      limit = elements;
      capacity = elements;
    }
  }

  /** The elements of a matrix in its storage. */
  public static INDArray of(Matrix matrix, CpuStorage storage) {
    DataBuffer all = ((Nd4jView) storage.view(Nd4jView::over)).array.data();
    long[] shape = {matrix.rows(), matrix.columns()};
    long[] strides = {matrix.leadingDimension(), 1};
    return Nd4j.create(all, shape, strides, matrix.offset(), 'c');
  }

  private static Nd4jView over(CpuStorage storage) {
    long from = storage.address(0);
    long elements = storage.elements();
    DataBuffer buffer =
        switch (storage.type()) {
          case FLOAT32 -> Nd4j.createBuffer(new Floats(from, elements), elements, DataType.FLOAT);
          case FLOAT64 -> Nd4j.createBuffer(new Doubles(from, elements), elements, DataType.DOUBLE);
          case BFLOAT16, FLOAT16 -> throw new IllegalArgumentException(storage.type().toString());
        };
    return new Nd4jView(Nd4j.create(buffer));
  }

  @Override
  public boolean isClosed() {
    return array.wasClosed();
  }

  @Override
  public void close() {
    array.close();
  }
}
