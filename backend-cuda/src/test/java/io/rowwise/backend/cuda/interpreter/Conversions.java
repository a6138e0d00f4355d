package io.rowwise.backend.cuda.interpreter;

import io.rowwise.backend.cuda.interpreter.LaneFunction.Binary;
import io.rowwise.backend.cuda.interpreter.LaneFunction.Unary;
import io.rowwise.file.HalfPrecision;
import java.util.Collections;
import java.util.List;
import java.util.Set;

/** {@code cvt}: from any type to any other, after section 9.7.9.21 of the PTX ISA. */
final class Conversions {
  private static final Set<String> HALVES = Set.of("f16", "bf16", "f16x2", "bf16x2");

  /** Of both types. */
  private static final long HALF_NAN = 0x7FFF;

  private Conversions() {}

  /** Whether an instruction has to do with one of the types of {@link #ofHalf}. */
  static boolean areOfHalf(List<String> modifiers) {
    return !Collections.disjoint(modifiers, HALVES);
  }

  /**
   * Between {@code f32} and types of 16 bits, which are none to compute with here. Of two numbers
   * that become one register, the first is the upper half.
   */
  static LaneFunction ofHalf(Modifiers modifiers) {
    if (modifiers.take("rn")) {
      String to = modifiers.takeOneOf(HALVES);
      if (to != null && modifiers.takeType() == PtxType.F32) {
        Unary narrow = to.startsWith("bf16") ? Conversions::bfloat16 : Conversions::binary16;
        if (to.endsWith("x2")) {
          return (Binary) (a, b) -> narrow.apply(a) << 16 | narrow.apply(b);
        }
        return narrow;
      }
    } else if (modifiers.takeType() == PtxType.F32 && modifiers.take("f16")) {
      return (Unary) a -> FloatFunctions.bits(HalfPrecision.ofBinary16((short) a));
    }
    throw modifiers.notImplemented();
  }

  private static long bfloat16(long bits) {
    float x = FloatFunctions.value(bits);
    return Float.isNaN(x) ? HALF_NAN : HalfPrecision.bfloat16(x) & 0xFFFFL;
  }

  private static long binary16(long bits) {
    float x = FloatFunctions.value(bits);
    return Float.isNaN(x) ? HALF_NAN : HalfPrecision.binary16(x) & 0xFFFFL;
  }

  static Unary of(Modifiers modifiers) {
    Rounding integral = Rounding.takeIntegral(modifiers);
    Rounding rounding = Rounding.take(modifiers);
    boolean flush = modifiers.take("ftz");
    boolean saturate = modifiers.take("sat");
    PtxType to = modifiers.takeType();
    PtxType from = modifiers.takeType();
    boolean floatInvolved = to == PtxType.F32 || from == PtxType.F32;
    if (flush && !floatInvolved) {
      throw modifiers.notImplemented();
    }
    if (to.isFloating()) {
      Unary function =
          from.isFloating()
              ? betweenFloating(to, from, integral, rounding, flush, saturate, modifiers)
              : fromInteger(to, from, rounding, saturate, modifiers);
      return function;
    }
    if (from.isFloating()) {
      if (integral == null || rounding != null) {
        throw modifiers.notImplemented();
      }
      return toInteger(to, from, integral, flush);
    }
    if (integral != null || rounding != null) {
      throw modifiers.notImplemented();
    }
    return saturate ? a -> clamp(from.extend(a), from, to) : a -> to.extend(from.extend(a));
  }

