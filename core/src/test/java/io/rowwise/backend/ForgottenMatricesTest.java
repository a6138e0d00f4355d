package io.rowwise.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Matrices that nobody holds and nobody closed, with the JVM's own garbage collector. */
@Timeout(60)
final class ForgottenMatricesTest {
  private static final int BYTES = 1 << 16;
  private static final int ELEMENTS = BYTES / Double.BYTES;

  private final List<String> events = Collections.synchronizedList(new ArrayList<>());

  private IdleBackend backend(long limit) {
    return new IdleBackend(limit, events);
  }

  @Test
  void manyOfThemTakeNoMoreThanTheLimitAllows() {
    try (IdleBackend backend = backend(20L * BYTES)) {
      for (int i = 0; i < 200; i++) {
        backend.matrix(ElementType.FLOAT64, 1, ELEMENTS);
        assertTrue(backend.openBytes() <= 20L * BYTES);
      }
    }
  }

  @Test
  void manyReportsAreAFewAndACount() {
    try (IdleBackend backend = backend(20L * BYTES)) {
      for (int i = 0; i < 400; i++) {
        backend.matrix(ElementType.FLOAT64, 1, ELEMENTS);
      }
    }
    List<String> reports = events.stream().filter(event -> event.contains("closed")).toList();
    assertTrue(reports.size() > 10 && reports.size() < 40, reports::toString);
    assertTrue(
        reports.get(0).startsWith("idle: a matrix was collected without having been closed: "),
        reports::toString);
    long collected = countIn(reports, "collected without having been closed: ");
    long left = countIn(reports, "closed before a matrix of it: ");
    assertEquals(400, collected + left, reports::toString);
  }

  /** The number of the last report of a kind, or how many there were if none was left out. */
  private static long countIn(List<String> reports, String kind) {
    List<String> ofKind = reports.stream().filter(report -> report.contains(kind)).toList();
    String last = ofKind.isEmpty() ? "" : ofKind.get(ofKind.size() - 1);
    return last.endsWith(" in all")
        ? Long.parseLong(last.replaceFirst(".*: (\\d+) in all", "$1"))
        : ofKind.size();
  }

  @Test
  void theyAreFreedLongBeforeTheLimit() {
    try (IdleBackend backend = backend(400L * BYTES)) {
      long most = 0;
      for (int i = 0; i < 200; i++) {
        backend.matrix(ElementType.FLOAT64, 1, ELEMENTS);
        most = Math.max(most, backend.openBytes());
      }
      assertTrue(most < 100L * BYTES, () -> "open " + backend.openBytes());
    }
  }

  @Test
  void oneThatWasHeldIsFreedWhenItIsForgotten() {
    try (IdleBackend backend = backend(3L * BYTES)) {
      List<Matrix> held = new ArrayList<>();
      held.add(backend.matrix(ElementType.FLOAT64, 2, ELEMENTS));
      OutOfDeviceMemoryException e =
          assertThrows(
              OutOfDeviceMemoryException.class,
              () -> backend.matrix(ElementType.FLOAT64, 2, ELEMENTS));
      assertEquals(2L * BYTES, e.requestedBytes());
      assertEquals(BYTES, e.availableBytes());
      assertEquals(1, backend.openMatrices());
      assertEquals(2L * BYTES, backend.openBytes());
      assertFalse(held.remove(0).isClosed());
      backend.matrix(ElementType.FLOAT64, 2, ELEMENTS).close();
      assertEquals(0, backend.openMatrices());
    }
  }

  @Test
  void aDeviceThatHasLessThanItSaysIsAskedOnceMore() {
    IdleBackend backend = backend(100L * BYTES);
    try (backend) {
      List<Matrix> held = new ArrayList<>();
      held.add(backend.matrix(ElementType.FLOAT64, 1, ELEMENTS));
      backend.refuseAt(1);
      assertThrows(
          OutOfDeviceMemoryException.class, () -> backend.matrix(ElementType.FLOAT64, 1, ELEMENTS));
      assertEquals(BYTES, backend.openBytes());
      assertFalse(held.remove(0).isClosed());
      backend.matrix(ElementType.FLOAT64, 1, ELEMENTS).close();
      assertEquals(0, backend.openMatrices());
    }
  }

  @Test
  void anInterruptedThreadCollectsToo() {
    try (IdleBackend backend = backend(3L * BYTES)) {
      backend.matrix(ElementType.FLOAT64, 3, ELEMENTS);
      Thread.currentThread().interrupt();
      backend.matrix(ElementType.FLOAT64, 3, ELEMENTS).close();
      assertTrue(Thread.interrupted());
    }
  }

  @Test
  void nothingIsCountedThatCouldNotBeMade() {
    try (IdleBackend backend = backend(10L * BYTES)) {
      backend.refuseAt(0);
      assertThrows(
          OutOfDeviceMemoryException.class, () -> backend.matrix(ElementType.FLOAT64, 1, 1));
      assertEquals(0, backend.openBytes());
      assertEquals(0, backend.openMatrices());
    }
  }
}
