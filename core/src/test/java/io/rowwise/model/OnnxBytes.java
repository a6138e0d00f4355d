package io.rowwise.model;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** ONNX files made by hand, field by field as onnx.proto numbers them. */
final class OnnxBytes {
  static final int FLOAT = 1;
  static final int INT64 = 7;
  static final int STRING = 8;
  static final int FLOAT16 = 10;
  static final int DOUBLE = 11;
  static final int BFLOAT16 = 16;

  private OnnxBytes() {}

  static byte[] join(List<byte[]> parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    parts.forEach(all::writeBytes);
    return all.toByteArray();
  }

  static byte[] join(byte[]... parts) {
    return join(List.of(parts));
  }

  private static byte[] varint(long value) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    long rest = value;
    while ((rest & ~0x7FL) != 0) {
      bytes.write((int) (rest & 0x7F) | 0x80);
      rest >>>= 7;
    }
    bytes.write((int) rest);
    return bytes.toByteArray();
  }

  static byte[] number(int field, long value) {
    return join(varint((long) field << 3), varint(value));
  }

  static byte[] bytes(int field, byte[] value) {
    return join(varint((long) field << 3 | 2), varint(value.length), value);
  }

  static byte[] text(int field, String value) {
    return bytes(field, value.getBytes(StandardCharsets.UTF_8));
  }

  static byte[] float32(int field, float value) {
    return join(varint((long) field << 3 | 5), floats(value));
  }

  static byte[] floats(float... values) {
    return SafetensorsBytes.floats(values);
  }

  static byte[] doubles(double... values) {
    return SafetensorsBytes.doubles(values);
  }

  static byte[] shorts(int... values) {
    ByteBuffer bytes = ByteBuffer.allocate(2 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    for (int value : values) {
      bytes.putShort((short) value);
    }
    return bytes.array();
  }

  /** An attribute that is a whole number. */
  static byte[] integer(String name, long value) {
    return bytes(5, join(text(1, name), number(3, value), number(20, 2)));
  }

  static byte[] real(String name, float value) {
    return bytes(5, join(text(1, name), float32(2, value), number(20, 1)));
  }

  static byte[] word(String name, String value) {
    return bytes(5, join(text(1, name), text(4, value), number(20, 3)));
  }

  /** An attribute of floats that are not packed, as onnx writes them by proto2. */
  static byte[] reals(String name, float... values) {
    byte[] all = text(1, name);
    for (float value : values) {
      all = join(all, float32(7, value));
    }
    return bytes(5, join(all, number(20, 6)));
  }

  static byte[] integers(String name, long... values) {
    byte[] all = text(1, name);
    for (long value : values) {
      all = join(all, number(8, value));
    }
    return bytes(5, join(all, number(20, 7)));
  }

  static byte[] words(String name, String... values) {
    byte[] all = text(1, name);
    for (String value : values) {
      all = join(all, text(9, value));
    }
    return bytes(5, join(all, number(20, 8)));
  }

  /** The attribute of a Constant. */
  static byte[] value(byte[] tensor) {
    return bytes(5, join(text(1, "value"), bytes(5, tensor), number(20, 4)));
  }

  /** A tensor whose numbers are in the fields that are given. */
  static byte[] tensor(String name, int type, List<Integer> shape, byte[] numbers) {
    byte[] sizes = new byte[0];
    for (int size : shape) {
      sizes = join(sizes, number(1, size));
    }
    return join(sizes, number(2, type), text(8, name), numbers);
  }

  static byte[] raw(byte[] numbers) {
    return bytes(9, numbers);
  }

  /** A tensor of float32 in raw_data. */
  static byte[] tensor(String name, List<Integer> shape, float... numbers) {
    return tensor(name, FLOAT, shape, raw(floats(numbers)));
  }

  /** A node of the standard's operators, or by a point, of another domain's. */
  static byte[] node(
      String operator, List<String> inputs, List<String> outputs, byte[]... attributes) {
    int point = operator.lastIndexOf('.');
    byte[] all = new byte[0];
    for (String input : inputs) {
      all = join(all, text(1, input));
    }
    for (String output : outputs) {
      all = join(all, text(2, output));
    }
    return join(
        all,
        text(3, "the " + operator.substring(point + 1) + " of " + outputs.get(0)),
        text(4, operator.substring(point + 1)),
        join(attributes),
        point < 0 ? new byte[0] : text(7, operator.substring(0, point)));
  }

  static byte[] node(String operator, String input, String output, byte[]... attributes) {
    return node(operator, List.of(input), List.of(output), attributes);
  }

  /** An input or output. */
  static byte[] valueInfo(String name, int type, int... sizes) {
    byte[] shape = bytes(1, text(2, "N"));
    for (int size : sizes) {
      shape = join(shape, bytes(1, number(1, size)));
    }
    return join(text(1, name), bytes(2, bytes(1, join(number(1, type), bytes(2, shape)))));
  }

  /** A file of opset 13 and opset 1 of ai.onnx.ml. */
  static byte[] file(
      List<byte[]> nodes, List<byte[]> constants, byte[] input, List<byte[]> outputs) {
    ByteArrayOutputStream graph = new ByteArrayOutputStream();
    nodes.forEach(node -> graph.writeBytes(bytes(1, node)));
    graph.writeBytes(text(2, "graph"));
    constants.forEach(constant -> graph.writeBytes(bytes(5, constant)));
    graph.writeBytes(bytes(11, input));
    outputs.forEach(output -> graph.writeBytes(bytes(12, output)));
    return join(
        number(1, 7),
        text(2, "a test"),
        bytes(7, graph.toByteArray()),
        bytes(8, join(text(1, ""), number(2, 13))),
        bytes(8, join(text(1, "ai.onnx.ml"), number(2, 1))));
  }
}
