package io.rowwise.backend.contract;

import io.rowwise.backend.CheckedBackend;
import io.rowwise.backend.Device;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.backend.Storage;
import io.rowwise.backend.Transpose;
import io.rowwise.kernel.KernelOffer;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleUnaryOperator;

/**
 * A backend in plain Java, written to be read: loops over heap arrays of {@code double}. Sums are
 * long and rounded once; an element of any type is a {@code double} that happens to be a number of
 * that type. It brings no kernels, so everything beyond the primitives is composed of them.
 */
public final class ReferenceBackend extends CheckedBackend {
  private final List<KernelOffer<?>> kernels;

  /** The reference, called {@code reference}. */
  public ReferenceBackend() {
    this("reference", List.of());
  }

  /**
   * A reference of another name and with kernels of its own, for tests of how kernels are chosen.
   *
   * @param name the backend's name
   * @param kernels what it brings
   */
  public ReferenceBackend(String name, List<KernelOffer<?>> kernels) {
    super(
        name,
        new Device(name, "plain Java", Runtime.getRuntime().maxMemory(), Map.of("cores", "1")));
    this.kernels = List.copyOf(kernels);
  }

  @Override
  protected Storage allocate(ElementType type, long elements) {
    return new HeapStorage(type, new double[Math.toIntExact(elements)]);
  }

  @Override
  protected void multiplyMatrices(
      double alpha,
      Matrix a,
      Transpose transposeA,
      Matrix b,
      Transpose transposeB,
      double beta,
      Matrix out) {
    int inner = transposeA == Transpose.NO ? a.columns() : a.rows();
    for (int row = 0; row < out.rows(); row++) {
      for (int column = 0; column < out.columns(); column++) {
        DoubleDouble result = DoubleDouble.ZERO;
        if (alpha != 0) {
          LongSum sum = new LongSum();
          for (int k = 0; k < inner; k++) {
            double left = transposeA == Transpose.NO ? get(a, row, k) : get(a, k, row);
            double right = transposeB == Transpose.NO ? get(b, k, column) : get(b, column, k);
            sum.addProduct(left, right);
          }
          result = sum.exact().times(alpha);
        }
        if (beta != 0) {
          result = result.plus(DoubleDouble.product(beta, get(out, row, column)));
        }
        put(out, row, column, result.high());
      }
    }
  }

  @Override
  protected void reduceRows(RowReduction reduction, Matrix x, Matrix out) {
    for (int row = 0; row < x.rows(); row++) {
      put(
          out,
          row,
          0,
          switch (reduction) {
            case MAX -> get(x, row, largest(x, row));
            case ARG_MAX -> largest(x, row);
            case SUM -> {
              LongSum sum = new LongSum();
              for (int column = 0; column < x.columns(); column++) {
                sum.add(get(x, row, column));
              }
              yield sum.value();
            }
          });
    }
  }

  /** The first NaN, else the first of the largest. */
  private static int largest(Matrix x, int row) {
    int best = 0;
    for (int column = 0; column < x.columns(); column++) {
      double value = get(x, row, column);
      if (Double.isNaN(value)) {
        return column;
      }
      if (value > get(x, row, best)) {
        best = column;
      }
    }
    return best;
  }

  @Override
  protected void sumColumns(Matrix x, Matrix out) {
    for (int column = 0; column < x.columns(); column++) {
      LongSum sum = new LongSum();
      for (int row = 0; row < x.rows(); row++) {
        sum.add(get(x, row, column));
      }
      put(out, 0, column, sum.value());
    }
  }

  @Override
  protected void apply(UnaryOperation operation, Matrix x, Matrix out) {
    DoubleUnaryOperator function =
        switch (operation) {
          case EXP -> Math::exp;
          case LOG -> Math::log;
        };
    for (int row = 0; row < out.rows(); row++) {
      for (int column = 0; column < out.columns(); column++) {
        put(out, row, column, function.applyAsDouble(get(x, row, column)));
      }
    }
  }

