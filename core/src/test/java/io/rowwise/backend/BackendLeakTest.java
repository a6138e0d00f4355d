package io.rowwise.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The leaks of a backend, and how it ends. */
final class BackendLeakTest {
  private final List<String> events = new ArrayList<>();

  @Test
  void aBackendFreesAndReportsWhatIsLeftAndThenReleasesItselfOnce() {
    IdleBackend backend = new IdleBackend(Long.MAX_VALUE, events);
    Matrix closed = backend.matrix(ElementType.FLOAT64, 1, 1);
    Matrix first = backend.matrix(ElementType.FLOAT64, 2, 3);
    Matrix second = backend.matrix(ElementType.FLOAT32, 7, 1);
    closed.close();
    events.clear();
    backend.close();
    backend.close();
    String report =
        "idle: the backend was closed before a matrix of it: %s (-Drowwise.leaks=trace shows where"
            + " it was made)";
    assertEquals(
        List.of("free 6", report.formatted(first), "free 7", report.formatted(second), "release"),
        events);
    assertTrue(first.isClosed());
    first.close();
    assertEquals(5, events.size());
  }

  @Test
  void nothingIsAskedOfAnEmptyResultOrACopyOntoItself() {
    try (IdleBackend backend = new IdleBackend(Long.MAX_VALUE, events);
        Matrix none = backend.matrix(ElementType.FLOAT64, 0, 3);
        Matrix noColumn = backend.matrix(ElementType.FLOAT64, 0, 1);
        Matrix nothing = backend.matrix(ElementType.FLOAT64, 4, 0);
        Matrix noSums = backend.matrix(ElementType.FLOAT64, 1, 0);
        Matrix some = backend.matrix(ElementType.FLOAT64, 4, 3)) {
      backend.matmul(none, some.rows(0, 3), none);
      backend.rowMax(none, noColumn);
      backend.rowSum(none, noColumn);
      backend.rowArgMax(none, noColumn);
      backend.columnSum(nothing, noSums);
      backend.exp(none, none);
      backend.log(nothing, nothing);
      backend.add(none, some.rows(0, 1), none);
      backend.add(none, 1, none);
      backend.addScaled(1, none, none);
      backend.fill(1, nothing);
      backend.copy(nothing, nothing);
      backend.copy(some, some.rows(0, 4));
    }
  }

  @Test
  void memoryIsAskedForAtLeastOneElementAndCountedInLong() {
    try (IdleBackend backend = new IdleBackend(Long.MAX_VALUE, events)) {
      backend.matrix(ElementType.FLOAT64, 0, 5).close();
      Matrix huge = backend.matrix(ElementType.FLOAT32, Integer.MAX_VALUE, 4);
      assertEquals(4L * Integer.MAX_VALUE, huge.elements());
      Matrix last = huge.rows(Integer.MAX_VALUE - 1, Integer.MAX_VALUE);
      assertEquals(4L * (Integer.MAX_VALUE - 1), last.offset());
      assertThrows(IllegalArgumentException.class, huge::toDoubles);
      huge.close();
    }
    assertEquals(
        List.of("allocate 1", "free 1", "allocate 8589934588", "free 8589934588", "release"),
        events);
  }
}
