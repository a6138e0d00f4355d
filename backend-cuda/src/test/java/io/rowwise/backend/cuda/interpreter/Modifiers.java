package io.rowwise.backend.cuda.interpreter;

import io.rowwise.backend.cuda.ptx.PtxException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The modifiers of an instruction, taken one by one by those who implement them. What is left over
 * is not implemented, and must be an error.
 */
final class Modifiers {
  private final Instruction instruction;
  private final List<String> left;

  Modifiers(Instruction instruction) {
    this.instruction = instruction;
    this.left = new ArrayList<>(instruction.modifiers());
  }

  /** Whether the modifier is there. */
  boolean take(String name) {
    return left.remove(name);
  }

  /** Whether one of the two is there. */
  boolean takeAny(String one, String other) {
    return take(one) || take(other);
  }

  /** The first of the left modifiers if it is one of these, else null. */
  String takeOneOf(Set<String> names) {
    return !left.isEmpty() && names.contains(left.get(0)) ? left.remove(0) : null;
  }

  /** The first of the left modifiers, whatever it is. */
  String takeFirst() {
    if (left.isEmpty()) {
      throw new PtxException(instruction.line(), instruction.name() + " lacks a modifier");
    }
    return left.remove(0);
  }

  /** The first of the left modifiers, which must be a type. */
  PtxType takeType() {
    PtxType type = left.isEmpty() ? null : PtxType.named(left.get(0));
    if (type == null) {
      throw notImplemented();
    }
    left.remove(0);
    return type;
  }

  /** The state space, generic if none is named. */
  StateSpace takeSpace() {
    StateSpace space = left.isEmpty() ? null : StateSpace.named(left.get(0));
    if (space == null) {
      return StateSpace.GENERIC;
    }
    left.remove(0);
    return space;
  }

  void requireNone() {
    if (!left.isEmpty()) {
      throw notImplemented();
    }
  }

  PtxException notImplemented() {
    return new PtxException(
        instruction.line(),
        "`"
            + instruction.name()
            + "` is not implemented"
            + (left.isEmpty() ? "" : " (what to do with ." + String.join(".", left) + "?)"));
  }
}
