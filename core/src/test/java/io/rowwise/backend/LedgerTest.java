package io.rowwise.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rowwise.backend.contract.ReferenceBackend;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * What happens to memory whose matrix nobody closed. The garbage collector is not waited for: a
 * phantom reference is put into its queue by hand, as the collector would.
 */
final class LedgerTest {
  private static final class CountingStorage implements Storage {
    private int freed;

    @Override
    public void read(long position, int rows, int columns, long leading, double[] destination) {}

    @Override
    public void read(long position, int rows, int columns, long leading, float[] destination) {}

    @Override
    public void write(long position, int rows, int columns, long leading, double[] source) {}

    @Override
    public void write(long position, int rows, int columns, long leading, float[] source) {}

    @Override
    public void free() {
      freed++;
    }
  }

  private final List<String> reports = new ArrayList<>();
  private final Ledger ledger = ledger(false);
  private final CountingStorage storage = new CountingStorage();
  private final ReferenceBackend backend = new ReferenceBackend();
  private final Matrix matrix = backend.matrix(ElementType.FLOAT64, 33, 5);

  @AfterEach
  void close() {
    matrix.close();
    backend.close();
  }

  private Ledger ledger(boolean traced) {
    return new Ledger(
        new LeakReport(traced, reports::add),
        new MemoryBudget(() -> "reference", all -> Long.MAX_VALUE, () -> false));
  }

  private Allocation register(Ledger with) {
    return with.register(matrix, storage, new Shape(ElementType.FLOAT64, 33, 5), 33 * 5 * 8);
  }

  @Test
  void whatIsClosedIsFreedOnceAndNotReported() {
    Allocation allocation = register(ledger);
    assertEquals(1, ledger.size());
    assertTrue(allocation.isOpen());
    assertTrue(allocation.close());
    assertFalse(allocation.close());
    assertFalse(allocation.isOpen());
    assertEquals(0, ledger.size());
    ledger.freeCollected();
    ledger.freeAll();
    assertEquals(1, storage.freed);
    assertEquals(List.of(), reports);
  }

  @Test
  void whatWasCollectedUnclosedIsFreedAndReportedOnce() {
    Allocation allocation = register(ledger);
    ledger.freeCollected();
    assertEquals(0, storage.freed);
    allocation.enqueue();
    ledger.freeCollected();
    ledger.freeCollected();
    ledger.freeAll();
    assertFalse(allocation.close());
    assertEquals(1, storage.freed);
    assertEquals(0, ledger.size());
    assertEquals(
        List.of(
            "a matrix was collected without having been closed: float64 33x5"
                + " (-Drowwise.leaks=trace shows where it was made)"),
        reports);
  }

  @Test
  void whatWasClosedAndThenCollectedIsNotReported() {
    Allocation allocation = register(ledger);
    allocation.close();
    allocation.enqueue();
    ledger.freeCollected();
    assertEquals(1, storage.freed);
    assertEquals(List.of(), reports);
  }

  @Test
  void whatIsOpenAtTheEndIsFreedAndReportedInTheOrderOfItsMaking() {
    for (int i = 1; i <= 20; i++) {
      ledger.register(matrix, storage, new Shape(ElementType.FLOAT64, i, 1), 8L * i);
    }
    assertEquals(20, ledger.size());
    ledger.freeAll();
    ledger.freeAll();
    assertEquals(20, storage.freed);
    assertEquals(0, ledger.size());
    assertEquals(12, reports.size());
    for (int i = 1; i <= 10; i++) {
      assertTrue(
          reports
              .get(i - 1)
              .startsWith("the backend was closed before a matrix of it: float64 " + i + "x1 ("),
          reports.get(i - 1));
    }
    assertTrue(
        reports
            .get(10)
            .endsWith(" float64 20x1 (-Drowwise.leaks=trace shows where it was made), the 20th"),
        reports.get(10));
    assertEquals("the backend was closed before a matrix of it: 20 in all", reports.get(11));
  }

  @Test
  void withTracingTheReportShowsTheCallersAndNotTheLibrary() {
    Ledger traced = ledger(true);
    // The caller outside this package is Optional.map.
    Allocation allocation = Optional.of(traced).map(this::register).orElseThrow();
    allocation.enqueue();
    traced.freeCollected();
    String report = reports.get(0);
    assertTrue(
        report.startsWith(
            "a matrix was collected without having been closed: float64 33x5, made\n    at "),
        report);
    assertTrue(report.contains("\n    at java.base/java.util.Optional.map("), report);
    assertTrue(report.contains("\n    at io.rowwise.backend.LedgerTest."), report);
    assertFalse(report.contains("at io.rowwise.backend.Ledger."), report);
  }
}
