package io.rowwise.backend.cuda.interpreter;

import io.rowwise.backend.cuda.interpreter.LaneFunction.Binary;
import io.rowwise.backend.cuda.interpreter.LaneFunction.Quaternary;
import io.rowwise.backend.cuda.interpreter.LaneFunction.Ternary;
import io.rowwise.backend.cuda.interpreter.LaneFunction.Unary;
import java.util.Set;

/**
 * Integer arithmetic and bit manipulation, after sections 9.7.1, 9.7.2 and 9.7.8 of the PTX ISA.
 */
final class IntegerFunctions {
  private IntegerFunctions() {}

  /** Thrown by a division by zero; PTX leaves the result open, so no kernel can mean it. */
  static final class DivisionByZero extends RuntimeException {
    private static final long serialVersionUID = 1L;

    DivisionByZero() {
      super("an integer is divided by zero", null, false, false);
    }
  }

  private static final Set<String> HALVES = Set.of("lo", "hi", "wide");

  /** The function of an instruction, or null if there is no integer instruction of this opcode. */
  static LaneFunction of(String opcode, Modifiers modifiers) {
    return switch (opcode) {
      case "add" -> sum(modifiers);
      case "sub" -> difference(modifiers);
      case "mul" -> multiply(half(modifiers), modifiers.takeType());
      case "mad" -> multiplyAdd(half(modifiers), modifiers.takeType());
      case "div" -> divide(modifiers.takeType());
      case "rem" -> remainder(modifiers.takeType());
      case "min" -> min(modifiers.takeType());
      case "max" -> max(modifiers.takeType());
      case "abs" -> absolute(modifiers.takeType());
      case "neg" -> negate(modifiers.takeType());
      case "sad" -> sumOfDifference(modifiers.takeType());
      case "and", "or", "xor", "not", "cnot" -> logic(opcode, modifiers.takeType());
      case "shl" -> shiftLeft(modifiers.takeType());
      case "shr" -> shiftRight(modifiers.takeType());
      case "shf" -> funnelShift(modifiers);
      case "popc" -> populationCount(modifiers.takeType());
      case "clz" -> leadingZeros(modifiers.takeType());
      case "bfind" -> findHighest(modifiers.take("shiftamt"), modifiers.takeType());
      case "brev" -> reverse(modifiers.takeType());
      case "bfe" -> extract(modifiers.takeType());
      case "bfi" -> insert(modifiers.takeType());
      case "prmt" -> permuteBytes(modifiers);
      case "lop3" -> logicOfThree(modifiers);
      default -> null;
    };
  }

  private static String half(Modifiers modifiers) {
    String half = modifiers.takeOneOf(HALVES);
    if (half == null) {
      throw modifiers.notImplemented();
    }
    return half;
  }

  private static Binary sum(Modifiers modifiers) {
    modifiers.takeType();
    return (a, b) -> a + b;
  }

  private static Binary difference(Modifiers modifiers) {
    modifiers.takeType();
    return (a, b) -> a - b;
  }

  private static Binary multiply(String half, PtxType type) {
    return switch (half) {
      case "lo" -> (a, b) -> a * b;
      case "wide" ->
          switch (type) {
            case S32 -> (a, b) -> (long) (int) a * (int) b;
            case U32 -> (a, b) -> (a & 0xFFFFFFFFL) * (b & 0xFFFFFFFFL);
            default -> (a, b) -> type.extend(a) * type.extend(b);
          };
      default ->
          switch (type) {
            case S64 -> Math::multiplyHigh;
            case U64 -> IntegerFunctions::multiplyHighUnsigned;
            default -> (a, b) -> (type.extend(a) * type.extend(b)) >> type.bits;
          };
    };
  }

  private static long multiplyHighUnsigned(long a, long b) {
    return Math.multiplyHigh(a, b) + (a >> 63 & b) + (b >> 63 & a);
  }

  private static Ternary multiplyAdd(String half, PtxType type) {
    Binary product = multiply(half, type);
    return (a, b, c) -> product.apply(a, b) + c;
  }

  private static Binary divide(PtxType type) {
    boolean unsigned = type == PtxType.U64;
    return (a, b) -> {
      long x = type.extend(a);
      long y = nonZero(type.extend(b));
      return unsigned ? Long.divideUnsigned(x, y) : x / y;
    };
  }

  private static Binary remainder(PtxType type) {
    boolean unsigned = type == PtxType.U64;
    return (a, b) -> {
      long x = type.extend(a);
      long y = nonZero(type.extend(b));
      return unsigned ? Long.remainderUnsigned(x, y) : x % y;
    };
  }

  private static long nonZero(long divisor) {
    if (divisor == 0) {
      throw new DivisionByZero();
    }
    return divisor;
  }

  private static Binary min(PtxType type) {
    return type == PtxType.U64
        ? (a, b) -> Long.compareUnsigned(a, b) < 0 ? a : b
        : (a, b) -> Math.min(type.extend(a), type.extend(b));
  }

  private static Binary max(PtxType type) {
    return type == PtxType.U64
        ? (a, b) -> Long.compareUnsigned(a, b) > 0 ? a : b
        : (a, b) -> Math.max(type.extend(a), type.extend(b));
  }

