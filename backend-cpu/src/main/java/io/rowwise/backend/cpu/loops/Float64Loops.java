package io.rowwise.backend.cpu.loops;

import io.rowwise.backend.ElementType;
import io.rowwise.backend.cpu.memory.CpuStorage;
import io.rowwise.backend.cpu.memory.NativeMemory;
import io.rowwise.backend.cpu.memory.Scratch;
import java.util.Arrays;

/**
 * {@link Loops} of {@code double}. From this text the form for the other type is made when the
 * project is built: see {@code ToFloat32}, which says what {@code wide} and {@code narrow} are.
 */
class Float64Loops extends Loops<double[]> {
  // Pairwise sums begin with so many.
  private static final int STRAIGHT = 128;
  // Multiplied with it twice, what is not 0 is above 1.
  private static final double HUGE = Double.MAX_VALUE;

  Float64Loops() {}

  private static double round(/* wide */ double value) {
    return /* narrow */ value;
  }

  @Override
  public final ElementType type() {
    return ElementType.FLOAT64;
  }

  @Override
  public final double[] array(int length) {
    return new double[length];
  }

  @Override
  public final double[] array(Scratch scratch, int length) {
    return scratch.doubles(length);
  }

  @Override
  public final void load(
      CpuStorage from, long position, int rows, int columns, long leadingDimension, double[] to) {
    from.read(position, rows, columns, leadingDimension, to);
  }

  @Override
  public final void store(
      double[] from, CpuStorage to, long position, int rows, int columns, long leadingDimension) {
    to.write(position, rows, columns, leadingDimension, from);
  }

  @Override
  public final void load(long from, double[] to, int count) {
    NativeMemory.OF_THIS_JVM.copy(from, to, 0, count);
  }

  @Override
  public final void store(double[] from, long to, int count) {
    NativeMemory.OF_THIS_JVM.copy(from, 0, to, count);
  }

  @Override
  public final double get(double[] x, int index) {
    return x[index];
  }

  @Override
  public final void set(double[] x, int index, double value) {
    x[index] = round(value);
  }

  @Override
  public final void fill(double[] x, int from, int to, double value) {
    Arrays.fill(x, from, to, round(value));
  }

  @Override
  public final void loadColumn(
      double[] x, int column, int columns, /* wide */ double[] to, int count) {
    int at = column;
    for (int i = 0; i < count; i++) {
      to[i] = x[at];
      at += columns;
    }
  }

  @Override
  public final void storeColumn(
      /* wide */ double[] from, double[] x, int column, int columns, int count) {
    int at = column;
    for (int i = 0; i < count; i++) {
      x[at] = round(from[i]);
      at += columns;
    }
  }

  @Override
  public final double rounded(double value) {
    return round(value);
  }

  @Override
  public void add(double[] a, double[] b, double[] out, int count) {
    for (int i = 0; i < count; i++) {
      out[i] = a[i] + b[i];
    }
  }

  @Override
  public void subtract(double[] a, double[] b, double[] out, int count) {
    for (int i = 0; i < count; i++) {
      out[i] = a[i] - b[i];
    }
  }

  @Override
  public void multiply(double[] a, double[] b, double[] out, int count) {
    for (int i = 0; i < count; i++) {
      out[i] = a[i] * b[i];
    }
  }

  @Override
  public void divide(double[] a, double[] b, double[] out, int count) {
    for (int i = 0; i < count; i++) {
      out[i] = a[i] / b[i];
    }
  }

  @Override
  public void equal(double[] a, double[] b, double[] out, int count) {
    equalOfFinite(a, b, out, count);
    if (
    /* wide */ Double.isNaN(sum(out, 0, count))) {
      for (int i = 0; i < count; i++) {
        out[i] = a[i] == b[i] ? 1 : 0;
      }
    }
  }

  /** NaN where a difference is; without a branch, so that it is vectorised. */
  private static void equalOfFinite(double[] a, double[] b, double[] out, int count) {
    for (int i = 0; i < count; i++) {
      out[i] = 1 - Math.min(1, Math.abs(a[i] - b[i]) * HUGE * HUGE);
    }
  }

  @Override
  public void addScaled(double[] a, double alpha, double[] b, double[] out, int count) {
    double factor = round(alpha);
    for (int i = 0; i < count; i++) {
      out[i] = Math.fma(factor, b[i], a[i]);
    }
  }

  @Override
  public void raise(double[] x, double[] y, int count) {
    for (int i = 0; i < count; i++) {
      x[i] = Math.max(x[i], y[i]);
    }
  }

  @Override
  public final void addToTotals(/* wide */ double[] totals, double[] x, int count) {
    for (int i = 0; i < count; i++) {
      totals[i] += x[i];
    }
  }

