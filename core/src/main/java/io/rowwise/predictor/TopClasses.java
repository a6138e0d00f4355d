package io.rowwise.predictor;

import java.util.List;
import java.util.Locale;

/**
 * The largest of many probabilities, in one pass: a heap of those found so far, the one to be
 * replaced next on top. Of equal ones the first counts more, and a NaN counts less than any number.
 */
final class TopClasses {
  private final double[] probabilities;
  // Columns; that of each parent counts less than those of its children, 2i + 1 and 2i + 2.
  private final int[] heap;
  private int size;

  private TopClasses(double[] probabilities, int count) {
    this.probabilities = probabilities;
    this.heap = new int[count];
  }

  /**
   * The most probable classes.
   *
   * @param count at least 1; if there are fewer classes, all of them
   * @return the most probable first
   */
  static List<ClassProbability> of(double[] probabilities, int count, List<String> names) {
    TopClasses top = new TopClasses(probabilities, Math.min(count, probabilities.length));
    for (int column = 0; column < probabilities.length; column++) {
      top.offer(column);
    }
    return top.take(names);
  }

  /** Throws unless it is at least 1. */
  static void requireCount(int count) {
    if (count < 1) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT, "topClasses: %d classes were asked for, wanted at least 1", count));
    }
  }

  /** Whether a column, which is not before another, counts more all the same. */
  private boolean isMore(int column, int before) {
    double p = probabilities[column];
    double q = probabilities[before];
    return p > q || (Double.isNaN(q) && !Double.isNaN(p));
  }

  private boolean countsLess(int one, int other) {
    return one > other ? !isMore(one, other) : isMore(other, one);
  }

  private void offer(int column) {
    if (size < heap.length) {
      int at = size++;
      while (at > 0 && countsLess(column, heap[(at - 1) >>> 1])) {
        heap[at] = heap[(at - 1) >>> 1];
        at = (at - 1) >>> 1;
      }
      heap[at] = column;
    } else if (isMore(column, heap[0])) {
      sink(column);
    }
  }

  /** Puts a column in the place of the one on top. */
  private void sink(int column) {
    int at = 0;
    while (at < size >>> 1) {
      int child = 2 * at + 1;
      if (child + 1 < size && countsLess(heap[child + 1], heap[child])) {
        child++;
      }
      if (!countsLess(heap[child], column)) {
        break;
      }
      heap[at] = heap[child];
      at = child;
    }
    heap[at] = column;
  }

  private List<ClassProbability> take(List<String> names) {
    ClassProbability[] sorted = new ClassProbability[size];
    while (size > 0) {
      int least = heap[0];
      size--;
      sorted[size] = new ClassProbability(least, names.get(least), probabilities[least]);
      if (size > 0) {
        sink(heap[size]);
      }
    }
    return List.of(sorted);
  }
}
