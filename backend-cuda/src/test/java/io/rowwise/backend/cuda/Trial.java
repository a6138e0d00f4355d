package io.rowwise.backend.cuda;

import io.rowwise.backend.Backend;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/**
 * One operation on one shape: makes matrices that are surrounded by a mark, and compares what they
 * hold afterwards with what they should. The mark is NaN, so a read outside of a matrix shows in
 * the result, and a write outside shows in the mark.
 */
final class Trial implements AutoCloseable {
  /** Where rows start. */
  enum Layout {
    /** One after the other, as a new matrix has them. */
    GAPLESS,
    /** Each at a multiple of 16 bytes, with a gap behind it. */
    ALIGNED,
    /** Each elsewhere, the first one an element behind a multiple of 16 bytes. */
    UNALIGNED,
    /** Every other matrix aligned; which ones, the number of columns says. */
    MIXED
  }

  private static final double MARK = Double.NaN;

  private static final int KINDS = 5;
  private static final int NARROW_ROW = 3;
  private static final int ROW_OF_EQUALS = 4;

  private record Surrounded(Matrix whole, int columns, int from) {}

  final Backend backend;
  final ElementType type;
  final int rows;
  final int columns;
  final Random random;
  private final Layout layout;
  private final List<Surrounded> matrices = new ArrayList<>();
  private final List<double[]> results = new ArrayList<>();
  private final List<String> differences = new ArrayList<>();

  Trial(Backend backend, ElementType type, int rows, int columns, Layout layout) {
    this.backend = backend;
    this.type = type;
    this.rows = rows;
    this.columns = columns;
    this.layout = layout;
    this.random = new Random(columns * 31L + rows);
  }

  /** The distance from 1 to the next number of the type that is computed in. */
  double epsilon() {
    return type == ElementType.FLOAT64 ? Math.ulp(1d) : Math.ulp(1f);
  }

  /** The number of the type that is nearest. */
  double rounded(double value) {
    return type.rounded(value);
  }

  /** Random numbers of the type around 0. */
  double[] numbers(int count, double range) {
    double[] numbers = new double[count];
    Arrays.setAll(numbers, i -> rounded(range * (2 * random.nextDouble() - 1)));
    return numbers;
  }

  /**
   * Logits of several kinds of rows, one after the other. In most they are so far apart that their
   * differences are rounded, and that the power of one may overflow if it is not the largest that
   * is subtracted; the largest is there twice. In one they are of much the same size, so that the
   * sum of their powers is rounded again and again; in one most are equal.
   */
  double[] logits() {
    double range = type == ElementType.FLOAT64 ? 500 : 60;
    double[] logits = numbers(rows * columns, 1);
    for (int row = 0; row < rows; row++) {
      int kind = layout == Layout.GAPLESS ? row + NARROW_ROW : row;
      int largest = row * columns;
      for (int i = row * columns; i < (row + 1) * columns; i++) {
        logits[i] =
            switch (kind % KINDS) {
              case NARROW_ROW -> logits[i];
              case ROW_OF_EQUALS -> logits[i] < 0.5 ? 0 : -1;
              default -> rounded(logits[i] * range);
            };
        largest = logits[i] > logits[largest] ? i : largest;
      }
      logits[row * columns + random.nextInt(columns)] = logits[largest];
    }
    return logits;
  }

  /** Makes some rows hopeless in places or altogether, and breaks some by a NaN. */
  double[] withSpecialRows(double[] numbers) {
    for (int row = 1; row < rows; row += KINDS) {
      for (int j = 0; j < columns - 1; j += 3) {
        numbers[row * columns + j] = Double.NEGATIVE_INFINITY;
      }
    }
    for (int row = KINDS; row < rows; row += 2 * KINDS) {
      Arrays.fill(numbers, row * columns, (row + 1) * columns, Double.NEGATIVE_INFINITY);
    }
    for (int row = 2; row < rows; row += KINDS) {
      numbers[row * columns + random.nextInt(columns)] = Double.NaN;
    }
    return numbers;
  }

  /** What is wanted: a class in the first row, elsewhere shares that do not add up to 1. */
  double[] targets() {
    double[] targets = new double[rows * columns];
    for (int row = 0; row < rows; row++) {
      if (row % KINDS == 0) {
        targets[random.nextInt(columns)] = 1;
      } else {
        for (int j = row % 2; j < columns; j += 2) {
          targets[row * columns + j] = rounded(2 * random.nextDouble() / columns);
        }
      }
    }
    return targets;
  }

