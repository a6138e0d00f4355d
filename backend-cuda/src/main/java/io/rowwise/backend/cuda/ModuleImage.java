package io.rowwise.backend.cuda;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** What a module is loaded from, in native memory, where the driver reads it. */
final class ModuleImage {
  private ModuleImage() {}

  /** PTX, as {@link Gpu#load} takes it. */
  static ByteBuffer ofPtx(String ptx) {
    return of((ptx + '\0').getBytes(StandardCharsets.US_ASCII));
  }

  private static ByteBuffer of(byte[] image) {
    return ByteBuffer.allocateDirect(image.length).put(image).flip();
  }
}
