package io.rowwise.backend;

import java.util.Arrays;
import java.util.stream.Collectors;

/** What a matrix is made of. */
public enum ElementType {
  /** IEEE 754 binary32, Java's {@code float}. */
  FLOAT32("float32", Float.BYTES),
  /** IEEE 754 binary64, Java's {@code double}; the default, as in the notebook. */
  FLOAT64("float64", Double.BYTES);

  private final String label;
  private final int bytes;

  ElementType(String label, int bytes) {
    this.label = label;
    this.bytes = bytes;
  }

  /** Bytes that one element takes. */
  public int bytes() {
    return bytes;
  }

  /** Whether a number is finite after it was rounded to this type: 1e39 is not in float32. */
  public boolean isFinite(double value) {
    return this == FLOAT32 ? Float.isFinite((float) value) : Double.isFinite(value);
  }

  /**
   * The type of that name, as {@link #toString} writes it.
   *
   * @throws IllegalArgumentException if there is none; the message lists the names
   */
  public static ElementType of(String name) {
    for (ElementType type : values()) {
      if (type.label.equals(name)) {
        return type;
      }
    }
    throw new IllegalArgumentException(
        "element type '%s' is not known: choose %s"
            .formatted(
                name,
                Arrays.stream(values())
                    .map(ElementType::toString)
                    .collect(Collectors.joining(" or "))));
  }

  /** NumPy's and PyTorch's name: {@code float32} or {@code float64}. */
  @Override
  public String toString() {
    return label;
  }
}
