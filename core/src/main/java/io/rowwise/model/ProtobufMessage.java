package io.rowwise.model;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A message in <a href="https://protobuf.dev/programming-guides/encoding/">Protocol Buffers'
 * encoding</a>, of the two kinds of field that ONNX is written with: whole numbers that are not
 * negative, and what has a length (texts, bytes, messages).
 *
 * <p>Written here rather than by a library because that is all there is to it, and the library
 * would come with generated classes and a version that has to agree with those of everything else
 * in a program.
 */
final class ProtobufMessage {
  private static final int NUMBER = 0;
  private static final int HAS_LENGTH = 2;

  /** Bytes that are made when they are written. */
  interface Bytes {
    void writeTo(OutputStream out) throws IOException;
  }

  private final List<Bytes> parts = new ArrayList<>();
  private long length;

  ProtobufMessage number(int field, long value) {
    varint(((long) field << 3) | NUMBER);
    varint(value);
    return this;
  }

  ProtobufMessage text(int field, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return bytes(field, bytes.length, out -> out.write(bytes));
  }

  /** The message as it is now: fields that it gets later are not in it. */
  ProtobufMessage message(int field, ProtobufMessage message) {
    List<Bytes> now = List.copyOf(message.parts);
    return bytes(
        field,
        message.length,
        out -> {
          for (Bytes part : now) {
            part.writeTo(out);
          }
        });
  }

  /**
   * @param count how many bytes will be written
   */
  ProtobufMessage bytes(int field, long count, Bytes bytes) {
    varint(((long) field << 3) | HAS_LENGTH);
    varint(count);
    add(count, bytes);
    return this;
  }

  /** How many bytes it takes. */
  long length() {
    return length;
  }

  void writeTo(OutputStream out) throws IOException {
    for (Bytes part : parts) {
      part.writeTo(out);
    }
  }

  /** Seven bits in each byte, the lowest first; the top bit says that another byte follows. */
  private void varint(long value) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    long rest = value;
    while (rest > 0x7F) {
      bytes.write((int) ((rest & 0x7F) | 0x80));
      rest >>>= 7;
    }
    bytes.write((int) rest);
    add(bytes.size(), bytes::writeTo);
  }

  private void add(long count, Bytes bytes) {
    parts.add(bytes);
    length += count;
  }
}
