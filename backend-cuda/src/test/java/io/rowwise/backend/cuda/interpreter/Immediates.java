package io.rowwise.backend.cuda.interpreter;

import io.rowwise.backend.cuda.interpreter.Operand.Immediate;
import io.rowwise.backend.cuda.ptx.PtxException;
import java.math.BigInteger;

/** Numbers in a PTX text. */
final class Immediates {
  private Immediates() {}

  /** A number as it is written: 12, 0x1F, 017, 0b11, 1U, 0f3F800000, 0d3FF0000000000000, 1.5e3. */
  static Immediate parse(String written, boolean negative, int line) {
    String digits = written.endsWith("U") ? written.substring(0, written.length() - 1) : written;
    try {
      if (digits.startsWith("0f") || digits.startsWith("0F")) {
        int bits = Integer.parseUnsignedInt(digits.substring(2), 16);
        requireDigits(digits, 10, line);
        return new Immediate(negative ? bits ^ Integer.MIN_VALUE : bits, Immediate.Form.FLOAT);
      }
      if (digits.startsWith("0d") || digits.startsWith("0D")) {
        long bits = Long.parseUnsignedLong(digits.substring(2), 16);
        requireDigits(digits, 18, line);
        return new Immediate(negative ? bits ^ Long.MIN_VALUE : bits, Immediate.Form.DOUBLE);
      }
      boolean hexadecimal = digits.startsWith("0x") || digits.startsWith("0X");
      if (!hexadecimal && (digits.contains(".") || digits.contains("e"))) {
        double value = Double.parseDouble(digits);
        return new Immediate(
            Double.doubleToRawLongBits(negative ? -value : value), Immediate.Form.DOUBLE);
      }
      BigInteger value;
      if (hexadecimal) {
        value = new BigInteger(digits.substring(2), 16);
      } else if (digits.startsWith("0b") || digits.startsWith("0B")) {
        value = new BigInteger(digits.substring(2), 2);
      } else {
        value = new BigInteger(digits, digits.startsWith("0") ? 8 : 10);
      }
      if (value.bitLength() > 64) {
        throw new PtxException(line, written + " does not fit into 64 bits");
      }
      return new Immediate(
          negative ? value.negate().longValue() : value.longValue(), Immediate.Form.INTEGER);
    } catch (NumberFormatException e) {
      throw (PtxException) new PtxException(line, "`" + written + "` is not a number").initCause(e);
    }
  }

  private static void requireDigits(String written, int length, int line) {
    if (written.length() != length) {
      throw new PtxException(line, "`" + written + "` has too few digits");
    }
  }

  /** The bits of the number where an operand of the type is wanted. */
  static long bits(Immediate immediate, PtxType type) {
    if (!type.isFloating() || immediate.form() == Immediate.Form.INTEGER) {
      return immediate.bits();
    }
    boolean single = immediate.form() == Immediate.Form.FLOAT;
    if (single == (type == PtxType.F32)) {
      return immediate.bits();
    }
    return single
        ? Double.doubleToRawLongBits(Float.intBitsToFloat((int) immediate.bits()))
        : Float.floatToRawIntBits((float) Double.longBitsToDouble(immediate.bits()));
  }
}
