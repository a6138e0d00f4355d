package io.rowwise.backend;

import io.rowwise.kernel.KernelOffer;
import java.util.List;
import java.util.Map;

/** Has memory, in a way, and does not compute. */
final class IdleBackend extends CheckedBackend {
  private final List<String> events;
  private int mostMatrices = Integer.MAX_VALUE;

  /**
   * @param limit bytes that its matrices may take
   * @param events gets what it does, and its leak reports
   */
  IdleBackend(long limit, List<String> events) {
    super("idle", new Device("idle", "nothing", limit, Map.of()), false, events::add);
    this.events = events;
  }

  /** From now on its device refuses memory when so many matrices are open. */
  void refuseAt(int matrices) {
    mostMatrices = matrices;
  }

  @Override
  protected String whyWithout(ElementType type) {
    return type == ElementType.FLOAT16 ? "float16 is not there on idle; use float32" : null;
  }

  @Override
  protected Storage allocate(ElementType type, long elements) {
    if (openMatrices() >= mostMatrices) {
      throw new OutOfDeviceMemoryException("idle", elements * type.bytes(), 0);
    }
    events.add("allocate " + elements);
    return new Storage() {
      @Override
      public void read(long position, int rows, int columns, long leading, double[] to) {}

      @Override
      public void read(long position, int rows, int columns, long leading, float[] to) {}

      @Override
      public void write(long position, int rows, int columns, long leading, double[] from) {}

      @Override
      public void write(long position, int rows, int columns, long leading, float[] from) {}

      @Override
      public void free() {
        events.add("free " + elements);
      }
    };
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
    throw new AssertionError("computed");
  }

  @Override
  protected void reduceRows(RowReduction reduction, Matrix x, Matrix out) {
    throw new AssertionError("computed");
  }

  @Override
  protected void sumColumns(Matrix x, Matrix out) {
    throw new AssertionError("computed");
  }

  @Override
  protected void apply(UnaryOperation operation, Matrix x, Matrix out) {
    throw new AssertionError("computed");
  }

  @Override
  protected void combine(BinaryOperation operation, Matrix a, Matrix b, Matrix out) {
    throw new AssertionError("computed");
  }

  @Override
  protected void combine(BinaryOperation operation, Matrix a, double b, Matrix out) {
    throw new AssertionError("computed");
  }

  @Override
  protected void accumulate(double alpha, Matrix x, Matrix out) {
    throw new AssertionError("computed");
  }

  @Override
  protected void set(double value, Matrix out) {
    throw new AssertionError("computed");
  }

  @Override
  protected void move(Matrix x, Matrix out) {
    throw new AssertionError("computed");
  }

  @Override
  protected List<KernelOffer<?>> ownKernels() {
    return List.of();
  }

  @Override
  protected void release() {
    events.add("release");
  }
}
