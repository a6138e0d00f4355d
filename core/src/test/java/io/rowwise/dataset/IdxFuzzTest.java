package io.rowwise.dataset;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.ByteArrayInputStream;
import java.io.IOException;

/**
 * Any bytes are read, or refused with the typed error, at once and in pieces. As a test it runs on
 * the files in {@code IdxFuzzTestInputs}; {@code mvn -Pfuzz verify} looks for others.
 */
final class IdxFuzzTest {
  @FuzzTest(maxDuration = "1m")
  void reads(byte[] bytes) throws IOException {
    Table table = null;
    try {
      table = Idx.read(new ByteArrayInputStream(bytes)).table();
    } catch (IdxFormatException e) {
      // Said, as it should be.
    }
    try (TableReader reader = Idx.open(new BytesInMemory(bytes))) {
      requireSame(table, reader);
    } catch (IdxFormatException e) {
      assertNull(table);
    }
  }

  /** What is given in pieces is what is read at once. */
  private static void requireSame(Table table, TableReader reader) throws IOException {
    int first = 0;
    for (Table piece = reader.read(3); piece.rows() > 0; piece = reader.read(3)) {
      if (piece.columns().isEmpty()) {
        // As many rows as it says, without a byte.
        return;
      }
      for (int row = 0; table != null && row < piece.rows(); row++) {
        for (Column column : piece.columns()) {
          assertEquals(table.column(column.name()).text(first + row), column.text(row));
        }
      }
      first += piece.rows();
    }
    assertEquals(table.rows(), first);
  }
}
