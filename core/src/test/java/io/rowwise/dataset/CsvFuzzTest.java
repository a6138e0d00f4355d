package io.rowwise.dataset;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;

/**
 * Any bytes are read, or refused with the typed error. As a test it runs on the files in {@code
 * CsvFuzzTestInputs}; {@code mvn -Pfuzz verify} looks for others.
 */
final class CsvFuzzTest {
  @FuzzTest(maxDuration = "1m")
  void reads(byte[] bytes) throws IOException {
    try {
      Table table = Csv.read(new ByteArrayInputStream(bytes), CsvFormat.DEFAULT);
      Csv.write(new ByteArrayOutputStream(), table);
    } catch (CsvFormatException e) {
      // Said, as it should be.
    }
    try (CsvReader reader =
        Csv.open(new ByteArrayInputStream(bytes), CsvFormat.DEFAULT.header(false))) {
      while (reader.read(2).rows() > 0) {
        // Every piece is one that can be read.
      }
    } catch (CsvFormatException e) {
      // Said, as it should be.
    }
  }
}
