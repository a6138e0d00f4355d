package io.rowwise.backend.cpu.memory;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rowwise.backend.ElementType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** The seam of this JVM does what its text says, at every length of a vector's remainder. */
public final class NativeMemoryTest {
  private static final NativeMemory MEMORY = NativeMemory.OF_THIS_JVM;
  private static final int LOWEST_32 = -90;
  private static final long LOWEST_64 = -700;

  @Test
  void itIsThatOfTheJvm() {
    boolean isOld = Runtime.version().feature() < 22;
    assertEquals(isOld ? "UnsafeMemory" : "SegmentMemory", MEMORY.getClass().getSimpleName());
  }

  @Test
  void copiesAreOfTheElementsAskedFor() {
    for (ElementType type : ElementType.values()) {
      CpuStorage storage = CpuStorage.allocate(type, 100, new ScratchPool(1));
      try {
        for (int count = 0; count < 40; count++) {
          storage.clear();
          copyThereAndBack(storage, count);
        }
      } finally {
        storage.free();
      }
    }
  }

  @Test
  void theAddressOfABufferIsThatOfItsBeginningWhateverItsPosition() {
    ByteBuffer buffer = ByteBuffer.allocateDirect(64).order(ByteOrder.nativeOrder());
    buffer.putDouble(0, 2.5).putDouble(24, 3.5).position(24).limit(40);
    long address = MEMORY.address(buffer);
    assertEquals(2.5, MEMORY.float64(address));
    assertEquals(3.5, MEMORY.float64(address + 24));
    assertEquals(address + 24, MEMORY.address(buffer.slice()));
  }

  private static void copyThereAndBack(CpuStorage storage, int count) {
    long at = storage.address(7);
    long elsewhere = storage.address(50);
    double[] expected = new double[60];
    double[] doubles = new double[60];
    float[] floats = new float[60];
    for (int i = 0; i < 60; i++) {
      doubles[i] = i + 1;
      floats[i] = i + 1;
    }
    System.arraycopy(doubles, 3, expected, 5, count);
    switch (storage.type()) {
      case FLOAT32 -> {
        MEMORY.copy(floats, 3, at, count);
        MEMORY.copy(at, elsewhere, 4L * count);
        float[] back = new float[60];
        MEMORY.copy(elsewhere, back, 5, count);
        for (int i = 0; i < 60; i++) {
          assertEquals(expected[i], back[i]);
        }
        MEMORY.put(2.5f, at);
        assertEquals(2.5f, MEMORY.float32(at));
      }
      case FLOAT64 -> {
        MEMORY.copy(doubles, 3, at, count);
        MEMORY.copy(at, elsewhere, 8L * count);
        double[] back = new double[60];
        MEMORY.copy(elsewhere, back, 5, count);
        assertArrayEquals(expected, back);
        MEMORY.put(2.5, at);
        assertEquals(2.5, MEMORY.float64(at));
      }
      case BFLOAT16, FLOAT16 -> {
        short[] bits = new short[60];
        for (int i = 0; i < 60; i++) {
          bits[i] = storage.type().bits(doubles[i]);
        }
        MEMORY.copy(bits, 3, at, count);
        MEMORY.copy(at, elsewhere, 2L * count);
        short[] back = new short[60];
        MEMORY.copy(elsewhere, back, 5, count);
        for (int i = 0; i < 60; i++) {
          assertEquals(expected[i], storage.type().ofBits(back[i]));
        }
      }
    }
    double[] all = new double[100];
    storage.read(0, 1, 100, 100, all);
    for (int i = 0; i < 7; i++) {
      assertEquals(0, all[i]);
    }
    for (int i = 7 + Math.max(1, count); i < 50; i++) {
      assertEquals(0, all[i]);
    }
  }

  @Test
  void bitsAreThoseOfTheNumbers() {
    float[] numbers = {1, -0.0f, Float.NaN, Float.POSITIVE_INFINITY, Float.MIN_VALUE, 3.5f};
    int[] bits = {7, 7, 7, 7, 7, 7};
    MEMORY.toBits(numbers, 2, bits, 3);
    assertArrayEquals(new int[] {0x7FC00000, 0x7F800000, 1, 7, 7, 7}, bits);
    float[] back = {9, 9, 9, 9, 9, 9};
    MEMORY.toFloats(bits, back, 1, 3);
    assertArrayEquals(
        new float[] {9, Float.NaN, Float.POSITIVE_INFINITY, Float.MIN_VALUE, 9, 9}, back);
  }

