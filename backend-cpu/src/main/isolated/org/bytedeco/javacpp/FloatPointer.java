package org.bytedeco.javacpp;

/** A pointer to elements of {@code float}, by the name that native methods' signatures have. */
public final class FloatPointer extends Pointer {
  /** Nowhere. */
  public FloatPointer() {}
}
