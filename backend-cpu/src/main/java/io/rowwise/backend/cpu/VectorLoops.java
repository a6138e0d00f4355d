package io.rowwise.backend.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** {@link WideLoops} by the Vector API. Each power has the same bits as C2's loops give it. */
final class VectorLoops extends WideLoops {
  private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
  private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;
  private static final int LENGTH = FLOATS.length();

  // Sums of so few vectors keep the error small.
  private static final int ELEMENTS_OF_A_SUM = 16 * LENGTH;

  VectorLoops() {}

  @Override
  int fewest() {
    return LENGTH;
  }

  // One loop without calls: C2 keeps vectors out of memory only where it sees all of their uses.
  @Override
  boolean powers(float[] values, int count, int base, float[] out) {
    FloatVector rounder = FloatVector.broadcast(FLOATS, ExponentialInFloat.ROUNDER);
    IntVector outside = IntVector.zero(INTS);
    int last = count - LENGTH;
    for (int next = 0; next < count; next += LENGTH) {
      // At the end some are computed again.
      int i = Math.min(next, last);
      FloatVector x = FloatVector.fromArray(FLOATS, values, i);
      FloatVector shifted =
          x.fma(FloatVector.broadcast(FLOATS, ExponentialInFloat.LOG2_E), rounder);
      FloatVector minusN = rounder.sub(shifted);
      FloatVector r = minusN.fma(FloatVector.broadcast(FLOATS, ExponentialInFloat.LN2_HIGH), x);
      r = minusN.fma(FloatVector.broadcast(FLOATS, ExponentialInFloat.LN2_LOW), r);
      FloatVector q = FloatVector.broadcast(FLOATS, ExponentialInFloat.C6);
      q = q.fma(r, FloatVector.broadcast(FLOATS, ExponentialInFloat.C5));
      q = q.fma(r, FloatVector.broadcast(FLOATS, ExponentialInFloat.C4));
      q = q.fma(r, FloatVector.broadcast(FLOATS, ExponentialInFloat.C3));
      q = q.fma(r, FloatVector.broadcast(FLOATS, ExponentialInFloat.C2));
      FloatVector reduced = r.mul(r).fma(q, r).add(1);
      IntVector above = shifted.reinterpretAsInts().sub(base);
      FloatVector scale =
          above
              .add(ExponentialInFloat.LOWEST_EXPONENT + ExponentialInFloat.EXPONENT_BIAS)
              .lanewise(VectorOperators.LSHL, ExponentialInFloat.EXPONENT_SHIFT)
              .reinterpretAsFloats();
      reduced.mul(scale).intoArray(out, i);
      outside = outside.or(above);
    }
    return (outside.reduceLanes(VectorOperators.OR) >>> ExponentialInFloat.RANGE_BITS) == 0;
  }

  @Override
  double sum(float[] x, int from, int to) {
    double sum = 0;
    for (int next = from; next < to; next += ELEMENTS_OF_A_SUM) {
      int end = Math.min(next + ELEMENTS_OF_A_SUM, to);
      int whole = next + FLOATS.loopBound(end - next);
      FloatVector partial = FloatVector.zero(FLOATS);
      for (int i = next; i < whole; i += LENGTH) {
        partial = partial.add(FloatVector.fromArray(FLOATS, x, i));
      }
      sum += partial.reduceLanes(VectorOperators.ADD);
      if (whole < end) {
        sum += Sums.sum(x, whole, end);
      }
    }
    return sum;
  }

  @Override
  void multiply(float[] x, int from, int to, float factor, float[] out) {
    FloatVector factors = FloatVector.broadcast(FLOATS, factor);
    int last = to - LENGTH;
    for (int i = from; i < last; i += LENGTH) {
      FloatVector.fromArray(FLOATS, x, i).mul(factors).intoArray(out, i);
    }
    // Some of them once more.
    FloatVector.fromArray(FLOATS, x, last).mul(factors).intoArray(out, last);
  }
}
