package io.rowwise.random;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.rowwise.reference.ReferenceTables;
import java.util.Arrays;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class NumpyRandomTest {
  static Stream<Arguments> seeds() {
    return StreamSupport.stream(ReferenceTables.json("numpy_random.json").spliterator(), false)
        .map(expected -> Arguments.of(expected.get("seed").longValue(), expected));
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void doublesAreNumpys(long seed, JsonNode expected) {
    var random = new NumpyRandom(seed);
    double[] wanted = ReferenceTables.doubles(expected.get("random_sample"));
    assertArrayEquals(
        wanted, Stream.generate(random::nextDouble).limit(9).mapToDouble(d -> d).toArray());
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void uniformValuesAreNumpys(long seed, JsonNode expected) {
    var random = new NumpyRandom(seed);
    for (double wanted : ReferenceTables.doubles(expected.get("uniform"))) {
      assertEquals(wanted, random.uniform(-1, 1));
    }
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void normalValuesAreNumpys(long seed, JsonNode expected) {
    var random = new NumpyRandom(seed);
    for (double wanted : ReferenceTables.doubles(expected.get("standard_normal"))) {
      assertEquals(wanted, random.standardNormal());
    }
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void normalArraysAreNumpys(long seed, JsonNode expected) {
    double[] values = new double[9];
    new NumpyRandom(seed).standardNormal(values);
    assertArrayEquals(ReferenceTables.doubles(expected.get("standard_normal")), values);
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void integersAreNumpys(long seed, JsonNode expected) {
    for (int bound : new int[] {3, 1000}) {
      var random = new NumpyRandom(seed);
      for (int wanted : ReferenceTables.ints(expected.get("randint_" + bound))) {
        assertEquals(wanted, random.randint(bound));
      }
    }
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void shufflesAreNumpys(long seed, JsonNode expected) {
    int[] values = IntStream.range(0, 12).toArray();
    new NumpyRandom(seed).shuffle(values);
    assertArrayEquals(ReferenceTables.ints(expected.get("shuffle_12")), values);
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void shufflesOfRowsAreNumpys(long seed, JsonNode expected) {
    double[] values = IntStream.range(0, 12).asDoubleStream().toArray();
    new NumpyRandom(seed).shuffleRows(values, 2);
    JsonNode rows = expected.get("shuffle_rows_6x2");
    for (int row = 0; row < 6; row++) {
      assertArrayEquals(
          ReferenceTables.doubles(rows.get(row)), Arrays.copyOfRange(values, 2 * row, 2 * row + 2));
    }
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void permutationsAreNumpys(long seed, JsonNode expected) {
    assertArrayEquals(
        ReferenceTables.ints(expected.get("permutation_7")), new NumpyRandom(seed).permutation(7));
  }

  @Test
  void theFirstBitsOfSeed42AreNumpys() {
    var random = new NumpyRandom(42);
    assertEquals(1608637542L, random.nextUnsignedInt());
    assertEquals(3421126067L, random.nextUnsignedInt());
    assertEquals(4083286876L, random.nextUnsignedInt());
  }

  /** 5489 is the default seed of the Mersenne twister; C++ fixes the ten thousandth number. */
  @Test
  void theTenThousandthNumberIsThatOfTheStandardOfCpp() {
    var random = new NumpyRandom(5489);
    for (int i = 1; i < 10_000; i++) {
      random.nextUnsignedInt();
    }
    assertEquals(4123659995L, random.nextUnsignedInt());
  }

  @Test
  void theSecondNormalValueSurvivesOtherCalls() {
    var plain = new NumpyRandom(7);
    double first = plain.standardNormal();
    double second = plain.standardNormal();

    var disturbed = new NumpyRandom(7);
    assertEquals(first, disturbed.standardNormal());
    disturbed.uniform(0, 1);
    disturbed.shuffle(new int[10]);
    assertEquals(second, disturbed.standardNormal());
  }

  @Test
  void aBoundOfOneTakesNoBits() {
    var random = new NumpyRandom(42);
    assertEquals(0, random.randint(1));
    assertEquals(1608637542L, random.nextUnsignedInt());
  }

  @Test
  void theLargestBoundIsPossible() {
    var random = new NumpyRandom(42);
    assertEquals(1608637542, random.randint(Integer.MAX_VALUE));
  }

  @Test
  void thePermutationOf16IsNumpys() {
    assertArrayEquals(
        new int[] {0, 1, 5, 14, 13, 11, 8, 9, 2, 15, 4, 7, 10, 12, 3, 6},
        new NumpyRandom(42).permutation(16));
    assertEquals(0, new NumpyRandom(42).permutation(0).length);
  }

  @ParameterizedTest
  @ValueSource(longs = {-1, 4294967296L, Long.MIN_VALUE})
  void seedsThatNumpyRefusesAreRefused(long seed) {
    var e = assertThrows(IllegalArgumentException.class, () -> new NumpyRandom(seed));
    assertTrue(e.getMessage().startsWith("seed: " + seed + " is outside 0..4294967295"));
  }

  @Test
  void badArgumentsAreRefusedWithTheirValues() {
    var random = new NumpyRandom(0);
    assertEquals(
        "randint: the bound is 0, want at least 1",
        assertThrows(IllegalArgumentException.class, () -> random.randint(0)).getMessage());
    assertEquals(
        "permutation: the size is -3, want 0 or more",
        assertThrows(IllegalArgumentException.class, () -> random.permutation(-3)).getMessage());
    assertEquals(
        "shuffleRows: 7 values are not whole rows of 2",
        assertThrows(IllegalArgumentException.class, () -> random.shuffleRows(new double[7], 2))
            .getMessage());
    assertEquals(
        "uniform: the range from -1.7E308 to 1.7E308 is not finite",
        assertThrows(IllegalArgumentException.class, () -> random.uniform(-1.7e308, 1.7e308))
            .getMessage());
  }
}
