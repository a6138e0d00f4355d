package io.rowwise.backend.cpu;

import io.rowwise.backend.ElementType;
import sun.misc.Unsafe;

/** {@link NativeElements} of {@code float} by {@link UnsafeLoops}' means. */
final class UnsafeFloats extends NativeElements<float[]> {
  private static final Unsafe UNSAFE = UnsafeLoops.UNSAFE;
  private static final long BEFORE = UnsafeLoops.IN_FLOATS;
  private static final long IN_LONGS = UnsafeLoops.IN_DOUBLES;
  private static final int MOST = NativeLoops.MOST;

  private static final int BITS_OF_INFINITY = 0x7f800000;
  private static final int BITS_OF_ONE = 0x3f800000;
  private static final int SIGN = Integer.SIZE - 1;

  UnsafeFloats() {
    super(ElementType.FLOAT32);
  }

  @Override
  public Binary<float[]> addScaled(double scale) {
    float factor = (float) scale;
    return new ThroughAnArray() {
      @Override
      void compute(long a, long b, long[] out, int count) {
        int n = count & MOST;
        for (int i = 0; i < n; i++) {
          float left = UNSAFE.getFloat(a + BEFORE + 4L * i);
          float right = UNSAFE.getFloat(b + BEFORE + 4L * i);
          UNSAFE.putFloat(out, IN_LONGS + 4L * i, Math.fma(factor, right, left));
        }
      }

      @Override
      void compute(long a, double b, long[] out, int count) {
        float number = (float) b;
        int n = count & MOST;
        for (int i = 0; i < n; i++) {
          float left = UNSAFE.getFloat(a + BEFORE + 4L * i);
          UNSAFE.putFloat(out, IN_LONGS + 4L * i, Math.fma(factor, number, left));
        }
      }

      @Override
      public void apply(float[] a, float[] b, long out, int count) {
        int n = count & MOST;
        for (int i = 0; i < n; i++) {
          UNSAFE.putFloat(out + BEFORE + 4L * i, Math.fma(factor, b[i], a[i]));
        }
      }
    };
  }

  @Override
  public Binary<float[]> multiply() {
    return new ThroughAnArray() {
      @Override
      void compute(long a, long b, long[] out, int count) {
        int n = count & MOST;
        for (int i = 0; i < n; i++) {
          float left = UNSAFE.getFloat(a + BEFORE + 4L * i);
          float right = UNSAFE.getFloat(b + BEFORE + 4L * i);
          UNSAFE.putFloat(out, IN_LONGS + 4L * i, left * right);
        }
      }

      @Override
      void compute(long a, double b, long[] out, int count) {
        float number = (float) b;
        int n = count & MOST;
        for (int i = 0; i < n; i++) {
          float left = UNSAFE.getFloat(a + BEFORE + 4L * i);
          UNSAFE.putFloat(out, IN_LONGS + 4L * i, left * number);
        }
      }

      @Override
      public void apply(float[] a, float[] b, long out, int count) {
        int n = count & MOST;
        for (int i = 0; i < n; i++) {
          UNSAFE.putFloat(out + BEFORE + 4L * i, a[i] * b[i]);
        }
      }
    };
  }

  @Override
  public Binary<float[]> divide() {
    return new ThroughAnArray() {
      @Override
      void compute(long a, long b, long[] out, int count) {
        int n = count & MOST;
        for (int i = 0; i < n; i++) {
          float left = UNSAFE.getFloat(a + BEFORE + 4L * i);
          float right = UNSAFE.getFloat(b + BEFORE + 4L * i);
          UNSAFE.putFloat(out, IN_LONGS + 4L * i, left / right);
        }
      }

      @Override
      void compute(long a, double b, long[] out, int count) {
        float right = (float) b;
        int n = count & MOST;
        for (int i = 0; i < n; i++) {
          UNSAFE.putFloat(out, IN_LONGS + 4L * i, UNSAFE.getFloat(a + BEFORE + 4L * i) / right);
        }
      }

      @Override
      public void apply(float[] a, float[] b, long out, int count) {
        int n = count & MOST;
        for (int i = 0; i < n; i++) {
          UNSAFE.putFloat(out + BEFORE + 4L * i, a[i] / b[i]);
        }
      }
    };
  }

