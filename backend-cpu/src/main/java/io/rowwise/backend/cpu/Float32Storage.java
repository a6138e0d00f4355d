package io.rowwise.backend.cpu;

import io.rowwise.backend.ElementType;
import java.nio.FloatBuffer;

/** Memory of {@code float32} elements. */
final class Float32Storage extends CpuStorage {
  private final FloatBuffer[] windows;

  Float32Storage(long allocated, long start, long elements) {
    super(allocated, start, elements);
    this.windows = new FloatBuffer[windows(elements)];
    for (int window = 0; window < windows.length; window++) {
      windows[window] = bytes(window).asFloatBuffer();
    }
  }

  @Override
  ElementType type() {
    return ElementType.FLOAT32;
  }

  @Override
  void get(int window, int from, double[] into, int at, int count) {
    FloatBuffer buffer = windows[window];
    for (int i = 0; i < count; i++) {
      into[at + i] = buffer.get(from + i);
    }
  }

  @Override
  void get(int window, int from, float[] into, int at, int count) {
    windows[window].get(from, into, at, count);
  }

  @Override
  void put(int window, int to, double[] from, int at, int count) {
    FloatBuffer buffer = windows[window];
    for (int i = 0; i < count; i++) {
      buffer.put(to + i, (float) from[at + i]);
    }
  }

  @Override
  void put(int window, int to, float[] from, int at, int count) {
    windows[window].put(to, from, at, count);
  }
}
