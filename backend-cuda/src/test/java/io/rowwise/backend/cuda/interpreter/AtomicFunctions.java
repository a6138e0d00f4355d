package io.rowwise.backend.cuda.interpreter;

import io.rowwise.backend.cuda.interpreter.LaneFunction.Ternary;

/** What atomic operations write, from what was there and their two operands. */
final class AtomicFunctions {
  private AtomicFunctions() {}

  /** The function of an operation, or null if it is not implemented for the type. */
  static Ternary of(String operation, PtxType type) {
    if (type.bits < 32) {
      return null;
    }
    if (type.isFloating()) {
      return switch (operation) {
        case "add" ->
            type == PtxType.F32
                ? (old, b, c) ->
                    FloatFunctions.bits(FloatFunctions.value(old) + FloatFunctions.value(b))
                : (old, b, c) ->
                    Double.doubleToRawLongBits(
                        Double.longBitsToDouble(old) + Double.longBitsToDouble(b));
        default -> null;
      };
    }
    return switch (operation) {
      case "add" -> (old, b, c) -> old + b;
      case "and" -> (old, b, c) -> old & b;
      case "or" -> (old, b, c) -> old | b;
      case "xor" -> (old, b, c) -> old ^ b;
      case "exch" -> (old, b, c) -> b;
      case "cas" -> (old, b, c) -> type.extend(old) == type.extend(b) ? c : old;
      case "min" -> (old, b, c) -> less(type, old, b) ? old : b;
      case "max" -> (old, b, c) -> less(type, b, old) ? old : b;
      case "inc" -> (old, b, c) -> less(type, old, b) ? old + 1 : 0;
      case "dec" -> (old, b, c) -> type.extend(old) == 0 || less(type, b, old) ? b : old - 1;
      default -> null;
    };
  }

  private static boolean less(PtxType type, long a, long b) {
    long x = type.extend(a);
    long y = type.extend(b);
    return type == PtxType.U64 ? Long.compareUnsigned(x, y) < 0 : x < y;
  }
}
