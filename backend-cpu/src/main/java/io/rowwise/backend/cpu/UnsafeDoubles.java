package io.rowwise.backend.cpu;

import io.rowwise.backend.ElementType;
import sun.misc.Unsafe;

/** {@link NativeElements} of {@code double} by {@link UnsafeLoops}' means. */
final class UnsafeDoubles extends NativeElements<double[]> {
  private static final Unsafe UNSAFE = UnsafeLoops.UNSAFE;
  private static final long BEFORE = UnsafeLoops.IN_DOUBLES;
  private static final int MOST = NativeLoops.MOST;

  private static final long BITS_OF_INFINITY = 0x7ff0000000000000L;
  private static final long BITS_OF_ONE = 0x3ff0000000000000L;
  private static final int SIGN = Long.SIZE - 1;

  UnsafeDoubles() {
    super(ElementType.FLOAT64);
  }

  @Override
  public Binary<double[]> addScaled(double scale) {
    return new Binary<>() {
      @Override
      public void apply(long a, long b, long out, int count, long[] bits) {
        int n = count & MOST;
        for (int i = 0; i < n; i++) {
          double left = UNSAFE.getDouble(a + BEFORE + 8L * i);
          double right = UNSAFE.getDouble(b + BEFORE + 8L * i);
          UNSAFE.putDouble(out + BEFORE + 8L * i, Math.fma(scale, right, left));
        }
      }

      @Override
      public void apply(long a, double b, long out, int count, long[] bits) {
        int n = count & MOST;
        for (int i = 0; i < n; i++) {
          double left = UNSAFE.getDouble(a + BEFORE + 8L * i);
          UNSAFE.putDouble(out + BEFORE + 8L * i, Math.fma(scale, b, left));
        }
      }

      @Override
      public void apply(double[] a, double[] b, long out, int count) {
        int n = count & MOST;
        for (int i = 0; i < n; i++) {
          UNSAFE.putDouble(out + BEFORE + 8L * i, Math.fma(scale, b[i], a[i]));
        }
      }
    };
  }

  @Override
  public Binary<double[]> multiply() {
    return new Binary<>() {
      @Override
      public void apply(long a, long b, long out, int count, long[] bits) {
        int n = count & MOST;
        for (int i = 0; i < n; i++) {
          double left = UNSAFE.getDouble(a + BEFORE + 8L * i);
          double right = UNSAFE.getDouble(b + BEFORE + 8L * i);
          UNSAFE.putDouble(out + BEFORE + 8L * i, left * right);
        }
      }

      @Override
      public void apply(long a, double b, long out, int count, long[] bits) {
        int n = count & MOST;
        for (int i = 0; i < n; i++) {
          double left = UNSAFE.getDouble(a + BEFORE + 8L * i);
          UNSAFE.putDouble(out + BEFORE + 8L * i, left * b);
        }
      }

      @Override
      public void apply(double[] a, double[] b, long out, int count) {
        int n = count & MOST;
        for (int i = 0; i < n; i++) {
          UNSAFE.putDouble(out + BEFORE + 8L * i, a[i] * b[i]);
        }
      }
    };
  }

  @Override
  public Binary<double[]> divide() {
    return new ThroughAnArray() {
      @Override
      void compute(long a, long b, long[] out, int count) {
        int n = count & MOST;
        for (int i = 0; i < n; i++) {
          double left = UNSAFE.getDouble(a + BEFORE + 8L * i);
          double right = UNSAFE.getDouble(b + BEFORE + 8L * i);
          UNSAFE.putDouble(out, BEFORE + 8L * i, left / right);
        }
      }

      @Override
      void compute(long a, double b, long[] out, int count) {
        int n = count & MOST;
        for (int i = 0; i < n; i++) {
          UNSAFE.putDouble(out, BEFORE + 8L * i, UNSAFE.getDouble(a + BEFORE + 8L * i) / b);
        }
      }

      @Override
      public void apply(double[] a, double[] b, long out, int count) {
        int n = count & MOST;
        for (int i = 0; i < n; i++) {
          UNSAFE.putDouble(out + BEFORE + 8L * i, a[i] / b[i]);
        }
      }
    };
  }