  @Test
  void powersOfTwoScaleWithoutRounding() {
    SplittableRandom random = new SplittableRandom(3);
    for (int count : new int[] {1, 7, 8, 33, 300}) {
      float[] x = new float[count];
      float[] exponents = new float[count];
      double[] wideX = new double[count];
      double[] wideExponents = new double[count];
      double[] bases = new double[count];
      for (int i = 0; i < count; i++) {
        wideX[i] = 0.7 + 0.7 * random.nextDouble();
        x[i] = (float) wideX[i];
        exponents[i] = NativeMemory.SHIFT_32 + random.nextInt(-200, 200);
        wideExponents[i] = NativeMemory.SHIFT_64 + random.nextInt(-1200, 1200);
        bases[i] = NativeMemory.SHIFT_64 + random.nextInt(-9, 9);
      }
      scale(x, exponents, count);
      scale(wideX, wideExponents, bases, count);
    }
  }

  private static void scale(float[] x, float[] exponents, int count) {
    int base = Float.floatToRawIntBits(NativeMemory.SHIFT_32) + LOWEST_32;
    float[] out = new float[count];
    MEMORY.scale(x, exponents, base, LOWEST_32, new int[count], out, count);
    for (int i = 0; i < count; i++) {
      int n = (int) (exponents[i] - NativeMemory.SHIFT_32);
      boolean isInside = n >= LOWEST_32 && n < LOWEST_32 + 128;
      assertEquals(isInside ? Math.scalb(x[i], n) : Float.NaN, out[i], "2^" + n);
    }
  }

  private static void scale(double[] x, double[] exponents, double[] bases, int count) {
    long base = Double.doubleToRawLongBits(NativeMemory.SHIFT_64) + LOWEST_64;
    double[] out = new double[count];
    double[] relative = new double[count];
    MEMORY.scale(x, exponents, base, LOWEST_64, new long[count], out, count);
    MEMORY.scale(x, exponents, bases, LOWEST_64, new long[count], relative, count);
    for (int i = 0; i < count; i++) {
      int n = (int) (exponents[i] - NativeMemory.SHIFT_64);
      assertEquals(isInside(n) ? Math.scalb(x[i], n) : Double.NaN, out[i], "2^" + n);
      int m = (int) (exponents[i] - bases[i]);
      assertEquals(isInside(m) ? Math.scalb(x[i], m) : Double.NaN, relative[i], "2^" + m);
    }
  }

  private static boolean isInside(int n) {
    return n >= LOWEST_64 && n < LOWEST_64 + 1024;
  }

  @Test
  void numbersAreSplitIntoPowerAndMantissa() {
    double[] x = {
      1,
      0.7,
      0.71,
      1.41,
      1.42,
      2,
      3,
      1e-30,
      1e30,
      0,
      -1,
      -0.0,
      1e-310,
      1e308,
      Double.NaN,
      Double.POSITIVE_INFINITY,
      Double.NEGATIVE_INFINITY,
      Double.MIN_NORMAL
    };
    int count = x.length;
    float[] narrow = new float[count];
    for (int i = 0; i < count; i++) {
      narrow[i] = (float) x[i];
    }
    double[] powers = new double[count];
    double[] mantissas = new double[count];
    MEMORY.split(x, powers, mantissas, new long[count], count);
    float[] narrowPowers = new float[count];
    float[] narrowMantissas = new float[count];
    MEMORY.split(narrow, narrowPowers, narrowMantissas, new int[count], count);
    for (int i = 0; i < count; i++) {
      boolean isNormal = x[i] >= Double.MIN_NORMAL && x[i] <= Double.MAX_VALUE;
      assertPart(isNormal, x[i], powers[i] - NativeMemory.SHIFT_64, mantissas[i]);
      boolean isNormalFloat = narrow[i] >= Float.MIN_NORMAL && narrow[i] <= Float.MAX_VALUE;
      assertPart(
          isNormalFloat, narrow[i], narrowPowers[i] - NativeMemory.SHIFT_32, narrowMantissas[i]);
    }
  }

  private static void assertPart(boolean isNormal, double x, double power, double mantissa) {
    if (!isNormal) {
      assertTrue(Double.isNaN(mantissa), () -> "of " + x + ": " + mantissa);
      return;
    }
    assertEquals(x, mantissa * Math.pow(2, power), "of " + x);
    assertTrue(mantissa >= 0.7071 && mantissa < 1.4143, () -> "of " + x + ": " + mantissa);
  }
}