  @Override
  public double sum(double[] x, int from, int to) {
    if (to - from > STRAIGHT) {
      int middle = from + (to - from) / 2;
      return sum(x, from, middle) + sum(x, middle, to);
    }
    return sumOfFew(x, from, to);
  }

  /** In eight chains of additions, since one would wait for each to finish. */
  private static double sumOfFew(double[] x, int from, int to) {
    double first = 0;
    double second = 0;
    double third = 0;
    double fourth = 0;
    double fifth = 0;
    double sixth = 0;
    double seventh = 0;
    double eighth = 0;
    int i = from;
    for (; i + 7 < to; i += 8) {
      first += x[i];
      second += x[i + 1];
      third += x[i + 2];
      fourth += x[i + 3];
      fifth += x[i + 4];
      sixth += x[i + 5];
      seventh += x[i + 6];
      eighth += x[i + 7];
    }
    if (i + 3 < to) {
      first += x[i];
      second += x[i + 1];
      third += x[i + 2];
      fourth += x[i + 3];
      i += 4;
    }
    for (; i < to; i++) {
      fifth += x[i];
    }
    return ((first + second) + (third + fourth)) + ((fifth + sixth) + (seventh + eighth));
  }

  @Override
  public double max(double[] x, int from, int to) {
    double largest = x[from];
    for (int i = from + 1; i < to; i++) {
      largest = Math.max(largest, x[i]);
    }
    return largest;
  }

  @Override
  public final double probe(double[] x, int count) {
    double largest = x[0];
    for (int i = 1; i < count; i++) {
      if (x[i] > largest) {
        largest = x[i];
      }
    }
    return largest;
  }

  @Override
  public final int indexOf(double value, double[] x, int from, int to) {
    int i = from;
    if (
    /* wide */ Double.isNaN(value)) {
      while (i < to && !Double.isNaN(x[i])) {
        i++;
      }
    } else {
      while (i < to && x[i] != value) {
        i++;
      }
    }
    return i;
  }

  @Override
  public final int indexOfNonZero(double[] x, int from, int to, double[] zeros) {
    int different = Arrays.mismatch(x, from, to, zeros, 0, to - from);
    return different < 0 ? to : from + different;
  }

  @Override
  public final void divide(double[] x, double divisor, int count) {
    double by = round(divisor);
    for (int i = 0; i < count; i++) {
      x[i] = x[i] / by;
    }
  }

  @Override
  public final void toOnes(double[] mask, int count) {
    for (int i = 0; i < count; i++) {
      mask[i] = Math.min(1, Math.abs(mask[i]) * HUGE * HUGE);
    }
  }

  @Override
  public final void forbid(double[] x, double[] mask, int count) {
    for (int i = 0; i < count; i++) {
      x[i] = mask[i] == 0 ? Double.NEGATIVE_INFINITY : x[i];
    }
  }

  @Override
  public void sumRows(double[] x, int rows, int columns, /* wide */ double[] sums) {
    for (int row = 0; row < rows; row++) {
      sums[row] = sum(x, row * columns, (row + 1) * columns);
    }
  }

  @Override
  public void multiplyRows(
      double[] x, int rows, int columns, /* wide */ double[] factors, double[] out) {
    for (int row = 0; row < rows; row++) {
      double factor = round(factors[row]);
      for (int i = row * columns; i < (row + 1) * columns; i++) {
        out[i] = x[i] * factor;
      }
    }
  }

  @Override
  public final void subtractRows(
      double[] x,
      int rows,
      int columns,
      /* wide */ double[] high,
      /* wide */ double[] low,
      double[] out) {
    for (int row = 0; row < rows; row++) {
      double first = round(high[row]);
      double second = round(low[row]);
      for (int i = row * columns; i < (row + 1) * columns; i++) {
        out[i] = (x[i] - first) - second;
      }
    }
  }

  @Override
  public final void weighRows(
      double[] y,
      double[] x,
      int rows,
      int columns,
      /* wide */ double[] high,
      /* wide */ double[] low,
      double[] out) {
    for (int row = 0; row < rows; row++) {
      double first = round(high[row]);
      double second = round(low[row]);
      for (int i = row * columns; i < (row + 1) * columns; i++) {
        out[i] = y[i] * ((first - x[i]) + second);
      }
    }
  }

  @Override
  public final void subtractTargets(
      double[] x,
      int rows,
      int columns,
      /* wide */ double[] factors,
      double[] y,
      double share,
      double[] out) {
    double ofAll = round(share);
    for (int row = 0; row < rows; row++) {
      double factor = round(factors[row]);
      for (int i = row * columns; i < (row + 1) * columns; i++) {
        out[i] = Math.fma(x[i], factor, -y[i]) * ofAll;
      }
    }
  }
}
