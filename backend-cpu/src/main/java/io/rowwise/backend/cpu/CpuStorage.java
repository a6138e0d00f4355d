package io.rowwise.backend.cpu;

import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.backend.Storage;
import java.nio.ByteBuffer;
import java.util.function.Function;

/**
 * Memory outside the heap, seen as buffers for copies to and from the heap, as addresses for
 * OpenBLAS and, where that is asked for, as an array of ND4J's. Copies allocate nothing.
 *
 * <p>It comes from the C library and counts in no limit of the JVM's or JavaCPP's. It has one
 * owner, who calls {@link #free}.
 */
abstract sealed class CpuStorage implements Storage permits Float32Storage, Float64Storage {
  /** Elements of one buffer: a buffer's size in bytes is an int. */
  static final int WINDOW = 1 << 27;

  /** Where the first element is: at a multiple of so many bytes, a line of the caches. */
  static final int ALIGNMENT = 64;

  /** The same memory, seen in another way. */
  interface View {
    /** Whether somebody has closed it. */
    boolean isClosed();

    /** Ends it; the memory stays. */
    void close();
  }

  private static final int ZEROS = 1 << 13;

  private final long allocated;
  private final long start;
  private final long elements;
  // Not computed on the way to a loop, where C2 would undo the subtraction.
  private final long origin;
  private long changes;
  private boolean changesWereAsked;
  private volatile View view;

  /**
   * @param allocated what is given back in the end
   * @param start where the first element is
   */
  CpuStorage(long allocated, long start, long elements) {
    this.allocated = allocated;
    this.start = start;
    this.elements = elements;
    this.origin = start - NativeLoops.before(type());
  }

  /**
   * Memory for some elements, all zero; null if there is not enough.
   *
   * @param elements at least 1
   */
  static CpuStorage allocate(ElementType type, long elements) {
    long allocated = Blas.library().allocate(elements * type.bytes() + ALIGNMENT);
    if (allocated == 0) {
      return null;
    }
    long over = allocated % ALIGNMENT;
    long start = over == 0 ? allocated : allocated + ALIGNMENT - over;
    return switch (type) {
      case FLOAT32 -> new Float32Storage(allocated, start, elements);
      case FLOAT64 -> new Float64Storage(allocated, start, elements);
    };
  }

  static CpuStorage of(Matrix matrix) {
    return (CpuStorage) matrix.storage();
  }

  /** Where a row begins, in elements from the start of its matrix's storage. */
  static long position(Matrix matrix, int row) {
    return matrix.offset() + row * matrix.leadingDimension();
  }

  /** Where a row that is read begins, as {@link NativeLoops} wants to be told. */
  static long before(Matrix matrix, int row) {
    return of(matrix).before(position(matrix, row));
  }

  /** The same of a row that is written. */
  static long beforeWritten(Matrix matrix, int row) {
    return of(matrix).beforeWritten(position(matrix, row));
  }

  /** Whether each row begins where the one before it ends. */
  static boolean isGapless(Matrix matrix) {
    return matrix.rows() == 1 || matrix.leadingDimension() == matrix.columns();
  }

  /** Copies the rows {@code first} to {@code first + rows - 1} to the start of an array. */
  static void loadRows(Matrix matrix, int first, int rows, double[] into) {
    of(matrix)
        .read(position(matrix, first), rows, matrix.columns(), matrix.leadingDimension(), into);
  }

  /** Copies the start of an array into the rows {@code first} to {@code first + rows - 1}. */
  static void storeRows(double[] from, Matrix matrix, int first, int rows) {
    of(matrix)
        .write(position(matrix, first), rows, matrix.columns(), matrix.leadingDimension(), from);
  }

  /** Copies the rows {@code first} to {@code first + rows - 1} to the start of an array. */
  static void loadRows(Matrix matrix, int first, int rows, float[] into) {
    of(matrix)
        .read(position(matrix, first), rows, matrix.columns(), matrix.leadingDimension(), into);
  }

  /** Copies the start of an array into the rows {@code first} to {@code first + rows - 1}. */
  static void storeRows(float[] from, Matrix matrix, int first, int rows) {
    of(matrix)
        .write(position(matrix, first), rows, matrix.columns(), matrix.leadingDimension(), from);
  }

  /** What the elements are. */
  abstract ElementType type();

