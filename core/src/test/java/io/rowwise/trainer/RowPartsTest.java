package io.rowwise.trainer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.rowwise.backend.Backend;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.backend.contract.ReferenceBackend;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The mean of rows in parts of three, of which the values are the rows' numbers. */
class RowPartsTest {
  private static final int ROWS = 8;

  private final Backend backend = new ReferenceBackend();
  private final List<String> weighed = new ArrayList<>();
  private final List<String> computed = new ArrayList<>();

  private static double weight(int row) {
    return row < 3 ? 0 : row % 2 + 1;
  }

  private double weigh(int from, int to) {
    weighed.add(from + ".." + to);
    return weight(from, to);
  }

  private static double weight(int from, int to) {
    double sum = 0;
    for (int row = from; row < to; row++) {
      sum += weight(row);
    }
    return sum;
  }

  private double mean(int from, int to) {
    computed.add(from + ".." + to);
    double sum = 0;
    for (int row = from; row < to; row++) {
      sum += weight(row) * row;
    }
    return sum / weight(from, to);
  }

  private RowParts parts() {
    return new RowParts(backend, (from, to) -> Math.min(to, (from / 3 + 1) * 3), this::weigh);
  }

  private double[] crossEntropy(RowParts parts, int from, int to) {
    try (Matrix loss = backend.matrix(ElementType.FLOAT64, 1, 1);
        Matrix gradient = backend.matrix(ElementType.FLOAT64, 2, 2)) {
      parts.crossEntropy(
          from,
          to,
          loss,
          gradient,
          (first, end, lossOfPart, gradientOfPart) -> {
            backend.fill(mean(first, end), lossOfPart);
            backend.fill(-mean(first, end), gradientOfPart);
          });
      assertEquals(-loss.toDoubles()[0], gradient.toDoubles()[3], 1e-15);
      return loss.toDoubles();
    }
  }

  @Test
  void aMeanIsThatOfThePartsByTheirWeight() {
    try (RowParts parts = parts()) {
      double wanted = (2 * 3 + 4 + 2 * 5 + 6 + 2 * 7) / 8.0;
      assertEquals(wanted, parts.mean(0, ROWS, this::mean), 1e-15);
      assertEquals(List.of("3..6", "6..8"), computed, "the first part weighs nothing");
      assertArrayEquals(new double[] {wanted}, crossEntropy(parts, 0, ROWS), 1e-15);
    }
  }

  @Test
  void partsAreWeighedOnce() {
    try (RowParts parts = parts()) {
      for (int evaluation = 0; evaluation < 3; evaluation++) {
        parts.mean(0, ROWS, this::mean);
        crossEntropy(parts, 0, ROWS);
      }
      assertEquals(List.of("0..8", "0..3", "3..6", "6..8"), weighed);
      crossEntropy(parts, 4, 8);
      assertEquals(List.of("4..8", "4..6"), weighed.subList(4, 6));
    }
  }

  @Test
  void onePartIsNotWeighed() {
    try (RowParts parts = parts()) {
      assertEquals((4 + 2 * 5) / 3.0, parts.mean(4, 6, this::mean), 1e-15);
      assertEquals((4 + 2 * 5) / 3.0, crossEntropy(parts, 4, 6)[0], 1e-15);
      assertEquals(List.of(), weighed);
    }
  }

  @Test
  void rowsThatWeighNothingHaveNoMean() {
    try (RowParts parts = new RowParts(backend, (from, to) -> from + 1, (from, to) -> 0)) {
      assertEquals(Double.NaN, parts.mean(0, 2, this::mean));
      assertEquals(Double.NaN, crossEntropy(parts, 0, 2)[0]);
      assertEquals(List.of(), computed);
    }
  }
}
