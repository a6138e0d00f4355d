package io.rowwise.backend.cuda.interpreter;

import io.rowwise.backend.cuda.interpreter.LaneFunction.Binary;
import io.rowwise.backend.cuda.interpreter.LaneFunction.Ternary;
import io.rowwise.backend.cuda.interpreter.LaneFunction.Unary;

/**
 * Arithmetic of double precision, after section 9.7.3 of the PTX ISA. The approximations of a
 * reciprocal and of its square root have 20 bits behind the point, as on a GPU, so that code which
 * refines them is put to the test.
 */
final class DoubleFunctions {
  private static final long LOW_WORD = 0xFFFFFFFFL;

  private DoubleFunctions() {}

  private interface DoubleUnary {
    double apply(double a);
  }

  private interface DoubleBinary {
    double apply(double a, double b);
  }

  private interface DoubleTernary {
    double apply(double a, double b, double c);
  }

  /** The function of an instruction on doubles. */
  static LaneFunction of(String opcode, Modifiers modifiers) {
    Rounding rounding = Rounding.take(modifiers);
    boolean approximate = modifiers.take("approx");
    boolean flush = modifiers.take("ftz");
    if (!modifiers.take("f64")) {
      throw modifiers.notImplemented();
    }
    boolean nearestOnly = (rounding == null || rounding == Rounding.NEAREST) && !approximate;
    LaneFunction function =
        switch (opcode) {
          case "add" -> nearestOnly ? binary(Double::sum) : null;
          case "sub" -> nearestOnly ? binary((a, b) -> a - b) : null;
          case "mul" -> nearestOnly ? binary((a, b) -> a * b) : null;
          case "fma", "mad" -> nearestOnly ? ternary(Math::fma) : null;
          case "div" -> nearestOnly ? binary((a, b) -> a / b) : null;
          case "rcp" -> {
            if (approximate) {
              yield flush ? coarse(a -> 1 / a) : null;
            }
            yield nearestOnly ? unary(a -> 1 / a) : null;
          }
          case "sqrt" -> nearestOnly ? unary(Math::sqrt) : null;
          case "rsqrt" -> {
            if (!approximate) {
              yield null;
            }
            yield flush ? coarse(a -> 1 / Math.sqrt(a)) : unary(a -> 1 / Math.sqrt(a));
          }
          case "abs" -> (Unary) a -> a & Long.MAX_VALUE;
          case "neg" -> (Unary) a -> a ^ Long.MIN_VALUE;
          case "min" -> binary(DoubleFunctions::smaller);
          case "max" -> binary((a, b) -> -smaller(-a, -b));
          case "copysign" -> (Binary) (a, b) -> (a & Long.MIN_VALUE) | (b & Long.MAX_VALUE);
          default -> null;
        };
    boolean approximated = opcode.equals("rcp") || opcode.equals("rsqrt");
    if (function == null || ((approximate || flush) && !approximated) || (flush && !approximate)) {
      throw modifiers.notImplemented();
    }
    return function;
  }

  private static double smaller(double a, double b) {
    if (Double.isNaN(a)) {
      return b;
    }
    return Double.isNaN(b) ? a : Math.min(a, b);
  }

  private static double value(long bits) {
    return Double.longBitsToDouble(bits);
  }

  private static long bits(double x) {
    return Double.doubleToRawLongBits(x);
  }

  private static Unary unary(DoubleUnary f) {
    return a -> bits(f.apply(value(a)));
  }

  private static Binary binary(DoubleBinary f) {
    return (a, b) -> bits(f.apply(value(a), value(b)));
  }

  private static Ternary ternary(DoubleTernary f) {
    return (a, b, c) -> bits(f.apply(value(a), value(b), value(c)));
  }

  /** An approximation whose argument and result are the upper words of doubles. */
  private static Unary coarse(DoubleUnary f) {
    return a -> {
      double result = f.apply(flushed(value(a & ~LOW_WORD)));
      if (Double.isNaN(result) || Double.isInfinite(result)) {
        return bits(result);
      }
      // Half a unit of the upper word carries into it.
      return bits(flushed(value(bits(result) + 0x80000000L & ~LOW_WORD)));
    };
  }

  private static double flushed(double x) {
    return Math.abs(x) < Double.MIN_NORMAL ? Math.copySign(0.0, x) : x;
  }
}
