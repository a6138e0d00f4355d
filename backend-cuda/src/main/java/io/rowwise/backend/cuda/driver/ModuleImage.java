package io.rowwise.backend.cuda.driver;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * What a module is loaded from, in native memory, where the driver reads it.
 *
 * <p>Public for the packages beside this one; programs do not use it.
 */
public final class ModuleImage {
  /** The folder that {@code src/main/cuda/compile} writes to. */
  private static final String KERNELS = "/io/rowwise/backend/cuda/";

  private ModuleImage() {}

  /** PTX, as {@link Gpu#load} takes it. */
  public static ByteBuffer ofPtx(String ptx) {
    return of((ptx + '\0').getBytes(StandardCharsets.US_ASCII));
  }

  /** One of the files of kernels in this jar, as {@link Gpu#load} takes it. */
  public static ByteBuffer ofFile(String name) {
    try (InputStream file = ModuleImage.class.getResourceAsStream(KERNELS + name)) {
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
