package io.rowwise.backend.cpu;

import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.Pointer;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Memory of {@code float64} elements. */
final class Float64Storage extends CpuStorage {
  private final DoublePointer start;
  private final DoubleBuffer[] windows;

  Float64Storage(INDArray array, long elements) {
    super(array);
    this.start = new DoublePointer(array.data().addressPointer()).capacity(elements);
    this.windows = new DoubleBuffer[windows(elements)];
    for (int window = 0; window < windows.length; window++) {
      long from = (long) window * WINDOW;
      windows[window] =
          new DoublePointer(start)
              .position(from)
              .limit(from + windowLength(elements, window))
              .asByteBuffer()
              .order(ByteOrder.nativeOrder())
              .asDoubleBuffer();
    }
  }

  @Override
  void load(long position, double[] into, int at, int count) {
    while (count > 0) {
      int inWindow = (int) (position % WINDOW);
      int piece = Math.min(count, WINDOW - inWindow);
      windows[(int) (position / WINDOW)].get(inWindow, into, at, piece);
      position += piece;
      at += piece;
      count -= piece;
    }
  }

  @Override
  void store(long position, double[] from, int at, int count) {
    while (count > 0) {
      int inWindow = (int) (position % WINDOW);
      int piece = Math.min(count, WINDOW - inWindow);
      windows[(int) (position / WINDOW)].put(inWindow, from, at, piece);
      position += piece;
      at += piece;
      count -= piece;
    }
  }

  @Override
  void load(long position, float[] into, int at, int count) {
    for (int i = 0; i < count; i++) {
      long from = position + i;
      into[at + i] = (float) windows[(int) (from / WINDOW)].get((int) (from % WINDOW));
    }
  }

  @Override
  void store(long position, float[] from, int at, int count) {
    for (int i = 0; i < count; i++) {
      long to = position + i;
      windows[(int) (to / WINDOW)].put((int) (to % WINDOW), from[at + i]);
    }
  }

  @Override
  Pointer pointer(long position) {
    return position == 0 ? start : new DoublePointer(start).position(position);
  }

  @Override
  void clear() {
    start.zero();
  }
}
