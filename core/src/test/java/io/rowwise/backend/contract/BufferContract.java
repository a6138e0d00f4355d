package io.rowwise.backend.contract;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Matrices of the numbers in a buffer. */
public interface BufferContract extends BackendUnderTest {
  private static ByteBuffer direct(int bytes) {
    return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
  }

  /** A buffer of numbers after some others, between its position and its limit. */
  private static ByteBuffer buffer(ElementType type, double[] values, int before) {
    ByteBuffer buffer = direct((before + values.length) * type.bytes());
    buffer.position(before * type.bytes());
    put(type, values, buffer);
    return buffer;
  }

  private static void put(ElementType type, double[] values, ByteBuffer buffer) {
    for (int i = 0; i < values.length; i++) {
      int at = buffer.position() + i * type.bytes();
      switch (type) {
        case FLOAT32 -> buffer.putFloat(at, (float) values[i]);
        case FLOAT64 -> buffer.putDouble(at, values[i]);
        case BFLOAT16, FLOAT16 -> buffer.putShort(at, type.bits(values[i]));
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"1,1", "1,7", "5,1", "33,5", "300,17", "3,0", "0,4"})
  default void aViewHasTheNumbersOfTheBufferFromItsPositionOn(int rows, int columns) {
    for (ElementType type : ElementType.arithmetic()) {
      double[] values = new RandomValues(type, 5).normal(rows * columns);
      ByteBuffer memory = buffer(type, values, 3);
      try (Matrix view = backend().view(type, rows, columns, memory)) {
        Accuracy.assertSame("a view", values, view.toDoubles());
        assertEquals(type + " " + rows + "x" + columns, view.toString());
        assertEquals(1, backend().openMatrices());
        assertEquals(3 * type.bytes(), memory.position());
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOAT32", "FLOAT64"})
  default void operationsSeeTheSameAsInAMatrixOfTheBackend(ElementType type) {
    double[] values = new RandomValues(type, 6).normal(40 * 9);
    double[] factors = new RandomValues(type, 7).normal(9 * 4);
    try (Matrix matrix = backend().matrix(type, 40, 9, values);
        Matrix view = backend().view(type, 40, 9, buffer(type, values, 1));
        Matrix factor = backend().view(type, 9, 4, buffer(type, factors, 0));
        Matrix expected = backend().matrix(type, 17, 4);
        Matrix product = backend().matrix(type, 17, 4);
        Matrix sums = backend().matrix(type, 1, 9);
        Matrix sumsOfView = backend().matrix(type, 1, 9)) {
      backend().matmul(matrix.rows(11, 28), factor, expected);
      backend().matmul(view.rows(11, 28), factor, product);
      assertArrayEquals(expected.toDoubles(), product.toDoubles());
      backend().columnSum(matrix, sums);
      backend().columnSum(view, sumsOfView);
      assertArrayEquals(sums.toDoubles(), sumsOfView.toDoubles());
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOAT32", "FLOAT64"})
  default void closingAViewLeavesTheBuffer(ElementType type) {
    double[] values = new RandomValues(type, 8).normal(6);
    ByteBuffer memory = buffer(type, values, 0);
    ByteBuffer before = direct(memory.capacity()).put(0, memory, 0, memory.capacity());
    for (int i = 0; i < 3; i++) {
      Matrix view = backend().view(type, 2, 3, memory);
      Matrix rows = view.rows(0, 1);
      view.close();
      view.close();
      assertTrue(rows.isClosed());
      assertThrows(IllegalStateException.class, view::toDoubles);
      assertEquals(0, backend().openMatrices());
      assertEquals(0, backend().openBytes());
    }
    assertEquals(before, memory);
  }

  @Test
  default void aViewKeepsItsBuffer() throws InterruptedException {
    double[] values = new RandomValues(ElementType.FLOAT64, 9).normal(1000);
    ByteBuffer memory = buffer(ElementType.FLOAT64, values, 0);
    WeakReference<ByteBuffer> held = new WeakReference<>(memory);
    try (Matrix view = backend().view(ElementType.FLOAT64, 1000, 1, memory)) {
      boolean isCopy = backend().openBytes() > 0;
      memory = null;
      System.gc();
      assertTrue(isCopy || held.get() != null);
      Accuracy.assertSame("a view", values, view.toDoubles());
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOAT32", "FLOAT64"})
  default void aMappedFileIsReadAndNeverWritten(ElementType type, @TempDir Path folder)
      throws IOException {
    double[] values = new RandomValues(type, 10).normal(500 * 7);
    ByteBuffer content = buffer(type, values, 0);
    Path path = folder.resolve("rows");
    try (FileChannel channel =
        FileChannel.open(
            path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      while (content.hasRemaining()) {
        channel.write(content);
      }
      long from = 100L * 7 * type.bytes();
      ByteBuffer mapped = channel.map(FileChannel.MapMode.PRIVATE, from, channel.size() - from);
      mapped.order(ByteOrder.nativeOrder());
      try (Matrix view = backend().view(type, 400, 7, mapped)) {
        double[] expected = new double[400 * 7];
        System.arraycopy(values, 100 * 7, expected, 0, expected.length);
        Accuracy.assertSame("a view", expected, view.toDoubles());
        backend().fill(1, view);
      }
    }
    byte[] written = new byte[content.capacity()];
    content.get(0, written);
    assertArrayEquals(written, Files.readAllBytes(path));
  }

  @Test
  default void aBufferThatIsNoMatrixIsRefused() {
    assertRefused("view: -1x2 is not a shape", -1, 2, direct(8));
    assertRefused(
        "view: the buffer is on the heap",
        1,
        1,
        ByteBuffer.allocate(8).order(ByteOrder.nativeOrder()));
    assertRefused(
        "view: the buffer is read-only",
        1,
        1,
        direct(8).asReadOnlyBuffer().order(ByteOrder.nativeOrder()));
    ByteOrder other =
        ByteOrder.nativeOrder() == ByteOrder.BIG_ENDIAN
            ? ByteOrder.LITTLE_ENDIAN
            : ByteOrder.BIG_ENDIAN;
    assertRefused("view: the buffer is in byte order " + other, 1, 1, direct(8).order(other));
    assertRefused("view: the buffer has 24 bytes", 2, 2, direct(24));
    assertRefused("view: the buffer has 40 bytes", 2, 2, direct(40));
    assertRefused("view: the buffer has 8 bytes", Integer.MAX_VALUE, Integer.MAX_VALUE, direct(8));
    assertRefused("view: the buffer starts at an address", 1, 1, direct(12).position(4));
    assertThrows(NullPointerException.class, () -> backend().view(ElementType.FLOAT64, 1, 1, null));
    assertEquals(0, backend().openMatrices());
  }

  private void assertRefused(String start, int rows, int columns, ByteBuffer memory) {
    IllegalArgumentException thrown =
        assertThrows(
            IllegalArgumentException.class,
            () -> backend().view(ElementType.FLOAT64, rows, columns, memory));
    assertTrue(thrown.getMessage().startsWith(start), thrown.getMessage());
    assertFalse(thrown.getMessage().contains("null"), thrown.getMessage());
  }
}
