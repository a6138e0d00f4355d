package io.rowwise.backend.cuda;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** What a module is loaded from, in native memory, where the driver reads it. */
final class ModuleImage {
  private ModuleImage() {}

  /** PTX, as {@link Gpu#load} takes it. */
  static ByteBuffer ofPtx(String ptx) {
    return of((ptx + '\0').getBytes(StandardCharsets.US_ASCII));
  }

  /** A file of this package, as {@link Gpu#load} takes it. */
  static ByteBuffer ofFile(String name) {
    try (InputStream file = ModuleImage.class.getResourceAsStream(name)) {
      if (file == null) {
        throw new IllegalStateException(name + " is not in this jar");
      }
      byte[] image = file.readAllBytes();
      // A binary knows where it ends, PTX ends with a zero.
      return of(Arrays.copyOf(image, image.length + 1));
    } catch (IOException e) {
      throw new UncheckedIOException(name + " cannot be read", e);
    }
  }

  private static ByteBuffer of(byte[] image) {
    return ByteBuffer.allocateDirect(image.length).put(image).flip();
  }
}
