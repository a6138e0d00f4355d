package org.bytedeco.javacpp;

/** A pointer to elements of {@code double}, by the name that native methods' signatures have. */
public class DoublePointer extends Pointer {
  /** Nowhere; the pointer is null. */
  public DoublePointer(Pointer pointer) {}
}