  @Override
  public Binary<float[]> equal() {
    return new ThroughAnArray() {
      @Override
      void compute(long a, long b, long[] out, int count) {
        int n = count & MOST;
        for (int i = 0; i < n; i++) {
          int left = UNSAFE.getInt(a + BEFORE + 4L * i);
          int right = UNSAFE.getInt(b + BEFORE + 4L * i);
          UNSAFE.putInt(out, IN_LONGS + 4L * i, bitsOfEqual(left, right));
        }
      }

      @Override
      void compute(long a, double b, long[] out, int count) {
        float number = (float) b;
        int bits = Float.floatToRawIntBits(number);
        // Those that tell: of a zero, all but the sign.
        int mask = number == 0 ? Integer.MAX_VALUE : -1;
        int ofEqual = Float.isNaN(number) ? 0 : BITS_OF_ONE;
        int n = count & MOST;
        for (int i = 0; i < n; i++) {
          int differ = (UNSAFE.getInt(a + BEFORE + 4L * i) ^ bits) & mask;
          UNSAFE.putInt(out, IN_LONGS + 4L * i, (((differ | -differ) >>> SIGN) - 1) & ofEqual);
        }
      }

      @Override
      public void apply(float[] a, float[] b, long out, int count) {
        int n = count & MOST;
        for (int i = 0; i < n; i++) {
          int left = UNSAFE.getInt(a, BEFORE + 4L * i);
          int right = UNSAFE.getInt(b, BEFORE + 4L * i);
          UNSAFE.putInt(out + BEFORE + 4L * i, bitsOfEqual(left, right));
        }
      }
    };
  }

  /** Those of 1 or 0, without a branch, which C2 would not vectorise. */
  private static int bitsOfEqual(int a, int b) {
    int size = a & Integer.MAX_VALUE;
    // The sign bits of: the bits differ; one of them is no zero; a is NaN.
    int differ = (a ^ b) | -(a ^ b);
    int nonZero = ((a | b) << 1) | -((a | b) << 1);
    int isNaN = BITS_OF_INFINITY - size;
    int unequal = ((differ & nonZero) | isNaN) >>> SIGN;
    return (unequal - 1) & BITS_OF_ONE;
  }

  @Override
  long[] bits(Scratch scratch, int count) {
    return scratch.longs((count + 1) / 2);
  }

  @Override
  void copy(long[] bits, long to, int count) {
    UNSAFE.copyMemory(bits, IN_LONGS, null, to + BEFORE, 4L * count);
  }

  @Override
  void fill(double value, long to, int count) {
    float rounded = (float) value;
    int n = count & MOST;
    for (int i = 0; i < n; i++) {
      UNSAFE.putFloat(to + BEFORE + 4L * i, rounded);
    }
  }

  @Override
  void copy(long from, float[] to, int count) {
    UNSAFE.copyMemory(null, from + BEFORE, to, BEFORE, 4L * count);
  }

  @Override
  void copy(float[] from, long to, int count) {
    UNSAFE.copyMemory(from, BEFORE, null, to + BEFORE, 4L * count);
  }

  @Override
  void copy(long from, long to, int count) {
    UNSAFE.copyMemory(from + BEFORE, to + BEFORE, 4L * count);
  }

  @Override
  void copyColumn(long from, long leadingDimension, double[] to, int count) {
    long next = from + BEFORE;
    for (int i = 0; i < count; i++) {
      to[i] = UNSAFE.getFloat(next);
      next += 4 * leadingDimension;
    }
  }

  @Override
  void copyToColumn(double[] from, long to, long leadingDimension, int count) {
    long next = to + BEFORE;
    for (int i = 0; i < count; i++) {
      UNSAFE.putFloat(next, (float) from[i]);
      next += 4 * leadingDimension;
    }
  }

