package io.rowwise.backend.cuda.interpreter;

import io.rowwise.backend.cuda.interpreter.LaneFunction.Comparison;
import java.util.Set;

/** The comparisons of {@code setp}, after section 9.3.3 of the PTX ISA. */
final class Comparisons {
  private static final Set<String> NAMES =
      Set.of(
          "eq", "ne", "lt", "le", "gt", "ge", "lo", "ls", "hi", "hs", "equ", "neu", "ltu", "leu",
          "gtu", "geu", "num", "nan");

  private Comparisons() {}

  /** The name of the comparison among the modifiers. */
  static String takeName(Modifiers modifiers) {
    String name = modifiers.takeOneOf(NAMES);
    if (name == null) {
      throw modifiers.notImplemented();
    }
    return name;
  }

  static Comparison of(String name, boolean flush, PtxType type, Modifiers modifiers) {
    Comparison comparison =
        switch (type.kind) {
          case FLOATING -> type == PtxType.F32 ? ofFloats(name, flush) : ofDoubles(name);
          case SIGNED -> ofSigned(name, type);
          case UNSIGNED -> ofUnsigned(name, type);
          case BITS -> name.equals("eq") || name.equals("ne") ? ofUnsigned(name, type) : null;
          case PREDICATE -> null;
        };
    if (comparison == null || (flush && type != PtxType.F32)) {
      throw modifiers.notImplemented();
    }
    return comparison;
  }

  /** The properties of {@code testp}, as comparisons of a number with itself. */
  static Comparison property(String name, PtxType type, Modifiers modifiers) {
    if (!type.isFloating()) {
      throw modifiers.notImplemented();
    }
    double smallest = type == PtxType.F32 ? Float.MIN_NORMAL : Double.MIN_NORMAL;
    return switch (name) {
      case "finite" -> (a, b) -> Double.isFinite(number(a, type));
      case "infinite" -> (a, b) -> Double.isInfinite(number(a, type));
      case "number" -> (a, b) -> !Double.isNaN(number(a, type));
      case "notanumber" -> (a, b) -> Double.isNaN(number(a, type));
      case "normal" ->
          (a, b) -> Double.isFinite(number(a, type)) && Math.abs(number(a, type)) >= smallest;
      case "subnormal" -> (a, b) -> number(a, type) != 0 && Math.abs(number(a, type)) < smallest;
      default -> throw modifiers.notImplemented();
    };
  }

  private static double number(long bits, PtxType type) {
    return type == PtxType.F32 ? value(bits) : number(bits);
  }

  private static Comparison ofSigned(String name, PtxType type) {
    if (type == PtxType.S32) {
      return switch (name) {
        case "eq" -> (a, b) -> (int) a == (int) b;
        case "ne" -> (a, b) -> (int) a != (int) b;
        case "lt" -> (a, b) -> (int) a < (int) b;
        case "le" -> (a, b) -> (int) a <= (int) b;
        case "gt" -> (a, b) -> (int) a > (int) b;
        case "ge" -> (a, b) -> (int) a >= (int) b;
        default -> null;
      };
    }
    return switch (name) {
      case "eq" -> (a, b) -> type.extend(a) == type.extend(b);
      case "ne" -> (a, b) -> type.extend(a) != type.extend(b);
      case "lt" -> (a, b) -> type.extend(a) < type.extend(b);
      case "le" -> (a, b) -> type.extend(a) <= type.extend(b);
      case "gt" -> (a, b) -> type.extend(a) > type.extend(b);
      case "ge" -> (a, b) -> type.extend(a) >= type.extend(b);
      default -> null;
    };
  }

  private static Comparison ofUnsigned(String name, PtxType type) {
    return switch (name) {
      case "eq" -> (a, b) -> type.extend(a) == type.extend(b);
      case "ne" -> (a, b) -> type.extend(a) != type.extend(b);
      case "lt", "lo" -> (a, b) -> Long.compareUnsigned(type.extend(a), type.extend(b)) < 0;
      case "le", "ls" -> (a, b) -> Long.compareUnsigned(type.extend(a), type.extend(b)) <= 0;
      case "gt", "hi" -> (a, b) -> Long.compareUnsigned(type.extend(a), type.extend(b)) > 0;
      case "ge", "hs" -> (a, b) -> Long.compareUnsigned(type.extend(a), type.extend(b)) >= 0;
      default -> null;
    };
  }

  /** Every float is a double: what holds for one holds for the other. */
  private static Comparison ofFloats(String name, boolean flush) {
    Comparison ofDoubles = ofDoubles(name);
    if (ofDoubles == null) {
      return null;
    }
    return flush
        ? (a, b) -> ofDoubles.test(widened(flushed(a)), widened(flushed(b)))
        : (a, b) -> ofDoubles.test(widened(value(a)), widened(value(b)));
  }

  private static float value(long bits) {
    return FloatFunctions.value(bits);
  }

  private static float flushed(long bits) {
    return FloatFunctions.flushed(value(bits));
  }

  private static long widened(double x) {
    return Double.doubleToRawLongBits(x);
  }

  private static double number(long bits) {
    return Double.longBitsToDouble(bits);
  }

  /** The ordered ones are false where one is NaN, the unordered ones true. */
  private static Comparison ofDoubles(String name) {
    return switch (name) {
      case "eq" -> (a, b) -> number(a) == number(b);
      case "ne" -> (a, b) -> number(a) < number(b) || number(a) > number(b);
      case "lt" -> (a, b) -> number(a) < number(b);
      case "le" -> (a, b) -> number(a) <= number(b);
      case "gt" -> (a, b) -> number(a) > number(b);
      case "ge" -> (a, b) -> number(a) >= number(b);
      case "equ" -> (a, b) -> !(number(a) < number(b) || number(a) > number(b));
      case "neu" -> (a, b) -> number(a) != number(b);
      case "ltu" -> (a, b) -> !(number(a) >= number(b));
      case "leu" -> (a, b) -> !(number(a) > number(b));
      case "gtu" -> (a, b) -> !(number(a) <= number(b));
      case "geu" -> (a, b) -> !(number(a) < number(b));
      case "num" -> (a, b) -> !Double.isNaN(number(a)) && !Double.isNaN(number(b));
      case "nan" -> (a, b) -> Double.isNaN(number(a)) || Double.isNaN(number(b));
      default -> null;
    };
  }
}
