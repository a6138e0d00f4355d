package org.bytedeco.javacpp;

/** A pointer to elements of {@code double}, by the name that native methods' signatures have. */
public final class DoublePointer extends Pointer {
  /** Nowhere. */
  public DoublePointer() {}
}
