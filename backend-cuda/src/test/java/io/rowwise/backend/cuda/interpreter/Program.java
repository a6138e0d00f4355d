package io.rowwise.backend.cuda.interpreter;

import java.util.List;

/**
 * A kernel decoded: a step for each instruction, in which every operand is the number of a slot.
 * Registers have slots, and so have constants, special registers and the addresses of variables:
 * those are filled when a warp starts.
 */
record Program(
    List<Step> steps,
    int slots,
    List<Constant> constants,
    List<SpecialSlot> specials,
    List<SymbolSlot> symbols) {

  /** A slot that has the same bits in all lanes. */
  record Constant(int slot, long bits) {}

  /** A slot that has what the machine sets. */
  record SpecialSlot(int slot, String name) {}

  /** A slot that has the address of a variable of the module. */
  record SymbolSlot(int slot, Variable variable) {}
}
