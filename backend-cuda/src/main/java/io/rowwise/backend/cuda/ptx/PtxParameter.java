package io.rowwise.backend.cuda.ptx;

import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * A parameter of a kernel, as PTX declares it.
 *
 * <p>Public for the packages beside this one; programs do not use it.
 *
 * @param type as it stands there: {@code .u64}
 * @param isPointer whether the PTX says that it is an address; it may be one without that
 * @param isPlain whether it is one value at its own alignment, and no array or structure
 */
public record PtxParameter(String type, boolean isPointer, boolean isPlain) {
  /** What a launch can pass. */
  public enum Argument {
    MATRIX("a matrix"),
    INT32("an int32"),
    INT64("an int64"),
    FLOAT32("a float32"),
    FLOAT64("a float64");

    private final String label;

    Argument(String label) {
      this.label = label;
    }
  }

  /** Whether it takes such an argument. */
  public boolean takes(Argument argument) {
    if (!isPlain) {
      return false;
    }
    if (isPointer) {
      return argument == Argument.MATRIX;
    }
    return switch (type) {
      case ".u32", ".s32" -> argument == Argument.INT32;
      case ".b32" -> argument == Argument.INT32 || argument == Argument.FLOAT32;
      case ".f32" -> argument == Argument.FLOAT32;
      case ".u64", ".s64" -> argument == Argument.MATRIX || argument == Argument.INT64;
      case ".b64" -> argument != Argument.INT32 && argument != Argument.FLOAT32;
      case ".f64" -> argument == Argument.FLOAT64;
      default -> false;
    };
  }

  /** What it takes, for messages: {@code a matrix or an int64}. */
  public String wanted() {
    String wanted =
        Arrays.stream(Argument.values())
            .filter(this::takes)
            .map(argument -> argument.label)
            .collect(Collectors.joining(" or "));
    return wanted.isEmpty()
        ? "what cannot be passed from here (numbers of 32 and 64 bits and matrices can)"
        : wanted;
  }

  @Override
  public String toString() {
    return type + (isPointer ? " .ptr" : "") + (isPlain ? "" : " []");
  }
}
