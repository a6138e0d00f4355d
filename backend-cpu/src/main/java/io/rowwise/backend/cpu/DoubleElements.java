package io.rowwise.backend.cpu;

import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import java.util.Arrays;

/** {@code double} arrays, for matrices of both types: what is stored is rounded to their type. */
final class DoubleElements implements Elements<double[]> {
  DoubleElements() {}

  @Override
  public double[] array(Scratch scratch, int count) {
    return scratch.doubles(count);
  }

  @Override
  public void load(Matrix matrix, int first, int rows, double[] into) {
    CpuStorage.loadRows(matrix, first, rows, into);
  }

  @Override
  public void store(double[] from, Matrix matrix, int first, int rows) {
    CpuStorage.storeRows(from, matrix, first, rows);
  }

  @Override
  public void repeat(double[] from, int index, double[] into, int at, int count) {
    Arrays.fill(into, at, at + count, from[index]);
  }

  @Override
  public void fill(double[] array, int count, double value) {
    Arrays.fill(array, 0, count, value);
  }

  @Override
  public Binary<double[]> multiply() {
    return (a, b, out, count) -> {
      for (int i = 0; i < count; i++) {
        out[i] = a[i] * b[i];
      }
    };
  }

  @Override
  public Binary<double[]> divide() {
    return (a, b, out, count) -> {
      for (int i = 0; i < count; i++) {
        out[i] = a[i] / b[i];
      }
    };
  }

  @Override
  public Binary<double[]> equal() {
    return (a, b, out, count) -> {
      for (int i = 0; i < count; i++) {
        out[i] = a[i] == b[i] ? 1 : 0;
      }
    };
  }

  @Override
  public Binary<double[]> addScaled(double scale) {
    return (a, b, out, count) -> {
      for (int i = 0; i < count; i++) {
        out[i] = Math.fma(scale, b[i], a[i]);
      }
    };
  }

  @Override
  public Unary<double[]> exp(NativeLoops loops, Scratch scratch, int capacity) {
    return Exponential.function(loops, scratch, capacity);
  }

  @Override
  public Unary<double[]> log(NativeLoops loops, Scratch scratch, int capacity) {
    return Logarithm.function(loops, scratch, capacity);
  }

  @Override
  public NativeElements<double[]> outsideTheHeap(Matrix matrix) {
    NativeLoops loops = NativeLoops.PRESENT;
    return loops == null || matrix.type() != ElementType.FLOAT64 ? null : loops.doubles();
  }
}
