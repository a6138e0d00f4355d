package io.rowwise.dataset;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.reflect.Array;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

class NpyArrayTest {
  @Test
  void valuesOfTheSameTypeAreNotCopied() {
    double[] doubles = {1};
    float[] floats = {1};
    int[] ints = {1};
    long[] longs = {1};
    assertSame(doubles, NpyArray.of(doubles, 1).doubles());
    assertSame(floats, NpyArray.of(floats, 1).floats());
    assertSame(ints, NpyArray.of(ints, 1).ints());
    assertSame(longs, NpyArray.of(longs, 1).longs());
  }

  @Test
  void theShapeIsCopied() {
    int[] shape = {2, 1};
    NpyArray array = NpyArray.of(new int[2], shape);
    shape[0] = 9;
    array.shape()[1] = 9;
    assertArrayEquals(new int[] {2, 1}, array.shape());
  }

  @Test
  void wideningIsExact() {
    assertArrayEquals(
        new double[] {0.10000000149011612, Float.MIN_VALUE, Double.NaN},
        NpyArray.of(new float[] {0.1f, Float.MIN_VALUE, Float.NaN}, 3).doubles());
    assertArrayEquals(
        new double[] {-2147483648.0, 2147483647.0},
        NpyArray.of(new int[] {Integer.MIN_VALUE, Integer.MAX_VALUE}, 2).doubles());
    assertArrayEquals(
        new double[] {-0x1p53, 0x1p53},
        NpyArray.of(new long[] {-(1L << 53), 1L << 53}, 2).doubles());
    assertArrayEquals(new long[] {-3}, NpyArray.of(new int[] {-3}, 1).longs());
  }

  @Test
  void narrowingThatFitsIsExact() {
    assertArrayEquals(
        new int[] {Integer.MIN_VALUE, Integer.MAX_VALUE},
        NpyArray.of(new long[] {Integer.MIN_VALUE, Integer.MAX_VALUE}, 2).ints());
  }

  @Test
  void conversionsThatLoseSomethingAreRefused() {
    assertMessage(
        "ints: value 2147483648 at position 1 does not fit; take longs()",
        NpyArray.of(new long[] {0, 1L << 31}, 2)::ints);
    assertMessage(
        "doubles: value 9007199254740993 at position 0 is beyond ±2^53, where doubles are not"
            + " exact; take longs(), or save array.astype(numpy.float64), which rounds",
        NpyArray.of(new long[] {(1L << 53) + 1}, 1)::doubles);
    assertMessage(
        "doubles: value -9223372036854775808 at position 0 is beyond ±2^53, where doubles are not"
            + " exact; take longs(), or save array.astype(numpy.float64), which rounds",
        NpyArray.of(new long[] {Long.MIN_VALUE}, 1)::doubles);
    assertMessage(
        "ints: the array holds float64, want integers; or take doubles()",
        NpyArray.of(new double[1], 1)::ints);
    assertMessage(
        "longs: the array holds float32, want integers; or take doubles()",
        NpyArray.of(new float[1], 1)::longs);
    assertMessage(
        "floats: the array holds float64, want float32, float16, bool or integers of at most 16"
            + " bits; or take doubles()",
        NpyArray.of(new double[1], 1)::floats);
  }

  @Test
  void everyTypeIsTakenAsWhateverHoldsIt() {
    NpyArray bool = array(NpyElementType.BOOL, new byte[] {0, 1, -1, 2});
    assertArrayEquals(new int[] {0, 1, 1, 1}, bool.ints());
    assertArrayEquals(new long[] {0, 1, 1, 1}, bool.longs());
    assertArrayEquals(new float[] {0, 1, 1, 1}, bool.floats());
    byte[] bytes = {-128, 127, -1};
    assertArrayEquals(new int[] {-128, 127, -1}, array(NpyElementType.INT8, bytes).ints());
    assertArrayEquals(new long[] {128, 127, 255}, array(NpyElementType.UINT8, bytes).longs());
    assertArrayEquals(new float[] {128, 127, 255}, array(NpyElementType.UINT8, bytes).floats());
    short[] shorts = {Short.MIN_VALUE, -1};
    assertArrayEquals(new int[] {-32768, -1}, array(NpyElementType.INT16, shorts).ints());
    assertArrayEquals(new float[] {32768, 65535}, array(NpyElementType.UINT16, shorts).floats());
    int[] ints = {1, -1};
    assertArrayEquals(new long[] {1, 0xFFFFFFFFL}, array(NpyElementType.UINT32, ints).longs());
    assertMessage(
        "ints: value 4294967295 at position 1 does not fit; take longs()",
        array(NpyElementType.UINT32, ints)::ints);
    assertMessage(
        "floats: the array holds uint32, want float32, float16, bool or integers of at most 16"
            + " bits; or take doubles()",
        array(NpyElementType.UINT32, ints)::floats);
    NpyArray large = array(NpyElementType.UINT64, new long[] {7, -1});
    assertMessage(
        "ints: value 18446744073709551615 at position 1 does not fit; take longs()", large::ints);
    assertMessage(
        "longs: value 18446744073709551615 at position 1 does not fit; in NumPy, save"
            + " array.astype(numpy.float64), which rounds",
        large::longs);
    assertMessage(
        "doubles: value 18446744073709551615 at position 1 is beyond ±2^53, where doubles are not"
            + " exact; take longs(), or save array.astype(numpy.float64), which rounds",
        large::doubles);
    NpyArray halves = array(NpyElementType.FLOAT16, new short[] {0x3C00, (short) 0xC000});
    assertArrayEquals(new float[] {1, -2}, halves.floats());
    assertArrayEquals(new double[] {1, -2}, halves.doubles());
    assertMessage("ints: the array holds float16, want integers; or take doubles()", halves::ints);
  }

  private static NpyArray array(NpyElementType type, Object values) {
    int size = Array.getLength(values);
    return new NpyArray(type, new int[] {size}, values, size);
  }

  @Test
  void shapesThatAreNotThoseOfTheValuesAreRefused() {
    assertMessage(
        "shape: 6 values do not have the shape [2, 2]", () -> NpyArray.of(new double[6], 2, 2));
    assertMessage("shape: 0 values do not have the shape []", () -> NpyArray.of(new double[0]));
    assertMessage(
        "shape: 6 values do not have the shape [65536, 65536]",
        () -> NpyArray.of(new int[6], 65536, 65536));
    assertMessage(
        "shape: [-2, -3] has a negative dimension", () -> NpyArray.of(new long[6], -2, -3));
    assertMessage(
        "shape: 65 dimensions, want at most 64", () -> NpyArray.of(new float[0], new int[65]));
  }

  private static void assertMessage(String message, Executable mistake) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, mistake).getMessage());
  }
}
