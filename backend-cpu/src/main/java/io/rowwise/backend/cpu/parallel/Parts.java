package io.rowwise.backend.cpu.parallel;

/** How work is cut into parts, which depends on its size alone, never on the number of threads. */
public final class Parts {
  private static final int FEW = 16;

  private Parts() {}

  /** How many parts there are of so many of each, the last perhaps smaller. */
  public static int count(int all, int ofEach) {
    return (int) (((long) all + ofEach - 1) / ofEach);
  }

  /**
   * The largest of parts that are about equal and, as far as it goes, not larger than that: a few
   * are made a power of two, since most machines have as many processors, and five parts take two
   * of them as long as six.
   */
  public static int evenly(int all, int most) {
    int parts = Math.max(1, count(all, most));
    if (parts < FEW) {
      parts = Integer.highestOneBit(parts);
    }
    return Math.max(1, count(all, parts));
  }
}