  @Override
  public Binary<double[]> equal() {
    return new ThroughAnArray() {
      @Override
      void compute(long a, long b, long[] out, int count) {
        int n = count & MOST;
        for (int i = 0; i < n; i++) {
          long left = UNSAFE.getLong(a + BEFORE + 8L * i);
          long right = UNSAFE.getLong(b + BEFORE + 8L * i);
          UNSAFE.putLong(out, BEFORE + 8L * i, bitsOfEqual(left, right));
        }
      }

      @Override
      void compute(long a, double b, long[] out, int count) {
        long bits = Double.doubleToRawLongBits(b);
        // Those that tell: of a zero, all but the sign.
        long mask = b == 0 ? Long.MAX_VALUE : -1;
        long ofEqual = Double.isNaN(b) ? 0 : BITS_OF_ONE;
        int n = count & MOST;
        for (int i = 0; i < n; i++) {
          long differ = (UNSAFE.getLong(a + BEFORE + 8L * i) ^ bits) & mask;
          UNSAFE.putLong(out, BEFORE + 8L * i, (((differ | -differ) >>> SIGN) - 1) & ofEqual);
        }
      }

      @Override
      public void apply(double[] a, double[] b, long out, int count) {
        int n = count & MOST;
        for (int i = 0; i < n; i++) {
          long left = UNSAFE.getLong(a, BEFORE + 8L * i);
          long right = UNSAFE.getLong(b, BEFORE + 8L * i);
          UNSAFE.putLong(out + BEFORE + 8L * i, bitsOfEqual(left, right));
        }
      }
    };
  }

  /** Those of 1 or 0, without a branch, which C2 would not vectorise. */
  private static long bitsOfEqual(long a, long b) {
    long size = a & Long.MAX_VALUE;
    // The sign bits of: the bits differ; one of them is no zero; a is NaN.
    long differ = (a ^ b) | -(a ^ b);
    long nonZero = ((a | b) << 1) | -((a | b) << 1);
    long isNaN = BITS_OF_INFINITY - size;
    long unequal = ((differ & nonZero) | isNaN) >>> SIGN;
    return (unequal - 1) & BITS_OF_ONE;
  }

  @Override
  long[] bits(Scratch scratch, int count) {
    return scratch.longs(count);
  }

  @Override
  void copy(long[] bits, long to, int count) {
    UNSAFE.copyMemory(bits, BEFORE, null, to + BEFORE, 8L * count);
  }

  @Override
  void fill(double value, long to, int count) {
    int n = count & MOST;
    for (int i = 0; i < n; i++) {
      UNSAFE.putDouble(to + BEFORE + 8L * i, value);
    }
  }

  @Override
  void copy(long from, double[] to, int count) {
    UNSAFE.copyMemory(null, from + BEFORE, to, BEFORE, 8L * count);
  }

  @Override
  void copy(double[] from, long to, int count) {
    UNSAFE.copyMemory(from, BEFORE, null, to + BEFORE, 8L * count);
  }

  @Override
  void copy(long from, long to, int count) {
    UNSAFE.copyMemory(from + BEFORE, to + BEFORE, 8L * count);
  }

  @Override
  void copyColumn(long from, long leadingDimension, double[] to, int count) {
    long next = from + BEFORE;
    for (int i = 0; i < count; i++) {
      to[i] = UNSAFE.getDouble(next);
      next += 8 * leadingDimension;
    }
  }

  @Override
  void copyToColumn(double[] from, long to, long leadingDimension, int count) {
    long next = to + BEFORE;
    for (int i = 0; i < count; i++) {
      UNSAFE.putDouble(next, from[i]);
      next += 8 * leadingDimension;
    }
  }