  @Override
  protected void combine(BinaryOperation operation, Matrix a, Matrix b, Matrix out) {
    for (int row = 0; row < out.rows(); row++) {
      for (int column = 0; column < out.columns(); column++) {
        double left = getRepeated(a, row, column);
        double right = getRepeated(b, row, column);
        put(out, row, column, result(operation, left, right));
      }
    }
  }

  @Override
  protected void combine(BinaryOperation operation, Matrix a, double b, Matrix out) {
    for (int row = 0; row < out.rows(); row++) {
      for (int column = 0; column < out.columns(); column++) {
        put(out, row, column, result(operation, get(a, row, column), b));
      }
    }
  }

  // Rounding a double result to float gives the float operation's own result for all of these.
  private static double result(BinaryOperation operation, double a, double b) {
    return switch (operation) {
      case ADD -> a + b;
      case SUBTRACT -> a - b;
      case MULTIPLY -> a * b;
      case DIVIDE -> a / b;
      case EQUAL -> a == b ? 1 : 0;
    };
  }

  @Override
  protected void accumulate(double alpha, Matrix x, Matrix out) {
    for (int row = 0; row < out.rows(); row++) {
      for (int column = 0; column < out.columns(); column++) {
        double addend = get(x, row, column);
        double old = get(out, row, column);
        // Not so for this one, where float needs its own fused operation to be rounded once.
        put(
            out,
            row,
            column,
            out.type() == ElementType.FLOAT32
                ? Math.fma((float) alpha, (float) addend, (float) old)
                : Math.fma(alpha, addend, old));
      }
    }
  }

  @Override
  protected void set(double value, Matrix out) {
    for (int row = 0; row < out.rows(); row++) {
      for (int column = 0; column < out.columns(); column++) {
        put(out, row, column, value);
      }
    }
  }

  @Override
  protected void move(Matrix x, Matrix out) {
    for (int row = 0; row < out.rows(); row++) {
      for (int column = 0; column < out.columns(); column++) {
        put(out, row, column, get(x, row, column));
      }
    }
  }

  @Override
  protected List<KernelOffer<?>> ownKernels() {
    return kernels;
  }

  @Override
  protected void release() {}

  private static double getRepeated(Matrix matrix, int row, int column) {
    return get(matrix, matrix.rows() == 1 ? 0 : row, matrix.columns() == 1 ? 0 : column);
  }

  private static double get(Matrix matrix, int row, int column) {
    return ((HeapStorage) matrix.storage()).values[index(matrix, row, column)];
  }

  private static void put(Matrix matrix, int row, int column, double value) {
    ((HeapStorage) matrix.storage()).values[index(matrix, row, column)] =
        matrix.type().rounded(value);
  }

  private static int index(Matrix matrix, int row, int column) {
    return (int) (matrix.offset() + row * matrix.leadingDimension() + column);
  }

  private static final class HeapStorage implements Storage {
    private final ElementType type;
    private double[] values;

    HeapStorage(ElementType type, double[] values) {
      this.type = type;
      this.values = values;
    }

    @Override
    public void read(
        long position, int rows, int columns, long leadingDimension, double[] destination) {
      for (int i = 0; i < destination.length; i++) {
        destination[i] = values[index(position, columns, leadingDimension, i)];
      }
    }

    @Override
    public void read(
        long position, int rows, int columns, long leadingDimension, float[] destination) {
      for (int i = 0; i < destination.length; i++) {
        destination[i] = (float) values[index(position, columns, leadingDimension, i)];
      }
    }

    @Override
    public void write(
        long position, int rows, int columns, long leadingDimension, double[] source) {
      for (int i = 0; i < source.length; i++) {
        values[index(position, columns, leadingDimension, i)] = type.rounded(source[i]);
      }
    }

    @Override
    public void write(long position, int rows, int columns, long leadingDimension, float[] source) {
      for (int i = 0; i < source.length; i++) {
        values[index(position, columns, leadingDimension, i)] = type.rounded(source[i]);
      }
    }

    @Override
    public void free() {
      values = null;
    }

    private static int index(long position, int columns, long leadingDimension, int i) {
      return (int) (position + i / columns * leadingDimension + i % columns);
    }
  }
}
