package io.rowwise.dataset;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.ByteArrayInputStream;
import java.io.IOException;

/**
 * Any bytes are read, or refused with the typed error, at once and in pieces. As a test it runs on
 * the files in {@code NpyFuzzTestInputs}; {@code mvn -Pfuzz verify} looks for others.
 */
final class NpyFuzzTest {
  @FuzzTest(maxDuration = "1m")
  void reads(byte[] bytes) throws IOException {
    double[] values = null;
    try {
      values = Npy.read(new ByteArrayInputStream(bytes)).doubles();
    } catch (NpyFormatException e) {
      // Said, as it should be.
    } catch (IllegalArgumentException e) {
      assertTrue(e.getMessage().startsWith("doubles: value "), e.getMessage());
    }
    for (int rank = 1; rank <= 2; rank++) {
      try (TableReader reader = Npy.open(new BytesInMemory(bytes), rank)) {
        requireSame(values, reader);
      } catch (NpyFormatException e) {
        // Said, as it should be.
      }
    }
  }

  /** What is given in pieces is what is read at once, but for gzip, which a file may have. */
  private static void requireSame(double[] expected, TableReader reader) throws IOException {
    int place = 0;
    for (Table piece = reader.read(3); piece.rows() > 0; piece = reader.read(3)) {
      int columns = piece.columns().size();
      if (expected == null || columns == 0) {
        return;
      }
      for (int row = 0; row < piece.rows(); row++) {
        for (Column column : piece.columns()) {
          assertEquals(expected[place++], ((NumberColumn) column).value(row));
        }
      }
    }
    if (expected != null) {
      assertEquals(expected.length, place);
    }
  }
}
