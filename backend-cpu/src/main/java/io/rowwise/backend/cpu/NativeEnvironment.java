package io.rowwise.backend.cpu;

import java.nio.charset.StandardCharsets;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerPointer;

/**
 * The environment variables that native code sees, on a POSIX system. Java sets none, and a library
 * that calls any function, {@code setenv} too, takes a fifth of the time to a program's first
 * prediction to start. But POSIX lets a program point {@code environ} at a list of its own, and who
 * is reading the old one goes on doing so.
 */
final class NativeEnvironment {
  private NativeEnvironment() {}

  /**
   * Adds a variable, which must not be there yet. What another thread sets at the same time may be
   * lost.
   *
   * @throws IllegalStateException if this process has no {@code environ}
   */
  static void add(String name, String value) {
    Pointer symbol = Loader.addressof("environ");
    if (symbol == null) {
      throw new IllegalStateException("this process has no environ");
    }
    PointerPointer<Pointer> environ = new PointerPointer<>(symbol);
    Pointer first = environ.get();
    PointerPointer<Pointer> variables = new PointerPointer<>(first);
    int count = 0;
    while (first != null && variables.get(count) != null) {
      count++;
    }
    // The C library's from here on, and so never freed.
    PointerPointer<Pointer> longer =
        new PointerPointer<>(Pointer.calloc(count + 2L, Pointer.sizeof(PointerPointer.class)));
    byte[] assignment = String.join("=", name, value).getBytes(StandardCharsets.UTF_8);
    BytePointer added = new BytePointer(Pointer.calloc(assignment.length + 1L, 1));
    added.put(assignment);
    for (int i = 0; i < count; i++) {
      longer.put(i, variables.get(i));
    }
    longer.put(count, added);
    environ.put(longer);
  }
}
