package io.rowwise.backend.cuda.jcuda;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.stream.Collectors;
import jcuda.Pointer;
import jcuda.driver.CUjit_option;

/**
 * What the driver's compiler says of a module that it does not take. All that it is given lies in
 * native memory: with a Java array JCuda keeps the garbage collector out for as long as a load
 * takes, and then all threads that need memory wait for it.
 */
final class LoadLog implements AutoCloseable {
  private static final int[] OPTIONS = {
    CUjit_option.CU_JIT_ERROR_LOG_BUFFER, CUjit_option.CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES
  };

  /** Where the text begins, behind the options' values. */
  private static final int TEXT = OPTIONS.length * Long.BYTES;

  private static final int TEXT_BYTES = 4096;

  private final PinnedMemory memory = new PinnedMemory(TEXT + TEXT_BYTES);

  LoadLog() {
    ByteBuffer bytes = memory.bytes();
    bytes.putLong(0, memory.address() + TEXT);
    bytes.putLong(Long.BYTES, TEXT_BYTES);
    bytes.put(TEXT, (byte) 0);
  }

  int[] options() {
    return OPTIONS.clone();
  }

  Pointer values() {
    return memory.pointer();
  }

  /** What was said, in one line. */
  String text() {
    ByteBuffer bytes = memory.bytes();
    int length = 0;
    while (length < TEXT_BYTES && bytes.get(TEXT + length) != 0) {
      length++;
    }
    byte[] text = new byte[length];
    bytes.get(TEXT, text);
    return new String(text, StandardCharsets.US_ASCII)
        .lines()
        .map(String::strip)
        .filter(line -> !line.isEmpty())
        .collect(Collectors.joining("; "));
  }

  @Override
  public void close() {
    memory.free();
  }
}
