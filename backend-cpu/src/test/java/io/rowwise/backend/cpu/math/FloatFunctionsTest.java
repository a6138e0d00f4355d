package io.rowwise.backend.cpu.math;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rowwise.backend.cpu.loops.Loops;
import io.rowwise.backend.cpu.memory.Scratch;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The functions in {@code float} arithmetic, over all that a float can be. */
final class FloatFunctionsTest {
  private static final int CAPACITY = 1000;
  // A prime, so that all kinds of last digits occur. 1 takes a few minutes and finds no more.
  private static final int STEP = 9973;

  /** A function of an array. */
  interface Function {
    void apply(float[] x, float[] out, int count);
  }

  /** A function, what it should be, and the bound of its error in ulp. */
  static Stream<Arguments> functions() {
    return Stream.of(
        Arguments.of("exp", exp(), (DoubleUnaryOperator) Math::exp, 1.1),
        Arguments.of(
            "log",
            (Function) Logarithm.of(Loops.float32(), new Scratch(), CAPACITY)::log,
            (DoubleUnaryOperator) Math::log,
            1.0));
  }

  private static Function exp() {
    Exponential<float[]> exponential = Exponential.of(Loops.float32(), new Scratch(), CAPACITY);
    float[] rounded = new float[CAPACITY];
    float[] reduced = new float[CAPACITY];
    return (x, out, count) -> exponential.exp(x, rounded, reduced, out, count);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("functions")
  void isWithinItsBoundForAnyFloat(
      String name, Function function, DoubleUnaryOperator truth, double bound) {
    float[] x = new float[CAPACITY];
    float[] out = new float[CAPACITY];
    long next = Integer.MIN_VALUE;
    while (next <= Integer.MAX_VALUE) {
      int count = 0;
      while (count < CAPACITY && next <= Integer.MAX_VALUE) {
        x[count++] = Float.intBitsToFloat((int) next);
        next += STEP;
      }
      function.apply(x, out, count);
      for (int i = 0; i < count; i++) {
        assertNear(name, x[i], truth.applyAsDouble(x[i]), out[i], bound);
      }
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("functions")
  void isWithinItsBoundAtItsEnds(
      String name, Function function, DoubleUnaryOperator truth, double bound) {
    float[] ends = {
      0,
      -0f,
      1,
      -1,
      Float.NaN,
      Float.POSITIVE_INFINITY,
      Float.NEGATIVE_INFINITY,
      Float.MIN_VALUE,
      Float.MIN_NORMAL,
      Float.MAX_VALUE,
      -Float.MAX_VALUE,
      (float) Math.sqrt(0.5),
      (float) Math.sqrt(2),
      88.72f,
      88.73f,
      26.3f,
      -62.4f,
      -87.3f,
      -103.9f,
      -104f
    };
    float[] out = new float[1];
    for (float end : ends) {
      for (float x : new float[] {Math.nextDown(end), end, Math.nextUp(end)}) {
        function.apply(new float[] {x}, out, 1);
        assertNear(name, x, truth.applyAsDouble(x), out[0], bound);
      }
    }
  }

  /** Math's functions in double are exact beside a float. */
  private static void assertNear(
      String name, float x, double expected, float actual, double bound) {
    float rounded = (float) expected;
    if (Float.isNaN(rounded) || Float.isInfinite(rounded)) {
      assertEquals(rounded, actual, name + " " + x);
      return;
    }
    double ulps = Math.abs(actual - expected) / Math.ulp(rounded);
    assertTrue(
        ulps <= bound,
        () -> name + " " + x + " is " + actual + ", " + ulps + " ulp off, allowed " + bound);
  }
}
