package io.rowwise.backend.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** {@link WideLoops} by the Vector API. Each power has the same bits as C2's loops give it. */
final class VectorLoops extends WideLoops {
  private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
  private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;

  // Sums of so few vectors keep the error small.
  private static final int VECTORS_OF_A_SUM = 16;

  private static final boolean[] LANES = lanes();

  VectorLoops() {}

  /** As many that do not count as a vector has lanes, then as many that do. */
  private static boolean[] lanes() {
    boolean[] lanes = new boolean[2 * FLOATS.length()];
    for (int lane = FLOATS.length(); lane < lanes.length; lane++) {
      lanes[lane] = true;
    }
    return lanes;
  }

  @Override
  int fewest() {
    return FLOATS.length();
  }

  // One loop without calls: C2 keeps vectors out of memory only where it sees all of their uses.
  @Override
  double powers(float[] values, int from, int to, int base, float[] out) {
    FloatVector rounder = FloatVector.broadcast(FLOATS, ExponentialInFloat.ROUNDER);
    IntVector outside = IntVector.zero(INTS);
    FloatVector partial = FloatVector.zero(FLOATS);
    double sum = 0;
    int last = to - FLOATS.length();
    int vectors = 0;
    int next = from;
    while (next < to) {
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
      FloatVector powers = reduced.mul(scale);
      powers.intoArray(out, i);
      outside = outside.or(above);
      if (i < next) {
        VectorMask<Float> added = VectorMask.fromArray(FLOATS, LANES, FLOATS.length() - (next - i));
        powers = FloatVector.zero(FLOATS).blend(powers, added);
      }
      partial = partial.add(powers);
      if (++vectors % VECTORS_OF_A_SUM == 0) {
        sum += partial.reduceLanes(VectorOperators.ADD);
        partial = FloatVector.zero(FLOATS);
      }
      next = i + FLOATS.length();
    }
    sum += partial.reduceLanes(VectorOperators.ADD);
    boolean inside =
        (outside.reduceLanes(VectorOperators.OR) >>> ExponentialInFloat.RANGE_BITS) == 0;
    return inside ? sum : Double.NaN;
  }
}