  private void load(long position, double[] into, int at, int count) {
    eachWindow(CpuStorage::get, position, into, at, count);
  }

  private void store(long position, double[] from, int at, int count) {
    eachWindow(CpuStorage::put, position, from, at, count);
  }

  private void load(long position, float[] into, int at, int count) {
    eachWindow(CpuStorage::get, position, into, at, count);
  }

  private void store(long position, float[] from, int at, int count) {
    eachWindow(CpuStorage::put, position, from, at, count);
  }

  /** Copies {@code count} elements between a window, from {@code start}, and an array. */
  private interface Piece<A> {
    void copy(CpuStorage storage, int window, int start, A array, int at, int count);
  }

  private <A> void eachWindow(Piece<A> piece, long position, A array, int at, int count) {
    long next = position;
    int done = 0;
    while (done < count) {
      int start = (int) (next % WINDOW);
      int length = Math.min(count - done, WINDOW - start);
      piece.copy(this, (int) (next / WINDOW), start, array, at + done, length);
      next += length;
      done += length;
    }
  }

  /** Copies elements of one window to the heap. */
  abstract void get(int window, int from, double[] into, int at, int count);

  /** Copies elements of one window to the heap, rounding them. */
  abstract void get(int window, int from, float[] into, int at, int count);

  /** Copies elements from the heap into one window, rounding them to this type. */
  abstract void put(int window, int to, double[] from, int at, int count);

  /** Copies elements from the heap into one window. */
  abstract void put(int window, int to, float[] from, int at, int count);

  /** Where an element that is read is outside the heap, as {@link NativeLoops} wants to be told. */
  final long before(long position) {
    return origin + position * type().bytes();
  }

  /** The same of an element that is written. */
  final long beforeWritten(long position) {
    change();
    return before(position);
  }

  /** How many there are. */
  final long elements() {
    return elements;
  }

  /** Where an element is. Valid as long as this storage. */
  final long address(long position) {
    return start + position * type().bytes();
  }

  /** One window's memory. */
  final ByteBuffer bytes(int window) {
    long from = (long) window * WINDOW;
    int length = (int) Math.min(WINDOW, elements - from);
    return Blas.library().buffer(address(from), length * type().bytes());
  }

  /** Notes that elements get other values. Whoever writes them says so before. */
  final void change() {
    // Threads that write the same matrix at once would else take this object's line of the cache
    // from each other for every row. They may overwrite each other's number: what counts is that it
    // is another one than before.
    if (changesWereAsked) {
      changesWereAsked = false;
      changes++;
    }
  }

  /** Another number whenever elements may have got other values since it was last asked for. */
  final long changes() {
    if (view != null) {
      // Through it anybody may have written.
      change();
    }
    changesWereAsked = true;
    return changes;
  }

  /** Another view of all elements, made when there is none. It is closed with the storage. */
  final synchronized View view(Function<CpuStorage, View> make) {
    // Whoever closed it has not freed this memory.
    if (view == null || view.isClosed()) {
      view = make.apply(this);
    }
    return view;
  }

  /** Sets all elements to 0. */
  final void clear() {
    change();
    double[] zeros = new double[(int) Math.min(elements, ZEROS)];
    for (long at = 0; at < elements; at += zeros.length) {
      store(at, zeros, 0, (int) Math.min(zeros.length, elements - at));
    }
  }

  @Override
  public final void read(
      long position, int rows, int columns, long leadingDimension, double[] destination) {
    eachRow(CpuStorage::load, position, rows, columns, leadingDimension, destination);
  }

  @Override
  public final void read(
      long position, int rows, int columns, long leadingDimension, float[] destination) {
    eachRow(CpuStorage::load, position, rows, columns, leadingDimension, destination);
  }

  @Override
  public final void write(
      long position, int rows, int columns, long leadingDimension, double[] source) {
    change();
    eachRow(CpuStorage::store, position, rows, columns, leadingDimension, source);
  }

  @Override
  public final void write(
      long position, int rows, int columns, long leadingDimension, float[] source) {
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
  public final void free() {
    View made = view;
    if (made != null) {
      made.close();
    }
    Blas.library().free(allocated);
  }

  static int windows(long elements) {
    return Math.toIntExact((elements + WINDOW - 1) / WINDOW);
  }
}