  @Override
  double sum(long x, int count, long[] bits, float[] few) {
    double sum = 0;
    for (int next = 0; next < count; next += BLOCK) {
      int length = Math.min(BLOCK, count - next);
      long from = x + 4L * next;
      int quarter = length / 4;
      addQuarters(from, bits, quarter);
      sum += sumOfQuarter(bits, quarter, few);
      for (int i = 4 * quarter; i < length; i++) {
        sum += UNSAFE.getFloat(from + BEFORE + 4L * i);
      }
    }
    return sum;
  }

  @Override
  double sum(float[] x, int from, int to, long[] bits, float[] few) {
    double sum = 0;
    for (int next = from; next < to; next += BLOCK) {
      int length = Math.min(BLOCK, to - next);
      int quarter = length / 4;
      addQuarters(x, next, bits, quarter);
      sum += sumOfQuarter(bits, quarter, few) + Sums.sum(x, next + 4 * quarter, next + length);
    }
    return sum;
  }

  private static double sumOfQuarter(long[] bits, int quarter, float[] few) {
    int sixteenth = quarter / 4;
    addQuarters(bits, few, sixteenth);
    double sum = Sums.sum(few, 0, sixteenth);
    for (int i = 4 * sixteenth; i < quarter; i++) {
      sum += UNSAFE.getFloat(bits, IN_LONGS + 4L * i);
    }
    return sum;
  }

  private static void addQuarters(long x, long[] out, int quarter) {
    long second = x + 4L * quarter;
    long third = second + 4L * quarter;
    long fourth = third + 4L * quarter;
    int n = quarter & MOST;
    for (int i = 0; i < n; i++) {
      float left = UNSAFE.getFloat(x + BEFORE + 4L * i) + UNSAFE.getFloat(second + BEFORE + 4L * i);
      float right =
          UNSAFE.getFloat(third + BEFORE + 4L * i) + UNSAFE.getFloat(fourth + BEFORE + 4L * i);
      UNSAFE.putFloat(out, IN_LONGS + 4L * i, left + right);
    }
  }

  private static void addQuarters(float[] x, int from, long[] out, int quarter) {
    long first = 4L * from;
    long second = first + 4L * quarter;
    long third = second + 4L * quarter;
    long fourth = third + 4L * quarter;
    int n = quarter & MOST;
    for (int i = 0; i < n; i++) {
      float left =
          UNSAFE.getFloat(x, first + BEFORE + 4L * i)
              + UNSAFE.getFloat(x, second + BEFORE + 4L * i);
      float right =
          UNSAFE.getFloat(x, third + BEFORE + 4L * i)
              + UNSAFE.getFloat(x, fourth + BEFORE + 4L * i);
      UNSAFE.putFloat(out, IN_LONGS + 4L * i, left + right);
    }
  }

  private static void addQuarters(long[] x, float[] out, int quarter) {
    long second = 4L * quarter;
    long third = second + 4L * quarter;
    long fourth = third + 4L * quarter;
    int n = quarter & MOST;
    for (int i = 0; i < n; i++) {
      float left =
          UNSAFE.getFloat(x, IN_LONGS + 4L * i) + UNSAFE.getFloat(x, second + IN_LONGS + 4L * i);
      float right =
          UNSAFE.getFloat(x, third + IN_LONGS + 4L * i)
              + UNSAFE.getFloat(x, fourth + IN_LONGS + 4L * i);
      out[i] = left + right;
    }
  }

  @Override
  double max(long x, int count, long[] bits, float[] few) {
    float largest = UNSAFE.getFloat(x + BEFORE);
    for (int next = 0; next < count; next += BLOCK) {
      int length = Math.min(BLOCK, count - next);
      long from = x + 4L * next;
      int quarter = length / 4;
      int sixteenth = quarter / 4;
      maxOfQuarters(from, bits, quarter);
      maxOfQuarters(bits, few, sixteenth);
      for (int i = 0; i < sixteenth; i++) {
        largest = Math.max(largest, few[i]);
      }
      for (int i = 4 * sixteenth; i < quarter; i++) {
        largest = Math.max(largest, UNSAFE.getFloat(bits, IN_LONGS + 4L * i));
      }
      for (int i = 4 * quarter; i < length; i++) {
        largest = Math.max(largest, UNSAFE.getFloat(from + BEFORE + 4L * i));
      }
    }
    return largest;
  }

