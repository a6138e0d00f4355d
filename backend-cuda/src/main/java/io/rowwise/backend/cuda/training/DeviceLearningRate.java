package io.rowwise.backend.cuda.training;

import io.rowwise.backend.ElementType;
import io.rowwise.backend.cuda.context.CudaStream;
import io.rowwise.backend.cuda.context.DeviceMemory;
import io.rowwise.backend.cuda.context.DevicePiece;
import io.rowwise.backend.cuda.kernel.DeviceMatrix;
import io.rowwise.backend.cuda.kernel.ElementwisePlan;

/**
 * A learning rate in device memory, where recorded work finds the one that is set when it is
 * replayed. Used by one thread at a time.
 */
final class DeviceLearningRate implements AutoCloseable {
  private static final int ELEMENTS = 2;

  private final DeviceMemory memory;
  private DevicePiece piece;
  private ElementType type;
  private double value = Double.NaN;

  DeviceLearningRate(DeviceMemory memory) {
    this.memory = memory;
  }

  /** Sets it, for what is asked for on a stream from now on. */
  void set(CudaStream stream, ElementType elements, double learningRate) {
    if (piece == null) {
      piece = memory.allocate((long) ELEMENTS * Double.BYTES);
    }
    piece.writeOn(stream);
    if (elements != type || learningRate != value) {
      value = Double.NaN;
      type = elements;
      stream.run(ElementwisePlan.fill(-learningRate, element(0)));
      stream.run(ElementwisePlan.fill(1, element(1)));
      value = learningRate;
    }
  }

  private DeviceMatrix element(int index) {
    return DeviceMatrix.contiguous(type, piece.address() + (long) index * type.bytes(), 1, 1);
  }

  /** The address of its negative. */
  long negative() {
    return element(0).address();
  }

  /** The address of a 1. */
  long one() {
    return element(1).address();
  }

  @Override
  public void close() {
    if (piece != null) {
      memory.free(piece);
      piece = null;
      value = Double.NaN;
    }
  }
}
