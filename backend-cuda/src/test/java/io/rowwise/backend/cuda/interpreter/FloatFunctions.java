package io.rowwise.backend.cuda.interpreter;

import io.rowwise.backend.cuda.interpreter.LaneFunction.Binary;
import io.rowwise.backend.cuda.interpreter.LaneFunction.Ternary;
import io.rowwise.backend.cuda.interpreter.LaneFunction.Unary;

/**
 * Arithmetic of single precision, after section 9.7.3 of the PTX ISA. What PTX calls approximate is
 * computed in double precision and rounded, so it is better than on a GPU, and not the same.
 */
final class FloatFunctions {
  private static final int NAN = 0x7FFFFFFF;

  private FloatFunctions() {}

  private interface FloatUnary {
    float apply(float a);
  }

  private interface FloatBinary {
    float apply(float a, float b);
  }

  private interface FloatTernary {
    float apply(float a, float b, float c);
  }

  /** The function of an instruction on floats, or null if there is none of this opcode. */
  static LaneFunction of(String opcode, Modifiers modifiers) {
    Rounding rounding = Rounding.take(modifiers);
    boolean approximate = modifiers.takeAny("approx", "full");
    boolean flush = modifiers.take("ftz");
    boolean saturate = modifiers.take("sat");
    boolean keepNan = modifiers.take("NaN");
    if (!modifiers.take("f32")) {
      throw modifiers.notImplemented();
    }
    Rounding direction = rounding == null ? Rounding.NEAREST : rounding;
    boolean nearestOnly = direction == Rounding.NEAREST;
    LaneFunction function =
        switch (opcode) {
          case "add" -> binary(sum(direction), flush, saturate);
          case "sub" -> binary(difference(direction), flush, saturate);
          case "mul" -> binary(product(direction), flush, saturate);
          case "fma", "mad" -> ternary(fusedMultiplyAdd(direction), flush, saturate);
          case "div" -> nearestOnly ? binary((a, b) -> a / b, flush, false) : null;
          case "rcp" -> nearestOnly ? unary(a -> 1 / a, flush) : null;
          case "sqrt" -> nearestOnly ? unary(a -> (float) Math.sqrt(a), flush) : null;
          case "rsqrt" -> approximate ? unary(a -> (float) (1 / Math.sqrt(a)), flush) : null;
          case "ex2" -> approximate ? unary(a -> (float) Math.pow(2, a), flush) : null;
          case "lg2" -> approximate ? unary(FloatFunctions::binaryLogarithm, flush) : null;
          case "sin" -> approximate ? unary(a -> (float) Math.sin(a), flush) : null;
          case "cos" -> approximate ? unary(a -> (float) Math.cos(a), flush) : null;
          case "tanh" -> approximate ? unary(a -> (float) Math.tanh(a), flush) : null;
          case "abs" -> sign(0x7FFFFFFF, 0, flush);
          case "neg" -> sign(-1, Integer.MIN_VALUE, flush);
          case "min" -> binary((a, b) -> smaller(a, b, keepNan), flush, false);
          case "max" -> binary((a, b) -> -smaller(-a, -b, keepNan), flush, false);
          case "copysign" -> copySign();
          default -> null;
        };
    // The modifiers were taken for all opcodes; those that an opcode does not have are errors.
    boolean saturates = opcode.matches("add|sub|mul|fma|mad");
    boolean takesNan = opcode.matches("min|max");
    if (function == null || (saturate && !saturates) || (keepNan && !takesNan)) {
      throw modifiers.notImplemented();
    }
    return function;
  }

  private static float binaryLogarithm(float a) {
    if (a > 0 && a < Float.POSITIVE_INFINITY) {
      // Exact for powers of two, also for those that are subnormal as floats.
      int exponent = Math.getExponent((double) a);
      return (float) (exponent + Math.log(Math.scalb((double) a, -exponent)) / Math.log(2));
    }
    return (float) Math.log(a);
  }

  private static FloatBinary sum(Rounding direction) {
    if (direction == Rounding.NEAREST) {
      return Float::sum;
    }
    return (a, b) -> sumInDirection(direction, a, b);
  }

