package io.rowwise.file;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

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

  /** How a type of 16 bits is read and rounded to. */
  private interface Type {
    float of(short bits);

    short bits(float value);

    short bits(double value);
  }

  private static final Type BINARY16 =
      new Type() {
        @Override
        public float of(short bits) {
          return HalfPrecision.ofBinary16(bits);
        }

        @Override
        public short bits(float value) {
          return HalfPrecision.binary16(value);
        }

        @Override
        public short bits(double value) {
          return HalfPrecision.binary16(value);
        }
      };

  private static final Type BFLOAT16 =
      new Type() {
        @Override
        public float of(short bits) {
          return HalfPrecision.ofBfloat16(bits);
        }

        @Override
        public short bits(float value) {
          return HalfPrecision.bfloat16(value);
        }

        @Override
        public short bits(double value) {
          return HalfPrecision.bfloat16(value);
        }
      };

  @Test
  void whatLiesBetweenTwoGoesToTheNearerAndFromTheMiddleToTheEvenOne() {
    for (Type type : new Type[] {BINARY16, BFLOAT16}) {
      for (int bits = 0; bits < 0x7FFF; bits++) {
        double low = type.of((short) bits);
        if (!(low < Double.POSITIVE_INFINITY)) {
          continue;
        }
        double next = type.of((short) (bits + 1));
        // Infinity begins where the next number would.
        double high =
            next < Double.POSITIVE_INFINITY ? next : low + (low - type.of((short) (bits - 1)));
        double middle = (low + high) / 2;
        int even = bits + (bits & 1);
        assertRounded(type, bits, low);
        assertRounded(type, bits, Math.nextDown(middle));
        assertRounded(type, even, middle);
        assertRounded(type, bits + 1, Math.nextUp(middle));
      }
      assertRounded(type, type == BINARY16 ? 0x7C00 : 0x7F80, Double.POSITIVE_INFINITY);
      assertRounded(type, type == BINARY16 ? 0x7C00 : 0x7F80, Double.MAX_VALUE);
      assertRounded(type, 0, Double.MIN_VALUE);
    }
  }

  private static void assertRounded(Type type, int expected, double value) {
    assertEquals((short) expected, type.bits(value), () -> "of " + value);
    assertEquals((short) (expected | 0x8000), type.bits(-value), () -> "of " + -value);
    if ((float) value == value) {
      assertEquals((short) expected, type.bits((float) value), () -> "of the float " + value);
      assertEquals((short) (expected | 0x8000), type.bits((float) -value));
    }
  }

  @Test
  void floatsBesideTheMiddleGoToTheNearer() {
    for (Type type : new Type[] {BINARY16, BFLOAT16}) {
      for (int bits = 0; Float.isFinite(type.of((short) (bits + 1))); bits++) {
        float middle = (float) (((double) type.of((short) bits) + type.of((short) (bits + 1))) / 2);
        assertEquals((short) bits, type.bits(Math.nextDown(middle)));
        assertEquals((short) (bits + 1), type.bits(Math.nextUp(middle)));
      }
    }
  }

  @Test
  void notANumberStaysSo() {
    for (int bits : new int[] {0x7F800001, 0x7FFFFFFF, 0xFF800001, 0xFFFFFFFF, 0x7FC00000}) {
      float value = Float.intBitsToFloat(bits);
      for (Type type : new Type[] {BINARY16, BFLOAT16}) {
        assertTrue(Float.isNaN(type.of(type.bits(value))));
        assertTrue(Float.isNaN(type.of(type.bits((double) value))));
      }
    }
  }
}
