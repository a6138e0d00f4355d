package io.rowwise.backend.cuda.interpreter;

import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The fundamental types of PTX that the interpreter computes with. */
enum PtxType {
  PRED(1, Kind.PREDICATE),
  B8(8, Kind.BITS),
  B16(16, Kind.BITS),
  B32(32, Kind.BITS),
  B64(64, Kind.BITS),
  U8(8, Kind.UNSIGNED),
  U16(16, Kind.UNSIGNED),
  U32(32, Kind.UNSIGNED),
  U64(64, Kind.UNSIGNED),
  S8(8, Kind.SIGNED),
  S16(16, Kind.SIGNED),
  S32(32, Kind.SIGNED),
  S64(64, Kind.SIGNED),
  F32(32, Kind.FLOATING),
  F64(64, Kind.FLOATING);

  enum Kind {
    PREDICATE,
    BITS,
    UNSIGNED,
    SIGNED,
    FLOATING
  }

  private static final Map<String, PtxType> BY_NAME =
      Stream.of(values())
          .collect(Collectors.toMap(t -> t.name().toLowerCase(Locale.ROOT), Function.identity()));

  final int bits;
  final Kind kind;

  PtxType(int bits, Kind kind) {
    this.bits = bits;
    this.kind = kind;
  }

  /** The type of this name, as it stands in an opcode ({@code f64}); null if there is none. */
  static PtxType named(String name) {
    return BY_NAME.get(name);
  }

  int bytes() {
    return bits / 8;
  }

  boolean isFloating() {
    return kind == Kind.FLOATING;
  }

  boolean isSigned() {
    return kind == Kind.SIGNED;
  }

  /** The value that the low bits of a register have as this type, extended to 64 bits. */
  long extend(long register) {
    if (bits == 64) {
      return register;
    }
    int shift = 64 - bits;
    return isSigned() ? register << shift >> shift : register << shift >>> shift;
  }
}
