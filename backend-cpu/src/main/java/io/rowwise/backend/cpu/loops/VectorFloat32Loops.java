package io.rowwise.backend.cpu.loops;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Sums and products of rows by the Vector API: C2 does not vectorise a loop that adds up, and
 * begins one anew with each row at a cost.
 */
final class VectorFloat32Loops extends Float32Loops {
  private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
  private static final int LENGTH = SPECIES.length();

  // Sums of so few vectors keep the error small.
  private static final int ELEMENTS_OF_A_SUM = 16 * LENGTH;

  VectorFloat32Loops() {}

  @Override
  public double sum(float[] x, int from, int to) {
    if (to - from < LENGTH) {
      return super.sum(x, from, to);
    }
    double sum = 0;
    for (int next = from; next < to; next += ELEMENTS_OF_A_SUM) {
      int end = Math.min(next + ELEMENTS_OF_A_SUM, to);
      int whole = next + SPECIES.loopBound(end - next);
      FloatVector partial = FloatVector.zero(SPECIES);
      for (int i = next; i < whole; i += LENGTH) {
        partial = partial.add(FloatVector.fromArray(SPECIES, x, i));
      }
      sum += partial.reduceLanes(VectorOperators.ADD);
      if (whole < end) {
        sum += super.sum(x, whole, end);
      }
    }
    return sum;
  }

  @Override
  public void multiplyRows(float[] x, int rows, int columns, double[] factors, float[] out) {
    if (columns < LENGTH) {
      super.multiplyRows(x, rows, columns, factors, out);
      return;
    }
    for (int row = 0; row < rows; row++) {
      FloatVector factor = FloatVector.broadcast(SPECIES, (float) factors[row]);
      int last = (row + 1) * columns - LENGTH;
      for (int i = row * columns; i < last; i += LENGTH) {
        FloatVector.fromArray(SPECIES, x, i).mul(factor).intoArray(out, i);
      }
      // Some of them once more.
      FloatVector.fromArray(SPECIES, x, last).mul(factor).intoArray(out, last);
    }
  }
}