  private static Unary absolute(PtxType type) {
    return a -> Math.abs(type.extend(a));
  }

  private static Unary negate(PtxType type) {
    return a -> -type.extend(a);
  }

  private static Ternary sumOfDifference(PtxType type) {
    return (a, b, c) -> {
      long x = type.extend(a);
      long y = type.extend(b);
      boolean less = type == PtxType.U64 ? Long.compareUnsigned(x, y) < 0 : x < y;
      return c + (less ? y - x : x - y);
    };
  }

  private static LaneFunction logic(String opcode, PtxType type) {
    return switch (opcode) {
      case "and" -> (Binary) (a, b) -> a & b;
      case "or" -> (Binary) (a, b) -> a | b;
      case "xor" -> (Binary) (a, b) -> a ^ b;
      case "not" -> (Unary) a -> ~a;
      default -> (Unary) a -> unsigned(a, type) == 0 ? 1 : 0;
    };
  }

  /** The value of the low bits, whatever sign the type may have. */
  private static long unsigned(long value, PtxType type) {
    return type.bits == 64 ? value : value & (1L << type.bits) - 1;
  }

  private static Binary shiftLeft(PtxType type) {
    return (a, b) -> {
      long amount = b & 0xFFFFFFFFL;
      return amount >= type.bits ? 0 : a << amount;
    };
  }

  private static Binary shiftRight(PtxType type) {
    return (a, b) -> {
      long amount = b & 0xFFFFFFFFL;
      if (type.isSigned()) {
        return type.extend(a) >> Math.min(amount, 63);
      }
      return amount >= type.bits ? 0 : unsigned(a, type) >>> amount;
    };
  }

  private static Ternary funnelShift(Modifiers modifiers) {
    boolean left = modifiers.take("l");
    boolean wrap = modifiers.take("wrap");
    if (left == modifiers.take("r") || wrap == modifiers.take("clamp")) {
      throw modifiers.notImplemented();
    }
    modifiers.takeType();
    return (a, b, c) -> {
      long both = (b << 32) | (a & 0xFFFFFFFFL);
      int amount = (int) (wrap ? c & 31 : Math.min(c & 0xFFFFFFFFL, 32));
      return left ? both << amount >>> 32 : both >>> amount;
    };
  }

  private static Unary populationCount(PtxType type) {
    return a -> Long.bitCount(unsigned(a, type));
  }

  private static Unary leadingZeros(PtxType type) {
    return a -> Long.numberOfLeadingZeros(unsigned(a, type)) - (64 - type.bits);
  }

  private static Unary findHighest(boolean asShift, PtxType type) {
    return a -> {
      long value = type.extend(a);
      int leading = Long.numberOfLeadingZeros(type.isSigned() && value < 0 ? ~value : value);
      if (leading == 64) {
        return 0xFFFFFFFFL;
      }
      return asShift ? leading - (64 - type.bits) : 63 - leading;
    };
  }

  private static Unary reverse(PtxType type) {
    return a -> Long.reverse(a) >>> (64 - type.bits);
  }

  private static Ternary extract(PtxType type) {
    return (a, b, c) -> {
      int position = (int) b & 0xFF;
      int length = (int) c & 0xFF;
      long value = type.extend(a);
      if (length == 0) {
        return 0;
      }
      // Bits beyond the type are those of the sign that the extracted field has.
      long sign = type.isSigned() ? value >> Math.min(position + length - 1, type.bits - 1) & 1 : 0;
      long field = position >= type.bits ? 0 : unsigned(value, type) >>> position;
      int kept = Math.min(length, Math.max(0, type.bits - position));
      if (kept == 64) {
        return field;
      }
      long low = (1L << kept) - 1;
      return sign == 0 ? field & low : (field & low) | ~low;
    };
  }

  private static Quaternary insert(PtxType type) {
    return (field, into, c, d) -> {
      int position = (int) c & 0xFF;
      int length = (int) d & 0xFF;
      if (length == 0 || position >= type.bits) {
        return into;
      }
      long ones = length >= 64 ? -1L : (1L << length) - 1;
      long mask = ones << position;
      return (into & ~mask) | ((field << position) & mask);
    };
  }

  private static Ternary permuteBytes(Modifiers modifiers) {
    modifiers.takeType();
    return (a, b, selector) -> {
      long bytes = (b << 32) | (a & 0xFFFFFFFFL);
      long result = 0;
      for (int i = 0; i < 4; i++) {
        int choice = (int) (selector >>> (4 * i)) & 0xF;
        long picked = (bytes >>> (8 * (choice & 7))) & 0xFF;
        if ((choice & 8) != 0) {
          picked = (picked & 0x80) != 0 ? 0xFF : 0;
        }
        result |= picked << (8 * i);
      }
      return result;
    };
  }

  private static Quaternary logicOfThree(Modifiers modifiers) {
    modifiers.takeType();
    return (a, b, c, table) -> {
      long result = 0;
      for (int row = 0; row < 8; row++) {
        if ((table >>> row & 1) != 0) {
          result |=
              ((row & 4) != 0 ? a : ~a) & ((row & 2) != 0 ? b : ~b) & ((row & 1) != 0 ? c : ~c);
        }
      }
      return result;
    };
  }
}
