package io.rowwise.array;

import java.util.Locale;

/** How long an array may be, and how long one becomes that grows. */
public final class ArrayLength {
  /** That of the longest array that each Java virtual machine makes. */
  public static final int LARGEST = Integer.MAX_VALUE - 8;

  private ArrayLength() {}

  /**
   * The length after a given one, half as much again as a rule: adding elements one by one then
   * copies each of them twice on the average.
   *
   * @param length that does not suffice
   * @param wanted the least that does
   * @throws IllegalArgumentException if that is more than an array has
   */
  public static int grown(int length, long wanted) {
    if (wanted > LARGEST) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "array: %d elements, wanted at most %d; give fewer rows at a time",
              wanted,
              LARGEST));
    }
    return (int) Math.max(wanted, Math.min(LARGEST, 1L + length + (length >> 1)));
  }
}
