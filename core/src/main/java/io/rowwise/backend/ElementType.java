package io.rowwise.backend;

import io.rowwise.file.HalfPrecision;
import java.util.List;
import java.util.stream.Collectors;

/**
 * What a matrix is made of.
 *
 * <p>Every operation takes {@code float32} and {@code float64}. The two types of 16 bits are for
 * what is read and written in bulk: softmax, log-softmax, cross-entropy, its gradient, the linear
 * prediction, and {@link Backend#copy}, which converts. They are computed in {@code float32}, and
 * the result is rounded once.
 */
public enum ElementType {
  /** IEEE 754 binary32, Java's {@code float}. */
  FLOAT32("float32", Float.BYTES),
  /** IEEE 754 binary64, Java's {@code double}; the default, as in the notebook. */
  FLOAT64("float64", Double.BYTES),
  /** The upper half of a {@code float}: its range, but 8 binary digits. */
  BFLOAT16("bfloat16", Short.BYTES),
  /** IEEE 754 binary16, half precision: 11 binary digits, up to 65504. */
  FLOAT16("float16", Short.BYTES);

  private static final List<ElementType> ARITHMETIC = List.of(FLOAT32, FLOAT64);

  private final String label;
  private final int bytes;

  ElementType(String label, int bytes) {
    this.label = label;
    this.bytes = bytes;
  }

  /** The types that every operation takes: {@code float32} and {@code float64}. */
  public static List<ElementType> arithmetic() {
    return ARITHMETIC;
  }

  /** Bytes that one element takes. */
  public int bytes() {
    return bytes;
  }

  /** Whether it has 16 bits, so that only some operations take it. */
  public boolean isHalf() {
    return this == BFLOAT16 || this == FLOAT16;
  }

  /** What operations on it compute in: {@code float32} for those of 16 bits, else the type. */
  public ElementType computedIn() {
    return isHalf() ? FLOAT32 : this;
  }

  /** The nearest number of this type, of two as near the even one; too large, it is infinite. */
  public double rounded(double value) {
    return switch (this) {
      case FLOAT32 -> (float) value;
      case FLOAT64 -> value;
      case BFLOAT16 -> HalfPrecision.ofBfloat16(HalfPrecision.bfloat16(value));
      case FLOAT16 -> HalfPrecision.ofBinary16(HalfPrecision.binary16(value));
    };
  }

  /** Whether a number is finite after it was rounded to this type: 1e39 is not in float32. */
  public boolean isFinite(double value) {
    return Double.isFinite(rounded(value));
  }

  /**
   * The number that 16 bits are.
   *
   * @throws IllegalStateException if this type has more
   */
  public float ofBits(short bits) {
    requireHalf();
    return this == BFLOAT16 ? HalfPrecision.ofBfloat16(bits) : HalfPrecision.ofBinary16(bits);
  }

  /**
   * The 16 bits of a number, rounded to this type.
   *
   * @throws IllegalStateException if this type has more
   */
  public short bits(float value) {
    requireHalf();
    return this == BFLOAT16 ? HalfPrecision.bfloat16(value) : HalfPrecision.binary16(value);
  }

  /**
   * The 16 bits of a number, rounded once to this type.
   *
   * @throws IllegalStateException if this type has more
   */
  public short bits(double value) {
    requireHalf();
    return this == BFLOAT16 ? HalfPrecision.bfloat16(value) : HalfPrecision.binary16(value);
  }

  private void requireHalf() {
    if (!isHalf()) {
      throw new IllegalStateException(label + " has more than 16 bits");
    }
  }

  /**
   * The type of that name, as {@link #toString} writes it.
   *
   * @throws IllegalArgumentException if there is none; the message lists the names
   */
  public static ElementType of(String name) {
    return of(name, List.of(values()), "is not known");
  }

  /**
   * The type of that name among those that every operation takes.
   *
   * @throws IllegalArgumentException if there is none; the message lists the names
   */
  public static ElementType ofArithmetic(String name) {
    return of(name, ARITHMETIC, "is not one to compute in");
  }

  private static ElementType of(String name, List<ElementType> types, String otherwise) {
    for (ElementType type : types) {
      if (type.label.equals(name)) {
        return type;
      }
    }
    throw new IllegalArgumentException(
        "element type '%s' %s: choose %s"
            .formatted(
                name,
                otherwise,
                types.stream().map(ElementType::toString).collect(Collectors.joining(" or "))));
  }

  /** NumPy's and PyTorch's name, such as {@code float32}. */
  @Override
  public String toString() {
    return label;
  }
}