  private static FloatBinary difference(Rounding direction) {
    if (direction == Rounding.NEAREST) {
      return (a, b) -> a - b;
    }
    return (a, b) -> sumInDirection(direction, a, -b);
  }

  private static FloatBinary product(Rounding direction) {
    if (direction == Rounding.NEAREST) {
      return (a, b) -> a * b;
    }
    // The product of two floats is exact in double precision.
    return (a, b) -> direction.toFloat((double) a * b, 0);
  }

  private static FloatTernary fusedMultiplyAdd(Rounding direction) {
    if (direction == Rounding.NEAREST) {
      return Math::fma;
    }
    return (a, b, c) -> sumInDirection(direction, (double) a * b, c);
  }

  /** Knuth's two-sum gives what the addition in double precision lost. */
  private static float sumInDirection(Rounding direction, double a, double b) {
    double sum = a + b;
    if (sum == 0) {
      boolean bothNegative = Double.doubleToRawLongBits(a) < 0 && Double.doubleToRawLongBits(b) < 0;
      boolean bothPositive =
          Double.doubleToRawLongBits(a) >= 0 && Double.doubleToRawLongBits(b) >= 0;
      return bothNegative || (!bothPositive && direction == Rounding.DOWN) ? -0f : 0f;
    }
    double part = sum - a;
    double lost = (a - (sum - part)) + (b - part);
    return direction.toFloat(sum, lost);
  }

  /** {@code min} takes the number where there is one, and -0 as smaller than +0. */
  private static float smaller(float a, float b, boolean keepNan) {
    if (!keepNan && Float.isNaN(a)) {
      return b;
    }
    if (!keepNan && Float.isNaN(b)) {
      return a;
    }
    return Math.min(a, b);
  }

  private static Unary sign(int keep, int flip, boolean flush) {
    return a -> {
      int bits = ((int) a & keep) ^ flip;
      return flush ? Float.floatToRawIntBits(flushed(Float.intBitsToFloat(bits))) : bits;
    };
  }

  /** {@code copysign d, a, b} gives b the sign of a. */
  private static Binary copySign() {
    return (a, b) -> ((int) a & Integer.MIN_VALUE) | ((int) b & Integer.MAX_VALUE);
  }

  /** Zero with the sign of the number if it is subnormal, else the number. */
  static float flushed(float x) {
    return Math.abs(x) < Float.MIN_NORMAL ? Math.copySign(0f, x) : x;
  }

  /** The number in the interval from 0 to 1 that is closest; 0 for NaN. */
  static float saturated(float x) {
    return x > 0 ? Math.min(x, 1) : 0;
  }

  static long bits(float x) {
    return Float.isNaN(x) ? NAN : Float.floatToRawIntBits(x);
  }

  static float value(long bits) {
    return Float.intBitsToFloat((int) bits);
  }

  private static Unary unary(FloatUnary f, boolean flush) {
    return flush ? a -> bits(flushed(f.apply(flushed(value(a))))) : a -> bits(f.apply(value(a)));
  }

  private static Binary binary(FloatBinary f, boolean flush, boolean saturate) {
    if (!flush && !saturate) {
      return (a, b) -> bits(f.apply(value(a), value(b)));
    }
    return (a, b) -> finish(f.apply(start(a, flush), start(b, flush)), flush, saturate);
  }

  private static Ternary ternary(FloatTernary f, boolean flush, boolean saturate) {
    if (!flush && !saturate) {
      return (a, b, c) -> bits(f.apply(value(a), value(b), value(c)));
    }
    return (a, b, c) ->
        finish(f.apply(start(a, flush), start(b, flush), start(c, flush)), flush, saturate);
  }

  private static float start(long bits, boolean flush) {
    return flush ? flushed(value(bits)) : value(bits);
  }

  private static long finish(float x, boolean flush, boolean saturate) {
    float flushed = flush ? flushed(x) : x;
    return bits(saturate ? saturated(flushed) : flushed);
  }
}
