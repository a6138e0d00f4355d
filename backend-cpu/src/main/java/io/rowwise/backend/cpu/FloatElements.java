package io.rowwise.backend.cpu;

import io.rowwise.backend.Matrix;
import java.util.Arrays;

/** {@code float} arrays, for {@code float32} matrices. */
final class FloatElements implements Elements<float[]> {
  FloatElements() {}

  @Override
  public float[] array(Scratch scratch, int count) {
    return scratch.floats(count);
  }

  @Override
  public void load(Matrix matrix, int first, int rows, float[] into) {
    CpuStorage.loadRows(matrix, first, rows, into);
  }

  @Override
  public void store(float[] from, Matrix matrix, int first, int rows) {
    CpuStorage.storeRows(from, matrix, first, rows);
  }

  @Override
  public void repeat(float[] from, int index, float[] into, int at, int count) {
    Arrays.fill(into, at, at + count, from[index]);
  }

  @Override
  public void fill(float[] array, int count, double value) {
    Arrays.fill(array, 0, count, (float) value);
  }

  @Override
  public Binary<float[]> multiply() {
    return (a, b, out, count) -> {
      for (int i = 0; i < count; i++) {
        out[i] = a[i] * b[i];
      }
    };
  }

  @Override
  public Binary<float[]> divide() {
    return (a, b, out, count) -> {
      for (int i = 0; i < count; i++) {
        out[i] = a[i] / b[i];
      }
    };
  }

  @Override
  public Binary<float[]> equal() {
    return (a, b, out, count) -> {
      for (int i = 0; i < count; i++) {
        out[i] = a[i] == b[i] ? 1 : 0;
      }
    };
  }

  @Override
  public Binary<float[]> addScaled(double scale) {
    float rounded = (float) scale;
    return (a, b, out, count) -> {
      for (int i = 0; i < count; i++) {
        out[i] = Math.fma(rounded, b[i], a[i]);
      }
    };
  }

  @Override
  public Unary<float[]> exp(NativeLoops loops, Scratch scratch, int capacity) {
    return ExponentialInFloat.function(loops, scratch, capacity);
  }

  @Override
  public Unary<float[]> log(NativeLoops loops, Scratch scratch, int capacity) {
    return LogarithmInFloat.function(loops, scratch, capacity);
  }

  @Override
  public NativeElements<float[]> outsideTheHeap(Matrix matrix) {
    NativeLoops loops = NativeLoops.PRESENT;
    return loops == null ? null : loops.floats();
  }
}