  private static void maxOfQuarters(long x, long[] out, int quarter) {
    long second = x + 4L * quarter;
    long third = second + 4L * quarter;
    long fourth = third + 4L * quarter;
    int n = quarter & MOST;
    for (int i = 0; i < n; i++) {
      float left =
          Math.max(UNSAFE.getFloat(x + BEFORE + 4L * i), UNSAFE.getFloat(second + BEFORE + 4L * i));
      float right =
          Math.max(
              UNSAFE.getFloat(third + BEFORE + 4L * i), UNSAFE.getFloat(fourth + BEFORE + 4L * i));
      UNSAFE.putFloat(out, IN_LONGS + 4L * i, Math.max(left, right));
    }
  }

  private static void maxOfQuarters(long[] x, float[] out, int quarter) {
    long second = 4L * quarter;
    long third = second + 4L * quarter;
    long fourth = third + 4L * quarter;
    int n = quarter & MOST;
    for (int i = 0; i < n; i++) {
      float left =
          Math.max(
              UNSAFE.getFloat(x, IN_LONGS + 4L * i),
              UNSAFE.getFloat(x, second + IN_LONGS + 4L * i));
      float right =
          Math.max(
              UNSAFE.getFloat(x, third + IN_LONGS + 4L * i),
              UNSAFE.getFloat(x, fourth + IN_LONGS + 4L * i));
      out[i] = Math.max(left, right);
    }
  }

  @Override
  int indexOf(double value, long x, int count) {
    int i = 0;
    if (Double.isNaN(value)) {
      while (i < count && !Float.isNaN(UNSAFE.getFloat(x + BEFORE + 4L * i))) {
        i++;
      }
    } else {
      while (i < count && UNSAFE.getFloat(x + BEFORE + 4L * i) != value) {
        i++;
      }
    }
    return i;
  }

  @Override
  void addRows(long x, long leadingDimension, int rows, long[] sums, int columns) {
    if (rows == ROWS) {
      addFourRows(x, 4L * leadingDimension, sums, columns);
    } else {
      for (int row = 0; row < rows; row++) {
        addRow(x + 4L * leadingDimension * row, sums, columns);
      }
    }
  }

  private static void addRow(long x, long[] sums, int columns) {
    int n = columns & MOST;
    for (int i = 0; i < n; i++) {
      float value = UNSAFE.getFloat(x + BEFORE + 4L * i);
      UNSAFE.putFloat(sums, IN_LONGS + 4L * i, UNSAFE.getFloat(sums, IN_LONGS + 4L * i) + value);
    }
  }

  private static void addFourRows(long x, long stride, long[] sums, int columns) {
    long second = x + stride;
    long third = second + stride;
    long fourth = third + stride;
    int n = columns & MOST;
    for (int i = 0; i < n; i++) {
      float left = UNSAFE.getFloat(x + BEFORE + 4L * i) + UNSAFE.getFloat(second + BEFORE + 4L * i);
      float right =
          UNSAFE.getFloat(third + BEFORE + 4L * i) + UNSAFE.getFloat(fourth + BEFORE + 4L * i);
      UNSAFE.putFloat(
          sums, IN_LONGS + 4L * i, UNSAFE.getFloat(sums, IN_LONGS + 4L * i) + (left + right));
    }
  }

  @Override
  void addTo(double[] total, long[] sums, int columns) {
    int n = columns & MOST;
    for (int i = 0; i < n; i++) {
      total[i] += UNSAFE.getFloat(sums, IN_LONGS + 4L * i);
    }
  }
}
