package io.rowwise.backend.contract;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Values that NumPy and PyTorch computed, from the files beside the tests. */
final class ReferenceValues {
  private static final Pattern SHAPE = Pattern.compile("'shape': \\((\\d+), (\\d+)\\)");

  // A name, and all up to the next name.
  private static final Pattern TABLE =
      Pattern.compile("\"(\\w+)\":([^:]*)(?=,\\s*\"\\w+\":|}\\s*$)");

  private static final Pattern ENTRY = Pattern.compile("[-+.\\w]+");

  private ReferenceValues() {}

  /** A two-dimensional array of doubles in NumPy's format. */
  static Expected array(String name) {
    ByteBuffer file = ByteBuffer.wrap(bytes(name)).order(ByteOrder.LITTLE_ENDIAN);
    int headerLength = file.getShort(8);
    String header = new String(file.array(), 10, headerLength, StandardCharsets.US_ASCII);
    Matcher shape = SHAPE.matcher(header);
    if (!header.contains("'<f8'") || !header.contains("'fortran_order': False") || !shape.find()) {
      throw new IllegalArgumentException(name + ": not a matrix of doubles: " + header);
    }
    int rows = Integer.parseInt(shape.group(1));
    int columns = Integer.parseInt(shape.group(2));
    double[] values = new double[rows * columns];
    file.position(10 + headerLength);
    file.asDoubleBuffer().get(values);
    return Expected.given(rows, columns, values);
  }

  /** What PyTorch answers for rows with special values: a table of softmax_special.json. */
  static double[] special(String table) {
    String text = new String(bytes("softmax_special.json"), StandardCharsets.UTF_8);
    Matcher name = TABLE.matcher(text);
    while (name.find()) {
      if (name.group(1).equals(table)) {
        return ENTRY.matcher(name.group(2)).results().mapToDouble(m -> number(m.group())).toArray();
      }
    }
    throw new IllegalArgumentException("softmax_special.json has no table " + table);
  }

  private static double number(String text) {
    return switch (text) {
      case "inf" -> Double.POSITIVE_INFINITY;
      case "-inf" -> Double.NEGATIVE_INFINITY;
      case "nan" -> Double.NaN;
      default -> Double.parseDouble(text);
    };
  }

  private static byte[] bytes(String name) {
    try (InputStream in = ReferenceValues.class.getResourceAsStream("/reference/" + name)) {
      if (in == null) {
        throw new IllegalArgumentException("no such reference file: " + name);
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
