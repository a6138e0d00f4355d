package io.rowwise.backend.cuda.interpreter;

import java.util.Locale;

/** Where an address points to. */
enum StateSpace {
  GENERIC,
  GLOBAL,
  SHARED,
  LOCAL,
  CONST,
  PARAM;

  /** The space of this name, as it stands in an opcode ({@code shared}); null if there is none. */
  static StateSpace named(String name) {
    return switch (name) {
      case "global" -> GLOBAL;
      case "shared", "shared::cta" -> SHARED;
      case "local" -> LOCAL;
      case "const" -> CONST;
      case "param" -> PARAM;
      default -> null;
    };
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
