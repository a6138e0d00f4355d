package io.rowwise.dataset;

/**
 * The types of element that {@link Npy} reads and writes. The types that NumPy has besides these,
 * such as {@code object}, complex numbers, texts and records, are refused with a message.
 */
public enum NpyElementType {
  /** Java's {@code float}, NumPy's {@code float32}. */
  FLOAT32("float32", "f4", NpyStorage.FLOATS),

  /** Java's {@code double}, NumPy's {@code float64}. */
  FLOAT64("float64", "f8", NpyStorage.DOUBLES),

  /** Java's {@code int}, NumPy's {@code int32}. */
  INT32("int32", "i4", NpyStorage.INTS),

  /** Java's {@code long}, NumPy's {@code int64}. */
  INT64("int64", "i8", NpyStorage.LONGS),

  /** NumPy's {@code bool}, as numbers 0 and 1. */
  BOOL("bool", "b1", NpyStorage.BYTES),

  /** Java's {@code byte}, NumPy's {@code int8}. */
  INT8("int8", "i1", NpyStorage.BYTES),

  /** Java's {@code short}, NumPy's {@code int16}. */
  INT16("int16", "i2", NpyStorage.SHORTS),

  /** NumPy's {@code uint8}: 0 to 255. */
  UINT8("uint8", "u1", NpyStorage.BYTES),

  /** NumPy's {@code uint16}: 0 to 65,535. */
  UINT16("uint16", "u2", NpyStorage.SHORTS),

  /** NumPy's {@code uint32}: 0 to 2<sup>32</sup> - 1. */
  UINT32("uint32", "u4", NpyStorage.INTS),

  /** NumPy's {@code uint64}: 0 to 2<sup>64</sup> - 1. */
  UINT64("uint64", "u8", NpyStorage.LONGS),

  /** NumPy's {@code float16}: half precision. */
  FLOAT16("float16", "f2", NpyStorage.SHORTS);

  private final String numpyName;
  private final String code;
  private final NpyStorage storage;

  NpyElementType(String numpyName, String code, NpyStorage storage) {
    this.numpyName = numpyName;
    this.code = code;
    this.storage = storage;
  }

  /** How many bytes an element takes in a file. */
  public int bytes() {
    return storage.bytes;
  }

  /** NumPy's name for the type, such as {@code float64}. */
  @Override
  public String toString() {
    return numpyName;
  }

  /** What stands for the type in a header, without the byte order. */
  String code() {
    return code;
  }

  /** What the values are kept in. */
  NpyStorage storage() {
    return storage;
  }
}
