package io.rowwise.backend.cpu.memory;

import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.backend.Storage;
import io.rowwise.backend.cpu.blas.Blas;
import java.nio.ByteBuffer;
import java.util.function.Function;

/**
 * Memory outside the heap: copied to and from arrays, told to OpenBLAS by its addresses and, where
 * that is asked for, seen as an array of ND4J's. Copies allocate nothing. Programs do not use it.
 *
 * <p>It comes from the C library and counts in no limit of the JVM's or JavaCPP's, or it is that of
 * a buffer. It has one owner, who calls {@link #free}.
 */
public final class CpuStorage implements Storage {
  /** Where the first element is: at a multiple of so many bytes, a line of the caches. */
  public static final int ALIGNMENT = 64;

  /** The same memory, seen in another way. */
  public interface View {
    /** Whether somebody has closed it. */
    boolean isClosed();

    /** Ends it; the memory stays. */
    void close();
  }

  private static final NativeMemory MEMORY = NativeMemory.OF_THIS_JVM;
  private static final int ZEROS = 1 << 13;

  private final ElementType type;
  private final long allocated;
  private final long start;
  private final long elements;
  private final HalfCopies halves;
  private long changes;
  private boolean changesWereAsked;
  private volatile View view;

  /** Whose memory this is, if it is not its own; kept reachable by it. */
  private ByteBuffer buffer;

  private CpuStorage(
      ElementType type,
      long allocated,
      long start,
      long elements,
      ByteBuffer buffer,
      ScratchPool pool) {
    this.type = type;
    this.allocated = allocated;
    this.start = start;
    this.elements = elements;
    this.buffer = buffer;
    this.halves = type.isHalf() ? new HalfCopies(type, pool) : null;
  }

  /**
   * Memory for some elements, all zero; null if there is not enough.
   *
   * @param elements at least 1
   * @param pool where copies of numbers of 16 bits find scratch memory
   */
  public static CpuStorage allocate(ElementType type, long elements, ScratchPool pool) {
    long allocated = Blas.library().allocate(elements * type.bytes() + ALIGNMENT);
    if (allocated == 0) {
      return null;
    }
    long over = allocated % ALIGNMENT;
    long start = over == 0 ? allocated : allocated + ALIGNMENT - over;
    return new CpuStorage(type, allocated, start, elements, null, pool);
  }

  /**
   * The memory of a direct buffer from its position to its limit, which stays the buffer's.
   *
   * @param pool where copies of numbers of 16 bits find scratch memory
   */
  public static CpuStorage over(ElementType type, ByteBuffer buffer, ScratchPool pool) {
    long start = MEMORY.address(buffer) + buffer.position();
    return new CpuStorage(type, 0, start, buffer.remaining() / type.bytes(), buffer, pool);
  }

  /** That of a matrix. */
  public static CpuStorage of(Matrix matrix) {
    return (CpuStorage) matrix.storage();
  }

  /** Where a row begins, in elements from the start of its matrix's storage. */
  public static long position(Matrix matrix, int row) {
    return matrix.offset() + row * matrix.leadingDimension();
  }

  /** Where a row that is read begins. Valid as long as its storage. */
  public static long address(Matrix matrix, int row) {
    return of(matrix).address(position(matrix, row));
  }

  /** Whether each row begins where the one before it ends. */
  public static boolean isGapless(Matrix matrix) {
    return matrix.rows() == 1 || matrix.leadingDimension() == matrix.columns();
  }

  /** Copies the rows {@code first} to {@code first + rows - 1} to the start of an array. */
  public static void loadRows(Matrix matrix, int first, int rows, double[] into) {
    of(matrix)
        .read(position(matrix, first), rows, matrix.columns(), matrix.leadingDimension(), into);
  }

  /** Copies the start of an array into the rows {@code first} to {@code first + rows - 1}. */
  public static void storeRows(double[] from, Matrix matrix, int first, int rows) {
    of(matrix)
        .write(position(matrix, first), rows, matrix.columns(), matrix.leadingDimension(), from);
  }

  /** What the elements are. */
  public ElementType type() {
    return type;
  }

  /** How many there are. */
  public long elements() {
    return elements;
  }

  /** Where an element is. Valid as long as this storage. */
  public long address(long position) {
    return start + position * type.bytes();
  }

