package org.bytedeco.javacpp;

/** A pointer to elements of {@code float}, by the name that native methods' signatures have. */
public class FloatPointer extends Pointer {
  /** Nowhere; the pointer is null. */
  public FloatPointer(Pointer pointer) {}
}
