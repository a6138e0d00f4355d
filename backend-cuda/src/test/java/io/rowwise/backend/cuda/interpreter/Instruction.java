package io.rowwise.backend.cuda.interpreter;

import java.util.List;

/**
 * An instruction as it was written.
 *
 * @param line where it starts, counted from 1
 * @param guard the predicate that a thread must have to execute it, or null
 * @param guardNegated whether it is the threads without the predicate that execute it
 * @param opcode the part before the first dot
 * @param modifiers the parts behind it
 */
record Instruction(
    int line,
    Operand.Register guard,
    boolean guardNegated,
    String opcode,
    List<String> modifiers,
    List<Operand> operands) {

  /** The opcode with its modifiers. */
  String name() {
    return modifiers.isEmpty() ? opcode : opcode + "." + String.join(".", modifiers);
  }
}
