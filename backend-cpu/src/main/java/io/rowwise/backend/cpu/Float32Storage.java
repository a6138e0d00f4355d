package io.rowwise.backend.cpu;

import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Memory of {@code float32} elements. */
final class Float32Storage extends CpuStorage {
  private final FloatPointer start;
  private final FloatBuffer[] windows;

  Float32Storage(INDArray array, long elements) {
    super(array);
    this.start = new FloatPointer(array.data().addressPointer()).capacity(elements);
    this.windows = new FloatBuffer[windows(elements)];
    for (int window = 0; window < windows.length; window++) {
      long from = (long) window * WINDOW;
      windows[window] =
          new FloatPointer(start)
              .position(from)
              .limit(from + windowLength(elements, window))
              .asByteBuffer()
              .order(ByteOrder.nativeOrder())
              .asFloatBuffer();
    }
  }

  @Override
  void load(long position, double[] into, int at, int count) {
    while (count > 0) {
      int inWindow = (int) (position % WINDOW);
      int piece = Math.min(count, WINDOW - inWindow);
      FloatBuffer window = windows[(int) (position / WINDOW)];
      for (int i = 0; i < piece; i++) {
        into[at + i] = window.get(inWindow + i);
      }
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
      FloatBuffer window = windows[(int) (position / WINDOW)];
      for (int i = 0; i < piece; i++) {
        window.put(inWindow + i, (float) from[at + i]);
      }
      position += piece;
      at += piece;
      count -= piece;
    }
  }

  @Override
  void load(long position, float[] into, int at, int count) {
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
  void store(long position, float[] from, int at, int count) {
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
  Pointer pointer(long position) {
    return position == 0 ? start : new FloatPointer(start).position(position);
  }

  @Override
  void clear() {
    start.zero();
  }
}
