package io.rowwise.backend.cpu;

import io.rowwise.backend.ElementType;
import java.nio.DoubleBuffer;

/** Memory of {@code float64} elements. */
final class Float64Storage extends CpuStorage {
  private final DoubleBuffer[] windows;

  Float64Storage(long allocated, long start, long elements) {
    super(allocated, start, elements);
    this.windows = new DoubleBuffer[windows(elements)];
    for (int window = 0; window < windows.length; window++) {
      windows[window] = bytes(window).asDoubleBuffer();
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
}
