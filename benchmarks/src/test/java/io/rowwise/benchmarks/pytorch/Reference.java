package io.rowwise.benchmarks.pytorch;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** The notebook's run as Python's PyTorch did it: its data, its parameters and its history. */
final class Reference {
  private Reference() {}

  static JsonNode notebook() {
    try {
      return new ObjectMapper().readTree(bytes("notebook.json"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The numbers of a little-endian .npy file of float64 or int64. */
  static double[] numbers(String name) {
    ByteBuffer file = ByteBuffer.wrap(bytes(name)).order(ByteOrder.LITTLE_ENDIAN);
    // https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html, version 1.0
    int headerLength = Short.toUnsignedInt(file.getShort(8));
    String header = new String(file.array(), 10, headerLength, StandardCharsets.US_ASCII);
    boolean whole = header.contains("'<i8'");
    if (!whole && !header.contains("'<f8'")) {
      throw new IllegalStateException(name + " is neither float64 nor int64: " + header);
    }
    file.position(10 + headerLength);
    double[] numbers = new double[file.remaining() / Double.BYTES];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = whole ? file.getLong() : file.getDouble();
    }
    return numbers;
  }

  private static byte[] bytes(String name) {
    try (InputStream in = Reference.class.getResourceAsStream("/reference/" + name)) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