  /** The matrix whose product with another one is that other one. */
  Matrix identity() {
    double[] values = new double[rows * rows];
    for (int i = 0; i < rows; i++) {
      values[i * rows + i] = 1;
    }
    return matrix(rows, rows, values);
  }

  /** A matrix with these numbers, in the trial's layout. */
  Matrix matrix(int height, int width, double... values) {
    return matrix(type, height, width, values);
  }

  /** One of the type that is computed in, for what is never of 16 bits. */
  Matrix wide(int height, int width, double... values) {
    return matrix(type.computedIn(), height, width, values);
  }

  private Matrix matrix(ElementType of, int height, int width, double... values) {
    boolean aligned = layout == Layout.ALIGNED;
    if (layout == Layout.MIXED) {
      aligned = (matrices.size() + columns) % 2 == 0;
    }
    boolean gapless = layout == Layout.GAPLESS;
    int from = gapless || aligned ? 0 : 1;
    int stride = gapless ? width : aligned ? (width + 4) / 4 * 4 : (width + 2) | 1;
    double[] all = new double[height * stride];
    Arrays.fill(all, MARK);
    for (int row = 0; row < height; row++) {
      System.arraycopy(values, row * width, all, row * stride + from, width);
    }
    Matrix whole = backend.matrix(of, height, stride, all);
    matrices.add(new Surrounded(whole, width, from));
    return whole.columns(from, from + width);
  }

  /** A matrix for a result. */
  Matrix result(int height, int width) {
    return result(type, height, width);
  }

  /** A matrix of the type that is computed in for a result. */
  Matrix wideResult(int height, int width) {
    return result(type.computedIn(), height, width);
  }

  /** A matrix of a type for a result. */
  Matrix result(ElementType of, int height, int width) {
    double[] junk = new double[height * width];
    Arrays.fill(junk, -77);
    return matrix(of, height, width, junk);
  }

  /**
   * Compares a result, number by number; NaN is like NaN. One of 16 bits was rounded once more than
   * is allowed for.
   */
  void compare(String what, Matrix actual, double[] expected, double[] allowed) {
    double[] values = actual.toDoubles();
    results.add(values);
    // Subnormal numbers have fewer digits.
    double smallest = type == ElementType.FLOAT64 ? Double.MIN_NORMAL : Float.MIN_NORMAL;
    for (int i = 0; i < expected.length; i++) {
      boolean same =
          Double.compare(values[i], expected[i]) == 0
              || Math.abs(values[i] - expected[i])
                  <= allowed[i] + smallest + lastRounding(actual.type(), values[i], expected[i]);
      if (!same) {
        differences.add(
            String.format(
                Locale.ROOT,
                "%s at row %d, column %d is %s, wanted %s within %s",
                what,
                i / actual.columns(),
                i % actual.columns(),
                values[i],
                expected[i],
                allowed[i]));
        return;
      }
    }
  }

  /** Half the distance of neighbours of a type of 16 bits, near the larger of two numbers. */
  private static double lastRounding(ElementType type, double a, double b) {
    double size = Math.max(Math.abs(a), Math.abs(b));
    return switch (type) {
      case FLOAT32, FLOAT64 -> 0;
      case BFLOAT16 -> Math.scalb(0.5, Math.max(Math.getExponent(size), -126) - 7);
      case FLOAT16 -> Math.scalb(0.5, Math.max(Math.getExponent(size), -14) - 10);
    };
  }

  /** Compares with numbers that have to be met exactly. */
  void compare(String what, Matrix actual, double[] expected) {
    compare(what, actual, expected, new double[expected.length]);
  }

  /** What was compared, to the bit. */
  List<double[]> results() {
    return results;
  }

  /** What was not as it should be. */
  List<String> differences() {
    for (Surrounded matrix : matrices) {
      double[] values = matrix.whole.toDoubles();
      int stride = matrix.whole.columns();
      for (int i = 0; i < values.length; i++) {
        int column = i % stride - matrix.from;
        boolean inside = column >= 0 && column < matrix.columns;
        if (!inside && !Double.isNaN(values[i])) {
          differences.add(
              String.format(
                  Locale.ROOT,
                  "column %d of row %d was written, of %d columns",
                  column,
                  i / stride,
                  matrix.columns));
          break;
        }
      }
    }
    return differences;
  }

  @Override
  public void close() {
    matrices.forEach(matrix -> matrix.whole.close());
  }
}
