package io.rowwise.backend.cpu;

import io.rowwise.backend.ElementType;

/**
 * Arithmetic on elements of one type outside the heap; see {@link NativeLoops}, which also says how
 * a place there is told.
 *
 * <p>C2 does not vectorise a loop that reads and writes there, since it cannot tell that what it
 * writes is not what it reads next. Element by element it still keeps up with the memory in sums
 * and products of {@code double} numbers; where it does not, results go to an array first.
 *
 * @param <A> {@code double[]} or {@code float[]}
 */
abstract class NativeElements<A> implements Functions<NativeElements.Binary<A>> {
  /** How many elements a reduction takes at once. */
  static final int BLOCK = 1024;

  /**
   * How many bytes of results go to an array at once: so few that a processor reads the next
   * operands while it still writes results.
   */
  private static final int BYTES_AT_ONCE = 1024;

  /** How many rows {@link #addRows} takes at once. */
  static final int ROWS = 4;

  /** A function of two operands, element by element, to a place outside the heap. */
  interface Binary<A> {
    /**
     * Of elements outside the heap, perhaps those of the result.
     *
     * @param bits scratch, from {@link #bitsAtOnce}
     */
    void apply(long a, long b, long out, int count, long[] bits);

    /**
     * Of elements outside the heap, perhaps those of the result, and a number.
     *
     * @param b is rounded to the type
     * @param bits scratch, from {@link #bitsAtOnce}
     */
    void apply(long a, double b, long out, int count, long[] bits);

    /** Of arrays. */
    void apply(A a, A b, long out, int count);
  }

  /** A function that takes longer than the memory, if it is not vectorised. */
  abstract class ThroughAnArray implements Binary<A> {
    /**
     * The function of elements outside the heap.
     *
     * @param out their bits
     */
    abstract void compute(long a, long b, long[] out, int count);

    /** The same of elements and a number. */
    abstract void compute(long a, double b, long[] out, int count);

    @Override
    public final void apply(long a, long b, long out, int count, long[] bits) {
      for (int next = 0; next < count; next += atOnce) {
        int length = Math.min(atOnce, count - next);
        long offset = bytes * next;
        compute(a + offset, b + offset, bits, length);
        copy(bits, out + offset, length);
      }
    }

    @Override
    public final void apply(long a, double b, long out, int count, long[] bits) {
      for (int next = 0; next < count; next += atOnce) {
        int length = Math.min(atOnce, count - next);
        long offset = bytes * next;
        compute(a + offset, b, bits, length);
        copy(bits, out + offset, length);
      }
    }
  }

  private final long bytes;
  private final int atOnce;

  NativeElements(ElementType type) {
    this.bytes = type.bytes();
    this.atOnce = BYTES_AT_ONCE / type.bytes();
  }

  /** An array with room for the bits of as many results as go to one at once. */
  final long[] bitsAtOnce(Scratch scratch) {
    return bits(scratch, atOnce);
  }

  /** An array with room for the bits of so many elements. */
  abstract long[] bits(Scratch scratch, int count);

  /** Copies bits to a place outside the heap. */
  abstract void copy(long[] bits, long to, int count);

  /**
   * Sets elements to a number.
   *
   * @param value is rounded to the type
   */
  abstract void fill(double value, long to, int count);

  /** Copies elements to an array. */
  abstract void copy(long from, A to, int count);

  /** Copies an array's elements. */
  abstract void copy(A from, long to, int count);

  /** Copies elements. */
  abstract void copy(long from, long to, int count);

  /**
   * Copies every so many-th element to an array.
   *
   * @param leadingDimension how many elements from one to the next
   */
  abstract void copyColumn(long from, long leadingDimension, double[] to, int count);

  /**
   * Copies an array to every so many-th element, rounded.
   *
   * @param leadingDimension how many elements from one to the next
   */
  abstract void copyToColumn(double[] from, long to, long leadingDimension, int count);

  /**
   * The sum, with few additions one after the other.
   *
   * @param bits scratch for a quarter of {@value #BLOCK} elements
   * @param few scratch for a sixteenth
   */
  abstract double sum(long x, int count, long[] bits, A few);

  /** The same of {@code x[from]} to {@code x[to - 1]}. */
  abstract double sum(A x, int from, int to, long[] bits, A few);

  /**
   * The largest, or NaN if there is one.
   *
   * @param bits scratch for a quarter of {@value #BLOCK} elements
   * @param few scratch for a sixteenth
   */
  abstract double max(long x, int count, long[] bits, A few);

  /** The index of the largest, the first of equals, or of the first NaN if there is one. */
  final double argMax(long x, int count, long[] bits, A few) {
    return indexOf(max(x, count, bits, few), x, count);
  }

  /** The index of the first element that equals a number, or of the first NaN if that is one. */
  abstract int indexOf(double value, long x, int count);

  /** Adds {@value #ROWS} rows, or one, to a row of sums, in bits. */
  abstract void addRows(long x, long leadingDimension, int rows, long[] sums, int columns);

  /** Adds a row of sums, in bits, to an array. */
  abstract void addTo(double[] total, long[] sums, int columns);
}