  private static Unary betweenFloating(
      PtxType to,
      PtxType from,
      Rounding integral,
      Rounding rounding,
      boolean flush,
      boolean saturate,
      Modifiers modifiers) {
    boolean narrows = to == PtxType.F32 && from == PtxType.F64;
    if (narrows != (rounding != null) || (integral != null && to != from)) {
      throw modifiers.notImplemented();
    }
    return a -> {
      double x = from == PtxType.F32 ? FloatFunctions.value(a) : Double.longBitsToDouble(a);
      if (flush && from == PtxType.F32) {
        x = FloatFunctions.flushed((float) x);
      }
      if (integral != null) {
        x = integral.toIntegral(x);
      }
      if (to == PtxType.F64) {
        return Double.doubleToRawLongBits(saturate ? saturated(x) : x);
      }
      float narrow = narrows ? rounding.toFloat(x, 0) : (float) x;
      if (flush) {
        narrow = FloatFunctions.flushed(narrow);
      }
      return FloatFunctions.bits(saturate ? FloatFunctions.saturated(narrow) : narrow);
    };
  }

  private static double saturated(double x) {
    return x > 0 ? Math.min(x, 1) : 0;
  }

  private static Unary fromInteger(
      PtxType to, PtxType from, Rounding rounding, boolean saturate, Modifiers modifiers) {
    boolean exact = to == PtxType.F64 && from.bits <= 32;
    if (rounding == null
        || saturate
        || (to == PtxType.F64 && !exact && rounding != Rounding.NEAREST)) {
      throw modifiers.notImplemented();
    }
    boolean unsigned = from == PtxType.U64;
    return a -> {
      long x = from.extend(a);
      if (to == PtxType.F64) {
        return Double.doubleToRawLongBits(unsigned ? unsignedToDouble(x) : (double) x);
      }
      if (rounding == Rounding.NEAREST) {
        return FloatFunctions.bits(unsigned ? unsignedToFloat(x) : (float) x);
      }
      // Two halves, each exact in double precision.
      double high = unsigned ? (x >>> 32) * 0x1p32 : (x >> 32) * 0x1p32;
      double low = x & 0xFFFFFFFFL;
      double sum = high + low;
      return FloatFunctions.bits(rounding.toFloat(sum, low - (sum - high)));
    };
  }

  /** Halved, with the lost bit kept sticky, the number is one that Java knows how to round. */
  private static double unsignedToDouble(long x) {
    return x >= 0 ? (double) x : 2 * (double) ((x >>> 1) | (x & 1));
  }

  private static float unsignedToFloat(long x) {
    return x >= 0 ? (float) x : 2 * (float) ((x >>> 1) | (x & 1));
  }

  /** Beyond the type's range the result is the end of the range; of NaN it is what the ISA says. */
  private static Unary toInteger(PtxType to, PtxType from, Rounding integral, boolean flush) {
    long ofNan = from == PtxType.F64 || to.bits == 64 ? 1L << (to.bits - 1) : 0;
    return a -> {
      double x = from == PtxType.F32 ? FloatFunctions.value(a) : Double.longBitsToDouble(a);
      if (Double.isNaN(x)) {
        return ofNan;
      }
      if (flush && from == PtxType.F32) {
        x = FloatFunctions.flushed((float) x);
      }
      double whole = integral.toIntegral(x);
      if (to == PtxType.U64) {
        return unsignedLong(whole);
      }
      if (to.isSigned()) {
        long largest = Long.MAX_VALUE >> (64 - to.bits);
        return Math.max(-largest - 1, Math.min(largest, (long) whole));
      }
      return Math.max(0, Math.min((1L << to.bits) - 1, (long) whole));
    };
  }

  private static long unsignedLong(double whole) {
    if (whole <= 0) {
      return 0;
    }
    if (whole < 0x1p63) {
      return (long) whole;
    }
    return whole >= 0x1p64 ? -1L : (long) (whole - 0x1p63) + Long.MIN_VALUE;
  }

  /** Integers that do not fit become the end of the range. */
  private static long clamp(long x, PtxType from, PtxType to) {
    boolean huge = from == PtxType.U64 && x < 0;
    if (to == PtxType.U64) {
      return huge || x >= 0 ? x : 0;
    }
    long largest = to.isSigned() ? Long.MAX_VALUE >> (64 - to.bits) : (1L << to.bits) - 1;
    long smallest = to.isSigned() ? -largest - 1 : 0;
    return huge ? largest : Math.max(smallest, Math.min(largest, x));
  }
}
