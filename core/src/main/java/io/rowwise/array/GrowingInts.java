package io.rowwise.array;

import java.util.Arrays;

/** Numbers while they arrive. Not thread-safe. */
public final class GrowingInts {
  private static final int FIRST_CAPACITY = 16;

  private int[] values = new int[FIRST_CAPACITY];
  private int size;

  /**
   * Adds one.
   *
   * @throws IllegalArgumentException if there are as many as an array has
   */
  public void add(int value) {
    if (size == values.length) {
      values = Arrays.copyOf(values, ArrayLength.grown(size, size + 1L));
    }
    values[size++] = value;
  }

  /** One of them, by its place. */
  public int get(int place) {
    return values[place];
  }

  /** How many there are. */
  public int size() {
    return size;
  }

  /** Forgets them, but keeps their memory. */
  public void clear() {
    size = 0;
  }

  /** All of them: a copy. */
  public int[] toArray() {
    return Arrays.copyOf(values, size);
  }
}
