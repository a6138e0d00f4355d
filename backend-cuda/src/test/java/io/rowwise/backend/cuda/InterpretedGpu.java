package io.rowwise.backend.cuda;

import io.rowwise.backend.ElementType;
import io.rowwise.backend.Transpose;
import io.rowwise.backend.cuda.ptx.DeviceMemory;
import io.rowwise.backend.cuda.ptx.Interpreter;
import io.rowwise.backend.cuda.ptx.LaunchReport;
import io.rowwise.backend.cuda.ptx.LaunchShape;
import io.rowwise.backend.cuda.ptx.PtxModule;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * A device without a GPU: runs the shipped PTX in the interpreter, and cuBLAS's one product in
 * Java. It counts what it is asked for.
 */
final class InterpretedGpu implements Gpu {
  private static final long MEMORY_BYTES = 1L << 30;

  private record Loaded(PtxModule module, String kernel) {}

  private final DeviceMemory memory = new DeviceMemory(MEMORY_BYTES);
  private final List<PtxModule> modules = new ArrayList<>();
  private final List<Loaded> kernels = new ArrayList<>();
  private final Set<String> launched = new HashSet<>();
  private final Set<Long> taken = new HashSet<>();
  private int pinned;
  private long launches;
  private long products;
  private long synchronizations;
  private long bytesRead;
  private boolean closed;

  /** The names of the kernels that ran. */
  Set<String> launched() {
    return launched;
  }

  long launches() {
    return launches;
  }

  long products() {
    return products;
  }

  long synchronizations() {
    return synchronizations;
  }

  /** Bytes that kernels read from global memory. */
  long bytesRead() {
    return bytesRead;
  }

  /** Whether all memory was given back. */
  boolean holdsNothing() {
    return taken.isEmpty() && pinned == 0;
  }

  /** As if the device had been reset. */
  void forgetAll() {
    taken.clear();
    pinned = 0;
  }

  boolean isClosed() {
    return closed;
  }

  @Override
  public int multiprocessors() {
    return 2;
  }

  @Override
  public int sharedBytesPerBlock() {
    return 96 << 10;
  }

  @Override
  public long freeMemory() {
    return MEMORY_BYTES - memory.allocatedBytes();
  }

  @Override
  public long allocate(long bytes) {
    if (bytes > freeMemory()) {
      throw new DriverException(
          "cuMemAlloc", DriverException.OUT_OF_MEMORY, "CUDA_ERROR_OUT_OF_MEMORY");
    }
    long address = memory.allocate(bytes);
    taken.add(address);
    return address;
  }

  @Override
  public void free(long address) {
    memory.free(address);
    taken.remove(address);
  }

  @Override
  public void clear(long address, long bytes) {
    memory.fill(address, (byte) 0, bytes);
  }

  @Override
  public ByteBuffer pin(int bytes) {
    pinned++;
    return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
  }

  @Override
  public void unpin(ByteBuffer buffer) {
    pinned--;
  }

  @Override
  public void upload(long to, long pitch, ByteBuffer from, long rowBytes, int rows) {
    for (int row = 0; row < rows; row++) {
      memory.write(to + row * pitch, from.slice((int) (row * rowBytes), (int) rowBytes));
    }
  }

  @Override
  public void download(ByteBuffer to, long from, long pitch, long rowBytes, int rows) {
    for (int row = 0; row < rows; row++) {
      memory.read(from + row * pitch, to.slice((int) (row * rowBytes), (int) rowBytes));
    }
  }

  @Override
  public void copy(long to, long toPitch, long from, long fromPitch, long rowBytes, int rows) {
    for (int row = 0; row < rows; row++) {
      memory.copy(to + row * toPitch, from + row * fromPitch, rowBytes);
    }
  }

  @Override
  public void synchronize() {
    synchronizations++;
  }

  @Override
  public long load(String ptx) {
    modules.add(PtxModule.parse(ptx));
    return modules.size() - 1L;
  }

  @Override
  public long kernel(long module, String name) {
    kernels.add(new Loaded(modules.get((int) module), name));
    return kernels.size() - 1L;
  }

  @Override
  public void launch(
      long kernel, int blocks, int threads, int sharedBytes, ByteBuffer arguments, int[] offsets) {
    Loaded of = kernels.get((int) kernel);
    LaunchReport report =
        new Interpreter(memory)
            .launch(
                of.module(), of.kernel(), LaunchShape.of(blocks, threads, sharedBytes), arguments);
    launches++;
    bytesRead += report.bytesRead();
    launched.add(of.kernel());
  }

  @Override
  public void multiply(
      ElementType type,
      int rows,
      int columns,
      int inner,
      double alpha,
      long a,
      Transpose transposeA,
      long leadingDimensionA,
      long b,
      Transpose transposeB,
      long leadingDimensionB,
      double beta,
      long c,
      long leadingDimensionC) {
    products++;
    boolean plainA = transposeA == Transpose.NO;
    boolean plainB = transposeB == Transpose.NO;
    double[] left =
        elements(type, a, leadingDimensionA, plainA ? rows : inner, plainA ? inner : rows);
    double[] right =
        elements(type, b, leadingDimensionB, plainB ? inner : columns, plainB ? columns : inner);
    ByteBuffer one = ByteBuffer.allocate(type.bytes()).order(ByteOrder.nativeOrder());
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < columns; j++) {
        double sum = 0;
        for (int k = 0; k < inner; k++) {
          double x = left[plainA ? i * inner + k : k * rows + i];
          double y = right[plainB ? k * columns + j : j * inner + k];
          sum = Math.fma(x, y, sum);
        }
        long address = c + (i * leadingDimensionC + j) * type.bytes();
        double old = beta == 0 ? 0 : beta * element(type, address, one);
        one.clear();
        switch (type) {
          case FLOAT32 -> one.putFloat((float) (alpha * sum + old));
          case FLOAT64 -> one.putDouble(alpha * sum + old);
        }
        memory.write(address, one.flip());
      }
    }
  }

  private double[] elements(
      ElementType type, long address, long leadingDimension, int rows, int columns) {
    double[] values = new double[rows * columns];
    ByteBuffer row = ByteBuffer.allocate(columns * type.bytes()).order(ByteOrder.nativeOrder());
    for (int i = 0; i < rows; i++) {
      memory.read(address + i * leadingDimension * type.bytes(), row.clear());
      for (int j = 0; j < columns; j++) {
        values[i * columns + j] =
            switch (type) {
              case FLOAT32 -> row.getFloat(j * Float.BYTES);
              case FLOAT64 -> row.getDouble(j * Double.BYTES);
            };
      }
    }
    return values;
  }

  private double element(ElementType type, long address, ByteBuffer one) {
    memory.read(address, one.clear());
    return switch (type) {
      case FLOAT32 -> one.getFloat(0);
      case FLOAT64 -> one.getDouble(0);
    };
  }

  @Override
  public void close() {
    closed = true;
  }
}
