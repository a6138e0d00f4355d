package io.rowwise.model;

import io.rowwise.backend.ElementType;
import io.rowwise.file.HalfPrecision;
import io.rowwise.file.Quoted;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.DoubleStream;
import java.util.stream.LongStream;

/**
 * A TensorProto, whose numbers are read when they are asked for.
 *
 * @param shape none negative; empty for a single number
 * @param type a value of TensorProto.DataType
 * @param isExternal whether its numbers are in another file
 * @param message all of it
 */
record OnnxTensor(
    String name, List<Long> shape, int type, boolean isExternal, ProtobufReader message) {
  static final int FLOAT = 1;
  static final int INT32 = 6;
  static final int INT64 = 7;
  static final int STRING = 8;
  static final int FLOAT16 = 10;
  static final int DOUBLE = 11;
  static final int BFLOAT16 = 16;

  private static final int MOST_DIMENSIONS = 8;

  static OnnxTensor of(ProtobufReader message) throws ModelFormatException {
    List<Long> shape = new ArrayList<>();
    LongStream.Builder sizes = LongStream.builder();
    int type = 0;
    String name = "";
    boolean isExternal = false;
    ProtobufReader fields = message.again();
    while (fields.next()) {
      switch (fields.field()) {
        case 1 -> fields.numbers(sizes);
        case 2 -> type = (int) fields.number();
        case 8 -> name = fields.text();
        case 14 -> isExternal = fields.number() == 1;
        default -> {}
      }
    }
    for (long size : sizes.build().toArray()) {
      shape.add(size);
    }
    if (shape.size() > MOST_DIMENSIONS || shape.stream().anyMatch(size -> size < 0)) {
      throw new ModelFormatException(
          Quoted.of(name) + " has a shape that no tensor of a linear layer has");
    }
    return new OnnxTensor(name, List.copyOf(shape), type, isExternal, message.again());
  }

  /** Its numbers, row-major. */
  double[] numbers() throws ModelFormatException {
    if (isExternal) {
      throw new ModelFormatException(
          Quoted.of(name)
              + " has its numbers in another file, wanted them in this one; save the model without"
              + " external data");
    }
    ByteBuffer raw = null;
    DoubleStream.Builder typed = DoubleStream.builder();
    ProtobufReader fields = message.again();
    while (fields.next()) {
      switch (fields.field()) {
        case 4 -> fields.floats(typed);
        case 5 -> fields.numbers(bits -> typed.accept(ofInt32(bits)));
        case 7 -> fields.numbers(typed::accept);
        case 9 -> raw = fields.raw();
        case 10 -> fields.doubles(typed);
        default -> {}
      }
    }
    double[] numbers = raw == null ? typed.build().toArray() : numbers(raw);
    requireCount(numbers.length);
    return numbers;
  }

  /** The numbers of float16 and bfloat16 are in int32_data by their bits. */
  private double ofInt32(long bits) {
    return switch (type) {
      case FLOAT16 -> HalfPrecision.ofBinary16((short) bits);
      case BFLOAT16 -> HalfPrecision.ofBfloat16((short) bits);
      default -> (int) bits;
    };
  }

  private double[] numbers(ByteBuffer raw) throws ModelFormatException {
    int size =
        switch (type) {
          case FLOAT16, BFLOAT16 -> Short.BYTES;
          case FLOAT, INT32 -> Float.BYTES;
          case DOUBLE, INT64 -> Double.BYTES;
          default -> throw wrongType("numbers");
        };
    if (raw.remaining() % size != 0) {
      throw new ModelFormatException(
          String.format(
              Locale.ROOT,
              "%s has %d bytes of numbers of %d bytes; the file is damaged",
              Quoted.of(name),
              raw.remaining(),
              size));
    }
    double[] numbers = new double[raw.remaining() / size];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] =
          switch (type) {
            case FLOAT16 -> HalfPrecision.ofBinary16(raw.getShort());
            case BFLOAT16 -> HalfPrecision.ofBfloat16(raw.getShort());
            case FLOAT -> raw.getFloat();
            case INT32 -> raw.getInt();
            case INT64 -> raw.getLong();
            default -> raw.getDouble();
          };
    }
    return numbers;
  }

  private void requireCount(long found) throws ModelFormatException {
    // Neither factor is beyond an int's range before they are multiplied.
    long wanted = 1;
    for (long size : shape) {
      wanted = size > Integer.MAX_VALUE ? Long.MAX_VALUE : wanted * size;
      if (wanted > Integer.MAX_VALUE && size != 0) {
        wanted = Integer.MAX_VALUE + 1L;
      }
    }
    if (found != wanted) {
      throw new ModelFormatException(
          String.format(
              Locale.ROOT,
              "%s has %d numbers, wanted those of the shape %s; the file is damaged",
              Quoted.of(name),
              found,
              shape));
    }
  }

  /** A matrix, row-major, as columns x rows. */
  static double[] transposed(double[] numbers, int rows, int columns) {
    double[] transposed = new double[numbers.length];
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < columns; j++) {
        transposed[j * rows + i] = numbers[i * columns + j];
      }
    }
    return transposed;
  }

  /** The names of classes that it holds: texts, or whole numbers. */
  List<String> names() throws ModelFormatException {
    List<String> names = new ArrayList<>();
    ByteBuffer raw = null;
    ProtobufReader fields = message.again();
    while (fields.next()) {
      switch (fields.field()) {
        case 5, 7 -> fields.numbers(number -> names.add(Long.toString(number)));
        case 6 -> names.add(fields.text());
        case 9 -> raw = fields.raw();
        default -> {}
      }
    }
    if (raw != null) {
      if (type != INT64 && type != INT32) {
        throw wrongType("names of classes");
      }
      int size = type == INT64 ? Long.BYTES : Integer.BYTES;
      while (raw.remaining() >= size) {
        names.add(Long.toString(type == INT64 ? raw.getLong() : raw.getInt()));
      }
    }
    return names;
  }

  private ModelFormatException wrongType(String what) {
    return new ModelFormatException(
        String.format(
            Locale.ROOT,
            "%s has the type %d, wanted %s of float, double, float16, bfloat16, int32 or int64",
            Quoted.of(name),
            type,
            what));
  }

  /** What holds each of its numbers exactly. */
  ElementType elementType() throws ModelFormatException {
    return switch (type) {
      case FLOAT, FLOAT16, BFLOAT16 -> ElementType.FLOAT32;
      case DOUBLE -> ElementType.FLOAT64;
      default -> throw wrongType("weights");
    };
  }

  /** Whether all of its dimensions but the last have the size 1. */
  boolean isOneRow() {
    return shape.stream().limit(Math.max(0, shape.size() - 1)).allMatch(size -> size == 1);
  }
}
