package io.rowwise.file;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

/** Every number there is, against the definition. */
final class HalfPrecisionTest {
  @Test
  void binary16IsWhatIeee754Says() {
    for (int bits = 0; bits < 1 << 16; bits++) {
      int exponent = bits >> 10 & 31;
      int significand = bits & 1023;
      double magnitude =
          exponent == 31
              ? significand == 0 ? Double.POSITIVE_INFINITY : Double.NaN
              : exponent == 0
                  ? significand * Math.pow(2, -24)
                  : (1024 + significand) * Math.pow(2, exponent - 25);
      double wanted = bits >> 15 == 0 ? magnitude : -magnitude;
      assertEquals(wanted, HalfPrecision.ofBinary16((short) bits), Integer.toHexString(bits));
    }
  }

  @Test
  void bfloat16IsHalfAFloat() {
    for (int bits = 0; bits < 1 << 16; bits++) {
      assertEquals(Float.intBitsToFloat(bits << 16), HalfPrecision.ofBfloat16((short) bits));
    }
    assertEquals(1.0f, HalfPrecision.ofBfloat16((short) 0x3F80));
  }
}
