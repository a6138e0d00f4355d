package io.rowwise.backend.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** {@link WideLoops} by the Vector API. Each power has the same bits as C2's loops give it. */
final class VectorLoops extends WideLoops {
  private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
  private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;

  // Sums of so many vectors keep the error small.
  private static final int VECTORS_OF_A_SUM = 16;

  VectorLoops() {}

  @Override
  int fewest() {
    return FLOATS.length();
  }

  @Override
  boolean powers(float[] values, int base, float[] out, int count) {
    IntVector outside = IntVector.zero(INTS);
    int last = count - FLOATS.length();
    int i = 0;
    while (true) {
      FloatVector x = FloatVector.fromArray(FLOATS, values, i);
      FloatVector rounder = FloatVector.broadcast(FLOATS, Float32Softmax.ROUNDER);
      FloatVector shifted = x.fma(FloatVector.broadcast(FLOATS, Float32Softmax.LOG2_E), rounder);
      FloatVector minusN = rounder.sub(shifted);
      FloatVector r = minusN.fma(FloatVector.broadcast(FLOATS, Float32Softmax.LN2_HIGH), x);
      r = minusN.fma(FloatVector.broadcast(FLOATS, Float32Softmax.LN2_LOW), r);
      FloatVector q = FloatVector.broadcast(FLOATS, Float32Softmax.C6);
      q = q.fma(r, FloatVector.broadcast(FLOATS, Float32Softmax.C5));
      q = q.fma(r, FloatVector.broadcast(FLOATS, Float32Softmax.C4));
      q = q.fma(r, FloatVector.broadcast(FLOATS, Float32Softmax.C3));
      q = q.fma(r, FloatVector.broadcast(FLOATS, Float32Softmax.C2));
      FloatVector reduced = r.mul(r).fma(q, r).add(1);
      IntVector above = shifted.reinterpretAsInts().sub(base);
      FloatVector scale =
          above
              .add(Float32Softmax.LOWEST_EXPONENT + Float32Softmax.EXPONENT_BIAS)
              .lanewise(VectorOperators.LSHL, Float32Softmax.EXPONENT_SHIFT)
              .reinterpretAsFloats();
      reduced.mul(scale).intoArray(out, i);
      outside = outside.or(above);
      if (i == last) {
        return (outside.reduceLanes(VectorOperators.OR) & ~Float32Softmax.RANGE) == 0;
      }
      // What is left, with some again.
      i = Math.min(i + FLOATS.length(), last);
    }
  }

  @Override
  double sum(float[] values, int from, int to) {
    int atOnce = VECTORS_OF_A_SUM * FLOATS.length();
    double sum = 0;
    int i = from;
    while (to - i >= FLOATS.length()) {
      int end = i + FLOATS.loopBound(Math.min(atOnce, to - i));
      FloatVector partial = FloatVector.zero(FLOATS);
      for (; i < end; i += FLOATS.length()) {
        partial = partial.add(FloatVector.fromArray(FLOATS, values, i));
      }
      sum += partial.reduceLanes(VectorOperators.ADD);
    }
    return i < to ? sum + Sums.sum(values, i, to) : sum;
  }
}
