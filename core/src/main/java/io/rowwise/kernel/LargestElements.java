package io.rowwise.kernel;

/**
 * The k largest of a row of numbers, in the order of {@link TopK}. For one thread at a time;
 * backends use it, programs use {@link TopK}.
 *
 * <p>The best so far, in order if they are few, else in a heap with the last of them at its root
 * (J. W. J. Williams, Algorithm 232, 1964): most numbers of a row are compared with that one and
 * forgotten.
 */
public final class LargestElements {
  // Nanoseconds of a row in order and as a heap, JDK 17: 5 of 10 columns 116 and 182, 32 of 1,000
  // 3,850 and 9,130, and where each is larger than the one before 15,800 and 10,800.
  private static final int FEW = 32;

  private double[] values = {};
  private int[] columns = {};
  private int wanted;
  private int seen;

  /** Of no row yet. */
  public LargestElements() {}

  /**
   * Begins a row.
   *
   * @param k how many are wanted, from 1 to as many as the row has
   */
  public void begin(int k) {
    if (values.length < k) {
      values = new double[k];
      columns = new int[k];
    }
    wanted = k;
    seen = 0;
  }

  /**
   * Looks at the row's next elements, in {@code elements[from]} to {@code elements[from + count -
   * 1]}.
   */
  public void add(double[] elements, int from, int count) {
    int firstColumn = seen - from;
    int end = from + count;
    int at = from;
    for (; at < end && firstColumn + at < wanted; at++) {
      keep(elements[at], firstColumn + at);
    }
    int lastPlace = isInOrder() ? wanted - 1 : 0;
    for (; at < end; at++) {
      double last = values[lastPlace];
      at = firstAbove(last, elements, at, end);
      if (at < end && isLarger(elements[at], last)) {
        replaceLast(elements[at], firstColumn + at);
      }
    }
    seen = firstColumn + end;
  }

  /** By itself, so that it is compiled for long rows whatever short ones there were. */
  private static int firstAbove(double last, double[] elements, int from, int end) {
    int at = from;
    // Of equals the one that was there first stays. A NaN is neither less nor equal.
    while (at < end && elements[at] <= last) {
      at++;
    }
    return at;
  }

  private boolean isInOrder() {
    return wanted <= FEW;
  }

  private void keep(double value, int column) {
    if (isInOrder()) {
      insert(value, column, column);
      return;
    }
    values[column] = value;
    columns[column] = column;
    if (column == wanted - 1) {
      for (int at = wanted / 2 - 1; at >= 0; at--) {
        sink(at, wanted);
      }
    }
  }

  private void replaceLast(double value, int column) {
    if (isInOrder()) {
      insert(value, column, wanted - 1);
      return;
    }
    values[0] = value;
    columns[0] = column;
    sink(0, wanted);
  }

  /** Puts an element in order among those in front, which are further left in their row. */
  private void insert(double value, int column, int kept) {
    int at = kept;
    while (at > 0 && isLarger(value, values[at - 1])) {
      values[at] = values[at - 1];
      columns[at] = columns[at - 1];
      at--;
    }
    values[at] = value;
    columns[at] = column;
  }

  private static boolean isLarger(double a, double b) {
    return a > b || (Double.isNaN(a) && !Double.isNaN(b));
  }

  /** Ends the row: puts what was found in order. */
  public void end() {
    for (int last = isInOrder() ? 0 : wanted - 1; last > 0; last--) {
      swap(0, last);
      sink(0, last);
    }
  }

  /** One of the row's largest, after its end; that of rank 0 is the very largest. */
  public double value(int rank) {
    return values[rank];
  }

  /** Where in the row it is. */
  public int column(int rank) {
    return columns[rank];
  }

  /** Of equals, the zeros among them, the one further left. */
  private boolean comesFirst(int one, int other) {
    return isLarger(values[one], values[other])
        || (!isLarger(values[other], values[one]) && columns[one] < columns[other]);
  }

  /** Moves an element of a heap down until what is below it comes before it. */
  private void sink(int start, int size) {
    int at = start;
    while (2 * at + 1 < size) {
      int child = 2 * at + 1;
      if (child + 1 < size && comesFirst(child, child + 1)) {
        child++;
      }
      if (comesFirst(child, at)) {
        return;
      }
      swap(at, child);
      at = child;
    }
  }

  private void swap(int one, int other) {
    double value = values[one];
    values[one] = values[other];
    values[other] = value;
    int column = columns[one];
    columns[one] = columns[other];
    columns[other] = column;
  }
}