  @Override
  double sum(long x, int count, long[] bits, double[] few) {
    double sum = 0;
    for (int next = 0; next < count; next += BLOCK) {
      int length = Math.min(BLOCK, count - next);
      long from = x + 8L * next;
      int quarter = length / 4;
      addQuarters(from, bits, quarter);
      sum += sumOfQuarter(bits, quarter, few);
      for (int i = 4 * quarter; i < length; i++) {
        sum += UNSAFE.getDouble(from + BEFORE + 8L * i);
      }
    }
    return sum;
  }

  @Override
  double sum(double[] x, int from, int to, long[] bits, double[] few) {
    double sum = 0;
    for (int next = from; next < to; next += BLOCK) {
      int length = Math.min(BLOCK, to - next);
      int quarter = length / 4;
      addQuarters(x, next, bits, quarter);
      sum += sumOfQuarter(bits, quarter, few) + Sums.sum(x, next + 4 * quarter, next + length);
    }
    return sum;
  }

  private static double sumOfQuarter(long[] bits, int quarter, double[] few) {
    int sixteenth = quarter / 4;
    addQuarters(bits, few, sixteenth);
    double sum = Sums.sum(few, 0, sixteenth);
    for (int i = 4 * sixteenth; i < quarter; i++) {
      sum += UNSAFE.getDouble(bits, BEFORE + 8L * i);
    }
    return sum;
  }

  private static void addQuarters(long x, long[] out, int quarter) {
    long second = x + 8L * quarter;
    long third = second + 8L * quarter;
    long fourth = third + 8L * quarter;
    int n = quarter & MOST;
    for (int i = 0; i < n; i++) {
      double left =
          UNSAFE.getDouble(x + BEFORE + 8L * i) + UNSAFE.getDouble(second + BEFORE + 8L * i);
      double right =
          UNSAFE.getDouble(third + BEFORE + 8L * i) + UNSAFE.getDouble(fourth + BEFORE + 8L * i);
      UNSAFE.putDouble(out, BEFORE + 8L * i, left + right);
    }
  }

  private static void addQuarters(double[] x, int from, long[] out, int quarter) {
    long first = 8L * from;
    long second = first + 8L * quarter;
    long third = second + 8L * quarter;
    long fourth = third + 8L * quarter;
    int n = quarter & MOST;
    for (int i = 0; i < n; i++) {
      double left =
          UNSAFE.getDouble(x, first + BEFORE + 8L * i)
              + UNSAFE.getDouble(x, second + BEFORE + 8L * i);
      double right =
          UNSAFE.getDouble(x, third + BEFORE + 8L * i)
              + UNSAFE.getDouble(x, fourth + BEFORE + 8L * i);
      UNSAFE.putDouble(out, BEFORE + 8L * i, left + right);
    }
  }

  private static void addQuarters(long[] x, double[] out, int quarter) {
    long second = 8L * quarter;
    long third = second + 8L * quarter;
    long fourth = third + 8L * quarter;
    int n = quarter & MOST;
    for (int i = 0; i < n; i++) {
      double left =
          UNSAFE.getDouble(x, BEFORE + 8L * i) + UNSAFE.getDouble(x, second + BEFORE + 8L * i);
      double right =
          UNSAFE.getDouble(x, third + BEFORE + 8L * i)
              + UNSAFE.getDouble(x, fourth + BEFORE + 8L * i);
      out[i] = left + right;
    }
  }

  @Override
  double max(long x, int count, long[] bits, double[] few) {
    double largest = UNSAFE.getDouble(x + BEFORE);
    for (int next = 0; next < count; next += BLOCK) {
      int length = Math.min(BLOCK, count - next);
      long from = x + 8L * next;
      int quarter = length / 4;
      int sixteenth = quarter / 4;
      maxOfQuarters(from, bits, quarter);
      maxOfQuarters(bits, few, sixteenth);
      for (int i = 0; i < sixteenth; i++) {
        largest = Math.max(largest, few[i]);
      }
      for (int i = 4 * sixteenth; i < quarter; i++) {
        largest = Math.max(largest, UNSAFE.getDouble(bits, BEFORE + 8L * i));
      }
      for (int i = 4 * quarter; i < length; i++) {
        largest = Math.max(largest, UNSAFE.getDouble(from + BEFORE + 8L * i));
      }
    }
    return largest;
  }

