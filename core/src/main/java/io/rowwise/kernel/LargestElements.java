package io.rowwise.kernel;

/**
 * The k largest of a row of numbers, in the order of {@link TopK}. For one thread at a time;
 * backends use it, programs use {@link TopK}.
 *
 * <p>A heap of the best so far, with the last of them at its root (J. W. J. Williams, Algorithm
 * 232, 1964): most numbers of a row are compared with that one and forgotten.
 */
public final class LargestElements {
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
    int at = from;
    int end = from + count;
    for (; at < end && seen < wanted; at++) {
      values[seen] = elements[at];
      columns[seen] = seen;
      seen++;
      if (seen == wanted) {
        makeHeap();
      }
    }
    int firstColumn = seen - at;
    for (; at < end; at++) {
      double last = values[0];
      // Of equals the one that was there first stays. A NaN is neither less nor equal.
      while (at < end && elements[at] <= last) {
        at++;
      }
      if (at < end && comesFirst(elements[at], firstColumn + at, last, columns[0])) {
        values[0] = elements[at];
        columns[0] = firstColumn + at;
        sink(0, wanted);
      }
    }
    seen = firstColumn + end;
  }

  private void makeHeap() {
    for (int at = wanted / 2 - 1; at >= 0; at--) {
      sink(at, wanted);
    }
  }

  /** Ends the row: puts what was found in order. */
  public void end() {
    for (int last = wanted - 1; last > 0; last--) {
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

  private static boolean comesFirst(double a, int columnOfA, double b, int columnOfB) {
    // The zeros are equal.
    int order = Double.compare(a + 0.0, b + 0.0);
    return order == 0 ? columnOfA < columnOfB : order > 0;
  }

  private boolean comesFirst(int one, int other) {
    return comesFirst(values[one], columns[one], values[other], columns[other]);
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
