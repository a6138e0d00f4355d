package io.rowwise.backend.cpu;

import io.rowwise.backend.ElementType;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.Pointer;

/** Memory of {@code float64} elements. */
final class Float64Storage extends CpuStorage {
  private final DoublePointer start;
  private final DoubleBuffer[] windows;

  Float64Storage(Pointer allocated, Pointer start, long elements) {
    super(allocated, start, elements);
    this.start = new DoublePointer(start).capacity(elements);
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
  ElementType type() {
    return ElementType.FLOAT64;
  }

  @Override
  void get(int window, int from, double[] into, int at, int count) {
    windows[window].get(from, into, at, count);
  }

  @Override
  void get(int window, int from, float[] into, int at, int count) {
    DoubleBuffer buffer = windows[window];
    for (int i = 0; i < count; i++) {
      into[at + i] = (float) buffer.get(from + i);
    }
  }

  @Override
  void put(int window, int to, double[] from, int at, int count) {
    windows[window].put(to, from, at, count);
  }

  @Override
  void put(int window, int to, float[] from, int at, int count) {
    DoubleBuffer buffer = windows[window];
    for (int i = 0; i < count; i++) {
      buffer.put(to + i, from[at + i]);
    }
  }

  @Override
  Pointer pointer() {
    return new DoublePointer(start);
  }

  @Override
  void clear() {
    start.zero();
  }
}
