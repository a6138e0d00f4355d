package io.rowwise.dataset;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.rowwise.kernel.SparseRows;
import java.io.ByteArrayInputStream;
import java.io.IOException;

/**
 * Any bytes are read, or refused with the typed error; and what was read is the same with and
 * without its zeros. As a test it runs on the files in {@code LibSvmFuzzTestInputs}; {@code mvn
 * -Pfuzz verify} looks for others.
 */
final class LibSvmFuzzTest {
  /** Larger tables would be made by few bytes. */
  private static final int MOST_CELLS = 1 << 16;

  @FuzzTest(maxDuration = "1m")
  void reads(byte[] bytes) throws IOException {
    SparseTable table;
    try {
      table = LibSvm.read(new ByteArrayInputStream(bytes));
    } catch (LibSvmFormatException e) {
      // Said, as it should be.
      return;
    }
    if (table.columnCount() > 0 && (long) table.rows() * table.columnCount() <= MOST_CELLS) {
      requireSame(table);
    }
  }

  private static void requireSame(SparseTable table) {
    double[] dense = table.dense();
    Table features = table.labelledTable().features();
    assertEquals(table.rows(), features.rows());
    SparseRows.Builder builder = new SparseRows.Builder(table.rows(), table.columnCount());
    for (int column = 0; column < table.columnCount(); column++) {
      NumberColumn numbers = (NumberColumn) features.columns().get(column);
      for (int row = 0; row < table.rows(); row++) {
        assertEquals(dense[row * table.columnCount() + column] + 0.0, numbers.value(row) + 0.0);
        builder.add(row, column, numbers.value(row));
      }
    }
    double[] again = builder.build().dense();
    for (int i = 0; i < dense.length; i++) {
      assertEquals(dense[i] + 0.0, again[i]);
    }
  }
}
