package io.rowwise.trainer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.rowwise.random.NumpyRandom;
import java.math.BigDecimal;
import java.math.MathContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Means and deviations in one pass, beside decimal arithmetic of 100 digits. */
final class FeatureSumsTest {
  private static final MathContext DIGITS = new MathContext(100);

  @ParameterizedTest
  @CsvSource({
    "0, 1",
    "1e3, 1",
    "-1e6, 1e-1",
    "1e8, 1",
    "2016, 1e-3",
    "1e-200, 1e-200",
    "1e100, 1e99"
  })
  void theyAreThoseOfTheValues(double centre, double spread) {
    int rows = 5000;
    NumpyRandom random = new NumpyRandom(3);
    double[] values = new double[rows];
    BigDecimal sum = BigDecimal.ZERO;
    FeatureSums sums = new FeatureSums(1);
    for (int i = 0; i < rows; i++) {
      values[i] = centre + spread * random.standardNormal();
      sum = sum.add(new BigDecimal(values[i]));
    }
    sums.add(values, 0, 2000);
    sums.add(values, 2000, rows - 2000);
    BigDecimal mean = sum.divide(BigDecimal.valueOf(rows), DIGITS);
    BigDecimal squares = BigDecimal.ZERO;
    for (double value : values) {
      BigDecimal difference = new BigDecimal(value).subtract(mean);
      squares = squares.add(difference.multiply(difference), DIGITS);
    }
    double deviation = squares.divide(BigDecimal.valueOf(rows), DIGITS).sqrt(DIGITS).doubleValue();
    assertEquals(mean.doubleValue(), sums.means()[0], Math.ulp(mean.doubleValue()));
    // Squares below 1e-308 have fewer digits.
    double tolerance = centre == 1e-200 ? deviation : 4 * Math.ulp(deviation);
    assertEquals(deviation, sums.deviations()[0], tolerance);
  }

  @Test
  void aConstantHasNoDeviationAndWhatOverflowsAnInfiniteOne() {
    FeatureSums sums = new FeatureSums(2);
    sums.add(new double[] {0.1, 1e200, 0.1, -1e200, 0.1, 3e200}, 0, 3);
    assertEquals(0, sums.deviations()[0]);
    assertEquals(Double.POSITIVE_INFINITY, sums.deviations()[1]);
  }
}
