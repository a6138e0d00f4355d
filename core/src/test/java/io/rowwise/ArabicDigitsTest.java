package io.rowwise;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rowwise.backend.Backend;
import io.rowwise.backend.Backends;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.backend.OutOfDeviceMemoryException;
import io.rowwise.backend.Settings;
import io.rowwise.backend.contract.ReferenceBackend;
import io.rowwise.dataset.Npy;
import io.rowwise.dataset.NpyArray;
import io.rowwise.model.ModelCard;
import io.rowwise.model.SoftmaxModel;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is written for programs and for people where the JVM's own digits are Arabic ones. */
final class ArabicDigitsTest {
  private final Locale before = Locale.getDefault();

  @TempDir Path folder;

  @BeforeEach
  void setLocale() {
    Locale.setDefault(Locale.forLanguageTag("ar-SA-u-nu-arab"));
    assertEquals("٧", String.format(Locale.getDefault(), "%d", 7), "what this test is about");
  }

  @AfterEach
  void restore() {
    Locale.setDefault(before);
  }

  private static void assertAscii(String text) {
    assertTrue(StandardCharsets.US_ASCII.newEncoder().canEncode(text), text);
  }

  @Test
  void messagesHaveTheDigitsOfTheirNumbers() {
    try (Backend backend = new ReferenceBackend();
        Matrix matrix = backend.matrix(33, 5, new double[165])) {
      assertEquals(
          "write: the array has 7 values, the matrix float64 33x5 has 165",
          assertThrows(IllegalArgumentException.class, () -> matrix.write(new double[7]))
              .getMessage());
      assertEquals(
          "rows: 3 to 40 is not a range of the 33 rows of float64 33x5",
          assertThrows(IllegalArgumentException.class, () -> matrix.rows(3, 40)).getMessage());
      assertAscii(backend.describe());
      assertAscii(new OutOfDeviceMemoryException("cuda:1", 12, 345).getMessage());
      assertAscii(new OutOfDeviceMemoryException("cuda:1", 12, 34, 56).getMessage());
      assertAscii(new OutOfDeviceMemoryException("cuda:1", 12, 34, 56, 78).getMessage());
    }
    assertAscii(
        assertThrows(IllegalArgumentException.class, () -> Backends.choose("tpu:12", true))
            .getMessage());
  }

  @Test
  void descriptionsHaveThemToo() {
    assertAscii(Rowwise.describe().lines().findFirst().orElseThrow());
  }

  @Test
  void settingsAreReadAsTheyAreWritten() {
    System.setProperty("rowwise.settings.test", "12");
    try {
      assertEquals(12, Settings.count("rowwise.settings.test", 1, 20).getAsInt());
      assertEquals(12, Settings.bytes("rowwise.settings.test").getAsLong());
      assertAscii(
          assertThrows(
                  IllegalArgumentException.class,
                  () -> Settings.count("rowwise.settings.test", 1, 5))
              .getMessage());
    } finally {
      System.clearProperty("rowwise.settings.test");
    }
  }

  @Test
  void filesAreTheSame() throws IOException {
    SoftmaxModel model =
        SoftmaxModel.of(
            ElementType.FLOAT64,
            12,
            3,
            new double[36],
            new double[3],
            ModelCard.empty().seed(123456));
    Path saved = folder.resolve("model.safetensors");
    Path onnx = folder.resolve("model.onnx");
    model.save(saved);
    model.exportOnnx(onnx);
    byte[] arabic = Files.readAllBytes(saved);
    byte[] arabicOnnx = Files.readAllBytes(onnx);
    assertEquals(model.toString(), SoftmaxModel.load(saved).toString());
    assertAscii(model.toString());
    Locale.setDefault(Locale.ROOT);
    model.save(saved);
    model.exportOnnx(onnx);
    assertEquals(
        new String(Files.readAllBytes(saved), StandardCharsets.ISO_8859_1),
        new String(arabic, StandardCharsets.ISO_8859_1));
    assertEquals(
        new String(Files.readAllBytes(onnx), StandardCharsets.ISO_8859_1),
        new String(arabicOnnx, StandardCharsets.ISO_8859_1));
  }

  @Test
  void numpysHeaderIsWhatNumpyReads() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Npy.write(out, Npy.read(new ByteArrayInputStream(npy("(12, 1)", 12))));
    String header = out.toString(StandardCharsets.ISO_8859_1);
    assertTrue(header.contains("'shape': (12, 1)"), header);
    NpyArray again = Npy.read(new ByteArrayInputStream(out.toByteArray()));
    assertAscii(again.toString());
  }

  private static byte[] npy(String shape, int elements) {
    String header = "{'descr': '<f8', 'fortran_order': False, 'shape': " + shape + ", }";
    String padded = header + " ".repeat(Math.floorMod(-(header.length() + 11), 64)) + "\n";
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0});
    out.write(padded.length() & 0xff);
    out.write(padded.length() >> 8);
    out.writeBytes(padded.getBytes(StandardCharsets.ISO_8859_1));
    out.writeBytes(new byte[elements * Double.BYTES]);
    return out.toByteArray();
  }
}
