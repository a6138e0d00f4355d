package io.rowwise.array;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GrowingArraysTest {
  @ParameterizedTest
  @CsvSource({
    "0, 1, 1",
    "0, 330, 330",
    "16, 17, 25",
    "16, 100, 100",
    "1500000000, 1500000001, 2147483639",
    "2147483638, 2147483639, 2147483639",
  })
  void halfAsMuchAgainAndWhatIsWanted(int length, int wanted, int grown) {
    assertEquals(grown, ArrayLength.grown(length, wanted));
  }

  @ParameterizedTest
  @ValueSource(longs = {2_147_483_640L, 1L << 40})
  void moreThanAnArrayHasIsRefused(long wanted) {
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class, () -> ArrayLength.grown(ArrayLength.LARGEST, wanted));
    assertEquals(
        "array: " + wanted + " elements, wanted at most 2147483639; give fewer rows at a time",
        e.getMessage());
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 16, 17, 1000})
  void allThatWasAddedIsThere(int count) {
    GrowingInts ints = new GrowingInts();
    GrowingDoubles doubles = new GrowingDoubles();
    for (int i = 0; i < count; i++) {
      ints.add(3 * i);
      doubles.add(0.5 * i);
    }
    assertEquals(count, ints.size());
    assertEquals(count, doubles.size());
    assertArrayEquals(IntStream.range(0, count).map(i -> 3 * i).toArray(), ints.toArray());
    assertArrayEquals(
        IntStream.range(0, count).mapToDouble(i -> 0.5 * i).toArray(), doubles.toArray());
    for (int i = 0; i < count; i++) {
      assertEquals(3 * i, ints.get(i));
      assertEquals(0.5 * i, doubles.get(i));
    }
  }

  @Test
  void whatWasForgottenIsNotInTheCopies() {
    GrowingInts ints = new GrowingInts();
    GrowingDoubles doubles = new GrowingDoubles();
    ints.add(1);
    doubles.add(1);
    int[] copy = ints.toArray();
    ints.clear();
    doubles.clear();
    assertEquals(0, ints.size());
    assertEquals(0, doubles.toArray().length);
    ints.add(2);
    doubles.add(2);
    assertArrayEquals(new int[] {1}, copy);
    assertArrayEquals(new int[] {2}, ints.toArray());
    assertArrayEquals(new double[] {2}, doubles.toArray());
  }
}
