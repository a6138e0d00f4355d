package io.rowwise.backend.cuda.interpreter;

/**
 * An instruction decoded. Immutable: what changes is in the warp.
 *
 * <p>Each step says which slots it reads and which it writes, so that the warp can follow values
 * that nothing assigned: they may be copied and computed with, as compilers do, but not be an
 * address, be stored, or decide where to go on.
 */
abstract class Step {
  private static final int[] NONE = {};

  final Instruction instruction;

  /** The number of the instruction in its kernel. */
  final int number;

  /** The slot of the guard, or -1. */
  final int guard;

  final boolean guardNegated;

  /** Slots whose values go into what is written. */
  int[] sources = NONE;

  /** Slots whose values have an effect at once: they must be assigned. */
  int[] needs = NONE;

  /** Slots that are written. */
  int[] targets = NONE;

  Step(Instruction instruction, int number) {
    this.instruction = instruction;
    this.number = number;
    this.guard = instruction.guard() == null ? -1 : instruction.guard().number();
    this.guardNegated = instruction.guardNegated();
  }

  /**
   * Executes the instruction.
   *
   * @param lanes the lanes that execute it, at least one
   */
  abstract void execute(Warp warp, int lanes);

  /** Follows unassigned values through this step; overridden where not all sources count. */
  int unassigned(Warp warp, int lanes) {
    int unassigned = 0;
    for (int source : sources) {
      unassigned |= warp.unassigned[source];
    }
    return unassigned & lanes;
  }
}
