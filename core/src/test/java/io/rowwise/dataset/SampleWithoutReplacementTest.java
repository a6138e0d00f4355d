package io.rowwise.dataset;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rowwise.random.NumpyRandom;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SampleWithoutReplacementTest {
  /** scikit-learn's own example: sample_without_replacement(10, 5, random_state=42). */
  @Test
  void theExampleOfScikitLearnIsReproduced() {
    assertArrayEquals(
        new int[] {8, 1, 5, 0, 7}, SampleWithoutReplacement.draw(10, 5, new NumpyRandom(42)));
  }

  @Test
  void aWholePopulationTakesNoRandomNumbers() {
    var random = new NumpyRandom(42);
    assertArrayEquals(new int[] {0, 1, 2, 3}, SampleWithoutReplacement.draw(4, 4, random));
    assertEquals(1608637542L, random.nextUnsignedInt());
  }

  @Test
  void aSparseSampleTakesOneNumberForEachElement() {
    var expected = new NumpyRandom(42);
    int[] numbers = IntStream.range(0, 5).map(i -> expected.randint(1 << 30)).toArray();
    assertArrayEquals(numbers, SampleWithoutReplacement.draw(1 << 30, 5, new NumpyRandom(42)));
  }

  @Test
  void everyMethodGivesDifferentNumbersOfThePopulation() {
    for (int count : new int[] {9, 10, 500, 990, 991, 999, 1000}) {
      int[] sample = SampleWithoutReplacement.draw(1000, count, new NumpyRandom(count));
      assertEquals(count, Arrays.stream(sample).distinct().filter(i -> i >= 0 && i < 1000).count());
    }
  }

  @Test
  void numbersThatAreTakenAreDrawnAgain() {
    int repetitions = 0;
    for (int seed = 0; seed < 200; seed++) {
      var plain = new NumpyRandom(seed);
      int[] numbers = IntStream.range(0, 30).map(i -> plain.randint(1001)).toArray();
      if (Arrays.stream(numbers).limit(10).distinct().count() < 10) {
        repetitions++;
      }
      assertArrayEquals(
          Arrays.stream(numbers).distinct().limit(10).toArray(),
          SampleWithoutReplacement.draw(1001, 10, new NumpyRandom(seed)));
    }
    assertTrue(repetitions > 0, "no seed draws a number twice, so the test says nothing");
  }
}
