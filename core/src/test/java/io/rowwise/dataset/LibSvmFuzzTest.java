package io.rowwise.dataset;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.rowwise.kernel.SparseRows;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.function.Consumer;

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
      assertThrows(LibSvmFormatException.class, () -> readInPieces(bytes, piece -> {}));
      return;
    }
    if (table.columnCount() > 0 && (long) table.rows() * table.columnCount() <= MOST_CELLS) {
      requireSame(table);
      requireSameInPieces(table, bytes);
    }
  }

  private static void readInPieces(byte[] bytes, Consumer<Table> user) throws IOException {
    try (TableReader reader = new LibSvmFile(new BytesInMemory(bytes)).open()) {
      for (Table piece = reader.read(3); piece.rows() > 0; piece = reader.read(3)) {
        user.accept(piece);
      }
    }
  }

  private static void requireSameInPieces(SparseTable table, byte[] bytes) throws IOException {
    double[] dense = table.dense();
    int[] row = new int[1];
    readInPieces(
        bytes,
        piece -> {
          for (int i = 0; i < piece.rows(); i++) {
            for (int c = 0; c < table.columnCount(); c++) {
              NumberColumn column = (NumberColumn) piece.columns().get(c);
              assertEquals(dense[row[0] * table.columnCount() + c], column.value(i));
            }
            assertEquals(table.labels()[row[0]++], ((NumberColumn) piece.column("label")).value(i));
          }
        });
    assertEquals(table.rows(), row[0]);
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
