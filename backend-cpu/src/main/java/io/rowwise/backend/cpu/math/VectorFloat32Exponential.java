package io.rowwise.backend.cpu.math;

import io.rowwise.backend.cpu.memory.NativeMemory;
import io.rowwise.backend.cpu.memory.Scratch;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * {@link Float32Exponential} by the Vector API, in one pass where C2 needs two: it does not
 * vectorise a loop that takes a float's bits and uses them. Each power has the same bits.
 */
final class VectorFloat32Exponential extends Float32Exponential {
  private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
  private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;
  private static final int LENGTH = FLOATS.length();

  /** Makes them. */
  static final class Maker implements Exponential.Maker {
    Maker() {}

    @Override
    public Exponential<float[]> make(Scratch scratch, int capacity) {
      return new VectorFloat32Exponential(scratch, capacity);
    }
  }

  VectorFloat32Exponential(Scratch scratch, int capacity) {
    super(scratch, capacity);
  }

  @Override
  public void relative(
      float[] x, double largest, float[] rounded, float[] reduced, float[] out, int count) {
    // Where one is outside of the range, NaN is wanted in its place.
    if (count < LENGTH || !powers(x, count, base(largest), out)) {
      super.relative(x, largest, rounded, reduced, out, count);
    }
  }

  /**
   * One loop without calls: C2 keeps vectors out of memory only where it sees all of their uses.
   *
   * @return whether all powers are in the range
   */
  private static boolean powers(float[] values, int count, int base, float[] out) {
    FloatVector rounder = FloatVector.broadcast(FLOATS, ROUNDER);
    IntVector outside = IntVector.zero(INTS);
    int last = count - LENGTH;
    for (int next = 0; next < count; next += LENGTH) {
      // At the end some are computed again.
      int i = Math.min(next, last);
      FloatVector x = FloatVector.fromArray(FLOATS, values, i);
      FloatVector shifted = x.fma(FloatVector.broadcast(FLOATS, LOG2_E), rounder);
      FloatVector minusN = rounder.sub(shifted);
      FloatVector r = minusN.fma(FloatVector.broadcast(FLOATS, LN2_HIGH), x);
      r = minusN.fma(FloatVector.broadcast(FLOATS, LN2_LOW), r);
      FloatVector q = FloatVector.broadcast(FLOATS, C6);
      q = q.fma(r, FloatVector.broadcast(FLOATS, C5));
      q = q.fma(r, FloatVector.broadcast(FLOATS, C4));
      q = q.fma(r, FloatVector.broadcast(FLOATS, C3));
      q = q.fma(r, FloatVector.broadcast(FLOATS, C2));
      FloatVector reduced = r.mul(r).fma(q, r).add(1);
      IntVector above = shifted.reinterpretAsInts().sub(base);
      FloatVector scale =
          above
              .add(LOWEST_EXPONENT + EXPONENT_BIAS)
              .lanewise(VectorOperators.LSHL, EXPONENT_SHIFT)
              .reinterpretAsFloats();
      reduced.mul(scale).intoArray(out, i);
      outside = outside.or(above);
    }
    return (outside.reduceLanes(VectorOperators.OR) >>> NativeMemory.RANGE_BITS_32) == 0;
  }
}
