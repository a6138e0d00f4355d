package io.rowwise.spark;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ExactSumsTest {
  @ParameterizedTest
  @ValueSource(doubles = {1e-300, 1e-20, 1, 3.7, 1e20, 1e280})
  void anyOrderAndGroupingGivesTheSameBitsNearTheSum(double size) {
    Random random = new Random(1);
    List<Double> terms = new ArrayList<>();
    BigDecimal sum = BigDecimal.ZERO;
    for (int i = 0; i < 1000; i++) {
      double term = (2 * random.nextDouble() - 1) * size;
      terms.add(term);
      sum = sum.add(new BigDecimal(term));
    }
    double scale = ExactSums.scale(ExactSums.exponent(1000 * size));
    double[] results = new double[5];
    for (int r = 0; r < results.length; r++) {
      Collections.shuffle(terms, random);
      ExactSums all = new ExactSums(1);
      ExactSums part = new ExactSums(1);
      for (double term : terms) {
        part.add(0, term, scale);
        if (random.nextInt(1 + r * 10) == 0) {
          all.add(part);
          part = new ExactSums(1);
        }
      }
      all.add(part);
      results[r] = all.get(0, scale);
      assertTrue(!all.isExceeded());
    }
    double[] first = new double[results.length];
    java.util.Arrays.fill(first, results[0]);
    assertArrayEquals(first, results);
    // Each term loses at most half of 1 / scale; a scale ends where doubles do.
    assertEquals(sum.doubleValue(), results[0], 1000 / scale);
  }

  @Test
  void whatIsNoNumberOrTooLargeIsTold() {
    for (double term : new double[] {Double.NaN, Double.POSITIVE_INFINITY, 1e10}) {
      ExactSums sums = new ExactSums(2);
      sums.add(1, 1, ExactSums.scale(3));
      assertTrue(!sums.isExceeded());
      sums.add(1, term, ExactSums.scale(3));
      assertTrue(sums.isExceeded(), () -> term + " was added");
    }
  }
}
