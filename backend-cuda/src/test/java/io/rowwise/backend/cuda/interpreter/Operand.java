package io.rowwise.backend.cuda.interpreter;

import java.util.List;

/** What an instruction names: where it takes a value from, or puts one. */
sealed interface Operand {
  /** A declared register; {@code number} counts the registers that the kernel uses. */
  record Register(int number, String name, PtxType type) implements Operand {}

  /** A register that the machine sets, such as {@code %tid.x}. */
  record Special(String name) implements Operand {}

  /** A number in the text: the bits of an integer, a float or a double. */
  record Immediate(long bits, Form form) implements Operand {
    enum Form {
      INTEGER,
      FLOAT,
      DOUBLE
    }
  }

  /** The address of a variable or of a parameter. */
  record Symbol(Variable variable) implements Operand {}

  /** The place of an instruction. */
  record Label(String name) implements Operand {}

  /** {@code [base + offset]}; the base is a register, a symbol or an immediate. */
  record Address(Operand base, long offset) implements Operand {}

  /** {@code {a, b, c, d}}. */
  record Vector(List<Operand> elements) implements Operand {}

  /** {@code a|b}: two results. */
  record Pair(Operand first, Operand second) implements Operand {}

  /** {@code !p}. */
  record Not(Register predicate) implements Operand {}

  /** {@code _}: a result that nobody wants. */
  record Sink() implements Operand {}
}