  private static void maxOfQuarters(long x, long[] out, int quarter) {
    long second = x + 8L * quarter;
    long third = second + 8L * quarter;
    long fourth = third + 8L * quarter;
    int n = quarter & MOST;
    for (int i = 0; i < n; i++) {
      double left =
          Math.max(
              UNSAFE.getDouble(x + BEFORE + 8L * i), UNSAFE.getDouble(second + BEFORE + 8L * i));
      double right =
          Math.max(
              UNSAFE.getDouble(third + BEFORE + 8L * i),
              UNSAFE.getDouble(fourth + BEFORE + 8L * i));
      UNSAFE.putDouble(out, BEFORE + 8L * i, Math.max(left, right));
    }
  }

  private static void maxOfQuarters(long[] x, double[] out, int quarter) {
    long second = 8L * quarter;
    long third = second + 8L * quarter;
    long fourth = third + 8L * quarter;
    int n = quarter & MOST;
    for (int i = 0; i < n; i++) {
      double left =
          Math.max(
              UNSAFE.getDouble(x, BEFORE + 8L * i), UNSAFE.getDouble(x, second + BEFORE + 8L * i));
      double right =
          Math.max(
              UNSAFE.getDouble(x, third + BEFORE + 8L * i),
              UNSAFE.getDouble(x, fourth + BEFORE + 8L * i));
      out[i] = Math.max(left, right);
    }
  }

  @Override
  int indexOf(double value, long x, int count) {
    int i = 0;
    if (Double.isNaN(value)) {
      while (i < count && !Double.isNaN(UNSAFE.getDouble(x + BEFORE + 8L * i))) {
        i++;
      }
    } else {
      while (i < count && UNSAFE.getDouble(x + BEFORE + 8L * i) != value) {
        i++;
      }
    }
    return i;
  }

  @Override
  void addRows(long x, long leadingDimension, int rows, long[] sums, int columns) {
    if (rows == ROWS) {
      addFourRows(x, 8L * leadingDimension, sums, columns);
    } else {
      for (int row = 0; row < rows; row++) {
        addRow(x + 8L * leadingDimension * row, sums, columns);
      }
    }
  }

  private static void addRow(long x, long[] sums, int columns) {
    int n = columns & MOST;
    for (int i = 0; i < n; i++) {
      double value = UNSAFE.getDouble(x + BEFORE + 8L * i);
      UNSAFE.putDouble(sums, BEFORE + 8L * i, UNSAFE.getDouble(sums, BEFORE + 8L * i) + value);
    }
  }

  private static void addFourRows(long x, long stride, long[] sums, int columns) {
    long second = x + stride;
    long third = second + stride;
    long fourth = third + stride;
    int n = columns & MOST;
    for (int i = 0; i < n; i++) {
      double left =
          UNSAFE.getDouble(x + BEFORE + 8L * i) + UNSAFE.getDouble(second + BEFORE + 8L * i);
      double right =
          UNSAFE.getDouble(third + BEFORE + 8L * i) + UNSAFE.getDouble(fourth + BEFORE + 8L * i);
      UNSAFE.putDouble(
          sums, BEFORE + 8L * i, UNSAFE.getDouble(sums, BEFORE + 8L * i) + (left + right));
    }
  }

  @Override
  void addTo(double[] total, long[] sums, int columns) {
    int n = columns & MOST;
    for (int i = 0; i < n; i++) {
      total[i] += UNSAFE.getDouble(sums, BEFORE + 8L * i);
    }
  }
}
