package io.rowwise.backend.cpu.blas;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.openblas.global.openblas_nolapack;

/**
 * The OpenBLAS that JavaCPP's own classes load, which the process shares with ND4J and whoever else
 * uses them. What is shared: the number of its threads, which is 1 while a backend is open and then
 * what was found, its kernels, JavaCPP's limits and its thread that frees memory.
 */
final class SharedOpenBlas extends OpenBlas {
  private static final int ONE = 1;

  private final boolean usesAvx512;
  private int users;
  private int threadsFound;

  /**
   * Loads it.
   *
   * @param usesAvx512 whether the user has asked for those kernels
   * @throws LinkageError if JavaCPP or OpenBLAS is not there
   */
  SharedOpenBlas(boolean usesAvx512) {
    this.usesAvx512 = usesAvx512;
    openblas_nolapack.blas_get_num_threads();
  }

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

  private static final class Bytes extends BytePointer {
    Bytes(long from, long bytes) {
      super((Pointer) null);
      address = from;
      limit = bytes;
      capacity = bytes;
    }
  }

  private static final class Place extends Operand {
    private final Floats floats = new Floats();
    private final Doubles doubles = new Doubles();

    @Override
    public void moveTo(long address) {
      floats.moveTo(address);
      doubles.moveTo(address);
    }
  }

  @Override
  public Operand operand() {
    return new Place();
  }

  private static Floats floats(Operand operand) {
    return ((Place) operand).floats;
  }

  private static Doubles doubles(Operand operand) {
    return ((Place) operand).doubles;
  }

  private static int transpose(boolean transposed) {
    return transposed ? TRANSPOSED : NOT_TRANSPOSED;
  }

  @Override
  public void multiplyFloats(
      boolean transposeA,
      boolean transposeB,
      int rows,
      int columns,
      int inner,
      float alpha,
      Operand a,
      int leadingDimensionA,
      Operand b,
      int leadingDimensionB,
      float beta,
      Operand c,
      int leadingDimensionC) {
    openblas_nolapack.cblas_sgemm(
        ROW_MAJOR,
        transpose(transposeA),
        transpose(transposeB),
        rows,
        columns,
        inner,
        alpha,
        floats(a),
        leadingDimensionA,
        floats(b),
        leadingDimensionB,
        beta,
        floats(c),
        leadingDimensionC);
  }

  @Override
  public void multiplyDoubles(
      boolean transposeA,
      boolean transposeB,
      int rows,
      int columns,
      int inner,
      double alpha,
      Operand a,
      int leadingDimensionA,
      Operand b,
      int leadingDimensionB,
      double beta,
      Operand c,
      int leadingDimensionC) {
    openblas_nolapack.cblas_dgemm(
        ROW_MAJOR,
        transpose(transposeA),
        transpose(transposeB),
        rows,
        columns,
        inner,
        alpha,
        doubles(a),
        leadingDimensionA,
        doubles(b),
        leadingDimensionB,
        beta,
        doubles(c),
        leadingDimensionC);
  }

  @Override
  public void multiplyFloats(int rows, int columns, Operand a, Operand x, Operand y) {
    openblas_nolapack.cblas_sgemv(
        ROW_MAJOR,
        NOT_TRANSPOSED,
        rows,
        columns,
        1,
        floats(a),
        columns,
        floats(x),
        1,
        0,
        floats(y),
        1);
  }

  @Override
  public void multiplyDoubles(int rows, int columns, Operand a, Operand x, Operand y) {
    openblas_nolapack.cblas_dgemv(
        ROW_MAJOR,
        NOT_TRANSPOSED,
        rows,
        columns,
        1,
        doubles(a),
        columns,
        doubles(x),
        1,
        0,
        doubles(y),
        1);
  }

  @Override
  public long allocate(long bytes) {
    Pointer memory = Pointer.calloc(bytes, 1);
    return memory == null ? 0 : memory.address();
  }

  @Override
  public void free(long address) {
    Pointer.free(new Bytes(address, 0));
  }

  @Override
  public ByteBuffer buffer(long address, int bytes) {
    return new Bytes(address, bytes).asByteBuffer().order(ByteOrder.nativeOrder());
  }

  @Override
  public boolean usesAvx512() {
    return usesAvx512;
  }

  @Override
  public synchronized void open() {
    if (users == 0) {
      threadsFound = openblas_nolapack.blas_get_num_threads();
      openblas_nolapack.blas_set_num_threads(ONE);
    }
    users++;
  }

  @Override
  public synchronized void close() {
    users--;
    if (users == 0) {
      openblas_nolapack.blas_set_num_threads(threadsFound);
    }
  }

  @Override
  public synchronized void keepOneThread() {
    if (users > 0) {
      threadsFound = openblas_nolapack.blas_get_num_threads();
      openblas_nolapack.blas_set_num_threads(ONE);
    }
  }

  @Override
  public String description() {
    return "JavaCPP's, shared with the process, which has one thread while a backend is open";
  }
}
