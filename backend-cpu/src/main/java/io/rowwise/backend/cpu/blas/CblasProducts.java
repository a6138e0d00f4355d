package io.rowwise.backend.cpu.blas;

import io.rowwise.backend.ElementType;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.openblas.global.openblas_nolapack;

/**
 * OpenBLAS's products by JavaCPP's binding of them.
 *
 * <p>Its class file is defined twice: here, with JavaCPP's own classes, and by {@link
 * IsolatedClassLoader}, with ours of the same names. It touches nothing but what both have.
 */
public abstract class CblasProducts extends OpenBlas {
  private static final int ROW_MAJOR = 101;
  private static final int NOT_TRANSPOSED = 111;
  private static final int TRANSPOSED = 112;

  /** For implementations. */
  protected CblasProducts() {}

  /** JavaCPP's pointers can be moved by an address only from within. */
  private static final class Floats extends FloatPointer {
    Floats() {
      super((Pointer) null);
    }

    void moveTo(long to) {
      address = to;
    }
  }

  private static final class Doubles extends DoublePointer {
    Doubles() {
      super((Pointer) null);
    }

    void moveTo(long to) {
      address = to;
    }
  }

  private static final class Place extends Operand {
    private final Floats floats = new Floats();
    private final Doubles doubles = new Doubles();

    @Override
    protected void moveTo(long address) {
      floats.moveTo(address);
      doubles.moveTo(address);
    }
  }

  @Override
  public final Operand operand() {
    return new Place();
  }

  private static Floats floats(Operand operand) {
    return ((Place) operand).floats;
  }

  private static Doubles doubles(Operand operand) {
    return ((Place) operand).doubles;
  }

  private static int order(Operand operand) {
    return operand.isTransposed() ? TRANSPOSED : NOT_TRANSPOSED;
  }

  @Override
  public final void multiply(
      ElementType type, double alpha, Operand a, Operand b, double beta, Operand c) {
    switch (type) {
      case BFLOAT16, FLOAT16 -> throw new IllegalArgumentException(type.toString());
      case FLOAT32 ->
          openblas_nolapack.cblas_sgemm(
              ROW_MAJOR,
              order(a),
              order(b),
              c.rows(),
              c.columns(),
              a.columns(),
              (float) alpha,
              floats(a),
              a.leadingDimension(),
              floats(b),
              b.leadingDimension(),
              (float) beta,
              floats(c),
              c.leadingDimension());
      case FLOAT64 ->
          openblas_nolapack.cblas_dgemm(
              ROW_MAJOR,
              order(a),
              order(b),
              c.rows(),
              c.columns(),
              a.columns(),
              alpha,
              doubles(a),
              a.leadingDimension(),
              doubles(b),
              b.leadingDimension(),
              beta,
              doubles(c),
              c.leadingDimension());
    }
  }

  /** Elements from one to the next of a row or a column. */
  private static int increment(Operand vector) {
    return vector.columns() == 1 ? vector.leadingDimension() : 1;
  }

  @Override
  public final void multiplyByVector(
      ElementType type, Operand a, Operand x, double beta, Operand y) {
    int rows = a.isTransposed() ? a.columns() : a.rows();
    int columns = a.isTransposed() ? a.rows() : a.columns();
    switch (type) {
      case BFLOAT16, FLOAT16 -> throw new IllegalArgumentException(type.toString());
      case FLOAT32 ->
          openblas_nolapack.cblas_sgemv(
              ROW_MAJOR,
              order(a),
              rows,
              columns,
              1,
              floats(a),
              a.leadingDimension(),
              floats(x),
              increment(x),
              (float) beta,
              floats(y),
              increment(y));
      case FLOAT64 ->
          openblas_nolapack.cblas_dgemv(
              ROW_MAJOR,
              order(a),
              rows,
              columns,
              1,
              doubles(a),
              a.leadingDimension(),
              doubles(x),
              increment(x),
              beta,
              doubles(y),
              increment(y));
    }
  }
}
