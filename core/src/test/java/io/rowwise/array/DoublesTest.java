package io.rowwise.array;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import org.junit.jupiter.api.Test;

class DoublesTest {
  @Test
  void eachFloatIsADouble() {
    float[] floats = {0.1f, -0.0f, Float.MIN_VALUE, Float.MAX_VALUE, Float.NaN, -1 / 0f};
    double[] wanted = {0x1.99999ap-4, -0.0, 0x1p-149, 0x1.fffffep127, Double.NaN, -1 / 0.0};
    assertArrayEquals(wanted, Doubles.of(floats));
  }
}
