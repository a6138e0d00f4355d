package io.rowwise.model;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.function.DoubleConsumer;
import java.util.function.LongConsumer;

/**
 * Reads the fields of a message in <a
 * href="https://protobuf.dev/programming-guides/encoding/">Protocol Buffers' encoding</a> one after
 * another; the counterpart of {@link ProtobufMessage}.
 *
 * <p>Nothing is copied but texts, and every length is compared with what is left of the message
 * before it is used. A message within a message is a reader of its own, which is opened when it is
 * asked for, so the depth is what the program asks for and not what the bytes say.
 */
final class ProtobufReader {
  private static final int NUMBER = 0;
  private static final int EIGHT_BYTES = 1;
  private static final int HAS_LENGTH = 2;
  private static final int FOUR_BYTES = 5;

  private final byte[] bytes;
  private final int from;
  private final int to;
  private int at;

  private int field;
  private int kind;
  private long number;
  private int start;

  /** Of a whole file. */
  ProtobufReader(byte[] bytes) {
    this(bytes, 0, bytes.length);
  }

  private ProtobufReader(byte[] bytes, int from, int to) {
    this.bytes = bytes;
    this.from = from;
    this.to = to;
    this.at = from;
  }

  /** The same message from its beginning, by a reader of its own. */
  ProtobufReader again() {
    return new ProtobufReader(bytes, from, to);
  }

  /** Goes to the next field, if there is one. */
  boolean next() throws ModelFormatException {
    if (at == to) {
      return false;
    }
    int begin = at;
    long tag = varint();
    field = (int) (tag >>> 3);
    kind = (int) (tag & 7);
    if (field < 1 || tag >>> 3 > 0x1FFF_FFFF) {
      throw damaged(begin, "a field of the number " + (tag >>> 3) + ", wanted 1 or more");
    }
    switch (kind) {
      case NUMBER -> number = varint();
      case EIGHT_BYTES -> skip(Long.BYTES);
      case FOUR_BYTES -> skip(Integer.BYTES);
      case HAS_LENGTH -> {
        long length = varint();
        if (length < 0 || length > to - at) {
          throw damaged(
              begin,
              String.format(
                  Locale.ROOT,
                  "a field of %s bytes where %d are left",
                  Long.toUnsignedString(length),
                  to - at));
        }
        skip((int) length);
      }
      default -> throw damaged(begin, "a field of the kind " + kind + ", wanted 0, 1, 2 or 5");
    }
    return true;
  }

  private void skip(int count) throws ModelFormatException {
    start = at;
    if (count > to - at) {
      throw damaged(at, count + " bytes of a number, but only " + (to - at) + " are left");
    }
    at += count;
  }

  private long varint() throws ModelFormatException {
    int begin = at;
    long value = 0;
    for (int shift = 0; shift < Long.SIZE; shift += 7) {
      if (at == to) {
        throw damaged(begin, "a number that has no end");
      }
      byte next = bytes[at];
      at++;
      value |= (long) (next & 0x7F) << shift;
      if (next >= 0) {
        return value;
      }
    }
    throw damaged(begin, "a number of more than ten bytes");
  }

  /** The number of the field, as the message's description has it. */
  int field() {
    return field;
  }

  /** Of a field that is a whole number. */
  long number() throws ModelFormatException {
    require(NUMBER, "a whole number");
    return number;
  }

  /** Of a field that is one {@code float}. */
  float float32() throws ModelFormatException {
    require(FOUR_BYTES, "a number of four bytes");
    return buffer().getFloat();
  }

  /** Of a field that is text. */
  String text() throws ModelFormatException {
    require(HAS_LENGTH, "a text");
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(bytes, start, at - start))
          .toString();
    } catch (CharacterCodingException e) {
      throw damaged(start, "a text that is not UTF-8");
    }
  }

  /** Of a field that is a message. */
  ProtobufReader message() throws ModelFormatException {
    require(HAS_LENGTH, "a message");
    return new ProtobufReader(bytes, start, at);
  }

  /** The bytes of the field, not copied. */
  ByteBuffer raw() throws ModelFormatException {
    require(HAS_LENGTH, "bytes");
    return buffer();
  }

  /** Of a repeated field of whole numbers: one of them, or many that are packed. */
  void numbers(LongConsumer each) throws ModelFormatException {
    if (kind == NUMBER) {
      each.accept(number);
      return;
    }
    require(HAS_LENGTH, "whole numbers");
    ProtobufReader packed = new ProtobufReader(bytes, start, at);
    while (packed.at < packed.to) {
      each.accept(packed.varint());
    }
  }

  /** Of a repeated field of {@code float}: one of them, or many that are packed. */
  void floats(DoubleConsumer each) throws ModelFormatException {
    ByteBuffer packed = packed(FOUR_BYTES, Float.BYTES);
    while (packed.hasRemaining()) {
      each.accept(packed.getFloat());
    }
  }

  /** Of a repeated field of {@code double}: one of them, or many that are packed. */
  void doubles(DoubleConsumer each) throws ModelFormatException {
    ByteBuffer packed = packed(EIGHT_BYTES, Double.BYTES);
    while (packed.hasRemaining()) {
      each.accept(packed.getDouble());
    }
  }

  private ByteBuffer packed(int kindOfOne, int size) throws ModelFormatException {
    if (kind != kindOfOne) {
      require(HAS_LENGTH, "numbers of " + size + " bytes");
      if ((at - start) % size != 0) {
        throw damaged(start, (at - start) + " bytes of numbers of " + size + " bytes");
      }
    }
    return buffer();
  }

  private ByteBuffer buffer() {
    return ByteBuffer.wrap(bytes, start, at - start).slice().order(ByteOrder.LITTLE_ENDIAN);
  }

  private void require(int wanted, String what) throws ModelFormatException {
    if (kind != wanted) {
      throw damaged(
          at, String.format(Locale.ROOT, "field %d has the kind %d, wanted %s", field, kind, what));
    }
  }

  private static ModelFormatException damaged(int place, String what) {
    return new ModelFormatException(
        String.format(
            Locale.ROOT, "at byte %d: %s; the file is damaged, or is not ONNX", place, what));
  }
}
