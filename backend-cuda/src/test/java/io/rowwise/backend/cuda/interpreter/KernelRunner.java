package io.rowwise.backend.cuda.interpreter;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Memory and an interpreter for a test, and the small things that all launches need. */
final class KernelRunner {
  final DeviceMemory memory = new DeviceMemory();
  final Interpreter interpreter;

  KernelRunner() {
    this(1_000_000_000L);
  }

  KernelRunner(long instructionLimit) {
    interpreter = new Interpreter(memory, instructionLimit);
  }

  /** The text of a PTX file beside the tests. */
  static String resource(String name) {
    try (InputStream in = KernelRunner.class.getResourceAsStream(name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A module of one kernel {@code k}; {@code ;} and line ends as in PTX. */
  static String kernel(String parameters, String body) {
    return """
    .version 7.0
    .target sm_75
    .address_size 64
    .visible .entry k(%s)
    {
    %s
    }
    """
        .formatted(parameters, body);
  }

  long doubles(double... values) {
    ByteBuffer bytes = littleEndian(values.length * Double.BYTES);
    for (double value : values) {
      bytes.putDouble(value);
    }
    return upload(bytes);
  }

  long floats(double... values) {
    ByteBuffer bytes = littleEndian(values.length * Float.BYTES);
    for (double value : values) {
      bytes.putFloat((float) value);
    }
    return upload(bytes);
  }

  long ints(int... values) {
    ByteBuffer bytes = littleEndian(values.length * Integer.BYTES);
    for (int value : values) {
      bytes.putInt(value);
    }
    return upload(bytes);
  }

  private long upload(ByteBuffer bytes) {
    long address = memory.allocate(bytes.capacity());
    memory.write(address, bytes.flip());
    return address;
  }

  double[] readDoubles(long address, int count) {
    ByteBuffer bytes = download(address, count * Double.BYTES);
    double[] values = new double[count];
    for (int i = 0; i < count; i++) {
      values[i] = bytes.getDouble();
    }
    return values;
  }

  double[] readFloats(long address, int count) {
    ByteBuffer bytes = download(address, count * Float.BYTES);
    double[] values = new double[count];
    for (int i = 0; i < count; i++) {
      values[i] = bytes.getFloat();
    }
    return values;
  }

  int[] readInts(long address, int count) {
    ByteBuffer bytes = download(address, count * Integer.BYTES);
    int[] values = new int[count];
    for (int i = 0; i < count; i++) {
      values[i] = bytes.getInt();
    }
    return values;
  }

  private ByteBuffer download(long address, int bytes) {
    ByteBuffer target = littleEndian(bytes);
    memory.read(address, target);
    return target.flip();
  }

  /** Launches with parameters of Java's types, each aligned to its size. */
  LaunchReport launch(
      PtxModule module, String kernel, int blocks, int threads, int shared, Object... arguments) {
    return interpreter.launch(module, kernel, blocks, threads, shared, packed(arguments));
  }

  static ByteBuffer packed(Object... arguments) {
    ByteBuffer bytes = littleEndian(arguments.length * Long.BYTES);
    for (Object argument : arguments) {
      if (argument instanceof Integer value) {
        bytes.putInt(value);
      } else if (argument instanceof Float value) {
        bytes.putFloat(value);
      } else {
        bytes.position((bytes.position() + 7) / 8 * 8);
        if (argument instanceof Double value) {
          bytes.putDouble(value);
        } else {
          bytes.putLong((Long) argument);
        }
      }
    }
    return bytes.flip();
  }

  private static ByteBuffer littleEndian(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}
