package io.rowwise.backend.cpu.math;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.rowwise.backend.cpu.loops.Loops;
import io.rowwise.backend.cpu.memory.Scratch;
import java.math.BigDecimal;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class LogarithmTest {
  /** All at once and each on its own. */
  private static double[] log(double[] x) {
    double[] out = new double[x.length];
    Logarithm.of(Loops.float64(), new Scratch(), x.length).log(x, out, x.length);
    for (int i = 0; i < x.length; i++) {
      double[] alone = new double[1];
      Logarithm.of(Loops.float64(), new Scratch(), 1).log(new double[] {x[i]}, alone, 1);
      assertEquals(out[i], alone[0]);
    }
    return out;
  }

  private static void assertWithinOneUlp(double[] x) {
    double[] logarithms = log(x);
    for (int i = 0; i < x.length; i++) {
      BigDecimal truth = ExactFunctions.log(new BigDecimal(x[i]));
      ExactFunctions.assertUlps(1, truth, logarithms[i], "ln " + x[i]);
    }
  }

  @ParameterizedTest
  @ValueSource(doubles = {1e-15, 1e-8, 1e-3, 0.3, 0.999})
  void isWithinOneUlpNearOne(double distance) {
    SplittableRandom random = new SplittableRandom(44);
    double[] x = new double[1_000];
    for (int i = 0; i < x.length; i++) {
      x[i] = 1 + distance * (2 * random.nextDouble() - 1);
      if (x[i] == 1) {
        x[i] = Math.nextUp(1.0);
      }
    }
    assertWithinOneUlp(x);
  }

  @Test
  void isWithinOneUlpEverywhere() {
    SplittableRandom random = new SplittableRandom(45);
    double[] x = new double[3_000];
    for (int i = 0; i < x.length; i++) {
      // Any bits of a positive finite number, the subnormal ones among them.
      x[i] = Double.longBitsToDouble(random.nextLong(1, Double.doubleToRawLongBits(1e308)));
    }
    assertWithinOneUlp(x);
  }

  @Test
  void isWithinOneUlpWhereThePowerOfTwoChanges() {
    double[] x = new double[2_000];
    double root = Math.sqrt(0.5);
    for (int i = 0; i < x.length; i++) {
      x[i] = root * (1 + (i - 1_000) * 0x1p-52) * Math.scalb(1.0, i % 40 - 20);
    }
    assertWithinOneUlp(x);
  }

  @Test
  void specialValuesAreThoseOfMath() {
    double[] x = {
      0.0,
      -0.0,
      1,
      -1,
      Double.NaN,
      Double.POSITIVE_INFINITY,
      Double.NEGATIVE_INFINITY,
      Double.MIN_VALUE,
      Double.MIN_NORMAL,
      Double.MAX_VALUE,
      -Double.MAX_VALUE
    };
    double[] logarithms = log(x);
    for (int i = 0; i < x.length; i++) {
      assertEquals(Math.log(x[i]), logarithms[i], "ln " + x[i]);
    }
  }
}
