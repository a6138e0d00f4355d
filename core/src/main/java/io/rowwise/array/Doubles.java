package io.rowwise.array;

/** Arrays of {@code double}. */
public final class Doubles {
  private Doubles() {}

  /** The same numbers, exactly: a new array. */
  public static double[] of(float[] floats) {
    double[] doubles = new double[floats.length];
    for (int i = 0; i < floats.length; i++) {
      doubles[i] = floats[i];
    }
    return doubles;
  }
}