  /** Notes that elements get other values. Whoever writes them says so before. */
  public void change() {
    // Threads that write the same matrix at once would else take this object's line of the cache
    // from each other for every row. They may overwrite each other's number: what counts is that it
    // is another one than before.
    if (changesWereAsked) {
      changesWereAsked = false;
      changes++;
    }
  }

  /** Another number whenever elements may have got other values since it was last asked for. */
  public long changes() {
    if (view != null) {
      // Through it anybody may have written.
      change();
    }
    changesWereAsked = true;
    return changes;
  }

  /** Another view of all elements, made when there is none. It is closed with the storage. */
  public synchronized View view(Function<CpuStorage, View> make) {
    // Whoever closed it has not freed this memory.
    if (view == null || view.isClosed()) {
      view = make.apply(this);
    }
    return view;
  }

  /** Sets all elements to 0. */
  public void clear() {
    change();
    double[] zeros = new double[(int) Math.min(elements, ZEROS)];
    for (long at = 0; at < elements; at += zeros.length) {
      store(at, zeros, 0, (int) Math.min(zeros.length, elements - at));
    }
  }

  private void load(long position, double[] into, int at, int count) {
    long from = address(position);
    switch (type) {
      case FLOAT64 -> MEMORY.copy(from, into, at, count);
      case FLOAT32 -> {
        for (int i = 0; i < count; i++) {
          into[at + i] = MEMORY.float32(from + (long) Float.BYTES * i);
        }
      }
      case BFLOAT16, FLOAT16 -> halves.load(from, into, at, count);
    }
  }

  private void load(long position, float[] into, int at, int count) {
    long from = address(position);
    switch (type) {
      case FLOAT32 -> MEMORY.copy(from, into, at, count);
      case FLOAT64 -> {
        for (int i = 0; i < count; i++) {
          into[at + i] = (float) MEMORY.float64(from + (long) Double.BYTES * i);
        }
      }
      case BFLOAT16, FLOAT16 -> halves.load(from, into, at, count);
    }
  }

  private void store(long position, double[] from, int at, int count) {
    long to = address(position);
    switch (type) {
      case FLOAT64 -> MEMORY.copy(from, at, to, count);
      case FLOAT32 -> {
        for (int i = 0; i < count; i++) {
          MEMORY.put((float) from[at + i], to + (long) Float.BYTES * i);
        }
      }
      case BFLOAT16, FLOAT16 -> halves.store(from, at, to, count);
    }
  }

  private void store(long position, float[] from, int at, int count) {
    long to = address(position);
    switch (type) {
      case FLOAT32 -> MEMORY.copy(from, at, to, count);
      case FLOAT64 -> {
        for (int i = 0; i < count; i++) {
          MEMORY.put((double) from[at + i], to + (long) Double.BYTES * i);
        }
      }
      case BFLOAT16, FLOAT16 -> halves.store(from, at, to, count);
    }
  }

  @Override
  public void read(
      long position, int rows, int columns, long leadingDimension, double[] destination) {
    eachRow(CpuStorage::load, position, rows, columns, leadingDimension, destination);
  }

  @Override
  public void read(
      long position, int rows, int columns, long leadingDimension, float[] destination) {
    eachRow(CpuStorage::load, position, rows, columns, leadingDimension, destination);
  }

  @Override
  public void write(long position, int rows, int columns, long leadingDimension, double[] source) {
    change();
    eachRow(CpuStorage::store, position, rows, columns, leadingDimension, source);
  }

  @Override
  public void write(long position, int rows, int columns, long leadingDimension, float[] source) {
    change();
    eachRow(CpuStorage::store, position, rows, columns, leadingDimension, source);
  }

  /** Copies {@code count} elements between the storage, from {@code position}, and an array. */
  private interface Run<A> {
    void copy(CpuStorage storage, long position, A array, int at, int count);
  }

  private <A> void eachRow(
      Run<A> run, long position, int rows, int columns, long leadingDimension, A array) {
    if (leadingDimension == columns) {
      run.copy(this, position, array, 0, rows * columns);
      return;
    }
    for (int row = 0; row < rows; row++) {
      run.copy(this, position + row * leadingDimension, array, row * columns, columns);
    }
  }

  @Override
  public void free() {
    View made = view;
    if (made != null) {
      made.close();
    }
    if (buffer == null) {
      Blas.library().free(allocated);
    } else {
      buffer = null;
    }
  }
}
