package io.rowwise.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rowwise.backend.contract.ReferenceBackend;
import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Whether two views share an element, against the sets of their elements. */
final class MatrixOverlapTest {
  private static Set<Long> places(Matrix matrix) {
    Set<Long> places = new HashSet<>();
    for (int row = 0; row < matrix.rows(); row++) {
      for (int column = 0; column < matrix.columns(); column++) {
        places.add(matrix.offset() + row * matrix.leadingDimension() + column);
      }
    }
    return places;
  }

  private static Matrix someRectangle(Matrix of, SplittableRandom random) {
    int row = random.nextInt(of.rows() + 1);
    int column = random.nextInt(of.columns() + 1);
    return of.rows(row, random.nextInt(row, of.rows() + 1))
        .columns(column, random.nextInt(column, of.columns() + 1));
  }

  @Test
  void rectanglesOfOneMatrixOverlapExactlyWhenTheyShareAnElement() {
    SplittableRandom random = new SplittableRandom(1);
    try (ReferenceBackend backend = new ReferenceBackend();
        Matrix owner = backend.matrix(ElementType.FLOAT64, 5, 6)) {
      int overlapping = 0;
      for (int i = 0; i < 5000; i++) {
        Matrix a = someRectangle(owner, random);
        Matrix b = someRectangle(owner, random);
        Set<Long> shared = places(a);
        shared.retainAll(places(b));
        assertEquals(!shared.isEmpty(), a.overlaps(b), a + " and " + b);
        assertEquals(!shared.isEmpty(), b.overlaps(a), b + " and " + a);
        overlapping += shared.isEmpty() ? 0 : 1;
      }
      assertTrue(overlapping > 100 && overlapping < 4900, "the cases are one-sided");
    }
  }

  @Test
  void noSharedElementIsMissedBetweenViewsOfDifferentShape() {
    SplittableRandom random = new SplittableRandom(2);
    int[][] shapes = {{5, 6}, {6, 5}, {2, 15}, {30, 1}, {1, 30}};
    try (ReferenceBackend backend = new ReferenceBackend();
        Matrix owner = backend.matrix(ElementType.FLOAT64, 5, 6)) {
      for (int i = 0; i < 5000; i++) {
        int[] first = shapes[random.nextInt(shapes.length)];
        int[] second = shapes[random.nextInt(shapes.length)];
        Matrix a = someRectangle(owner.reshape(first[0], first[1]), random);
        Matrix b = someRectangle(owner.reshape(second[0], second[1]), random);
        Set<Long> shared = places(a);
        shared.retainAll(places(b));
        // The other way round it may be careful: gaps of different widths are not looked into.
        assertTrue(shared.isEmpty() || a.overlaps(b), a + " and " + b);
        assertEquals(a.overlaps(b), b.overlaps(a), a + " and " + b);
        if (a.coincides(b)) {
          assertEquals(places(a), places(b));
        }
      }
    }
  }

  @Test
  void differentMatricesNeverOverlap() {
    try (ReferenceBackend backend = new ReferenceBackend();
        Matrix a = backend.matrix(ElementType.FLOAT64, 5, 6);
        Matrix b = backend.matrix(ElementType.FLOAT64, 5, 6)) {
      assertFalse(a.overlaps(b));
      assertFalse(a.coincides(b));
      assertTrue(a.overlaps(a));
      assertTrue(a.coincides(a));
      assertTrue(a.coincides(a.rows(0, 5)));
      assertTrue(a.rows(2, 3).coincides(a.rows(2, 3).reshape(1, 6)));
      assertFalse(a.rows(0, 4).coincides(a.rows(1, 5)));
      assertFalse(a.coincides(a.reshape(6, 5)));
    }
  }
}
