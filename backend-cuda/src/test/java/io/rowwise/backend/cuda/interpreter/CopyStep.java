package io.rowwise.backend.cuda.interpreter;

import io.rowwise.backend.cuda.interpreter.MemoryStep.AddressSlot;

/** Steps of {@code cp.async}: to ask for copies, to make a group of them, and to wait. */
final class CopyStep {
  /** To wait for all copies, whether they are in a group or not. */
  static final long ALL = -1;

  /** Of what a copy reads is known, in pieces of so many bytes, whether it was written. */
  private static final int PIECE_BYTES = 4;

  private CopyStep() {}

  /** Asks for a copy of 4, 8 or 16 bytes from global memory to shared memory. */
  static final class Copy extends MemoryStep {
    private final Target target;
    private final int bytes;

    Copy(Instruction instruction, int number, AddressSlot to, AddressSlot from, int bytes) {
      super(instruction, number, StateSpace.GLOBAL, from, PIECE_BYTES);
      this.target = new Target(instruction, number, to);
      this.bytes = bytes;
      this.needs = new int[] {from.slot(), to.slot()};
    }

    @Override
    void execute(Warp warp, int lanes) {
      for (int left = lanes; left != 0; left &= left - 1) {
        int lane = Integer.numberOfTrailingZeros(left);
        Place from = warp.place(this, lane, address(warp, lane), bytes).copy();
        from.requireWritten(this, lane, bytes, PIECE_BYTES);
        Place to = warp.place(target, lane, target.address(warp, lane), bytes).copy();
        warp.copies(lane).add(this, lane, from, to, bytes);
      }
    }
  }

  /** Where a copy goes; never executed by itself. */
  private static final class Target extends MemoryStep {
    Target(Instruction instruction, int number, AddressSlot to) {
      super(instruction, number, StateSpace.SHARED, to, PIECE_BYTES);
    }

    @Override
    void execute(Warp warp, int lanes) {
      throw new UnsupportedOperationException();
    }
  }

  /** Makes a group of what was asked for. */
  static final class Commit extends Step {
    Commit(Instruction instruction, int number) {
      super(instruction, number);
    }

    @Override
    void execute(Warp warp, int lanes) {
      for (int left = lanes; left != 0; left &= left - 1) {
        warp.copies(Integer.numberOfTrailingZeros(left)).commit();
      }
    }
  }

  /** Waits for all groups but some, or for everything. */
  static final class Await extends Step {
    private final long groups;

    /**
     * Such a step.
     *
     * @param groups how many of the last ones need not be done, or {@link #ALL}
     */
    Await(Instruction instruction, int number, long groups) {
      super(instruction, number);
      this.groups = groups;
    }

    @Override
    void execute(Warp warp, int lanes) {
      for (int left = lanes; left != 0; left &= left - 1) {
        int lane = Integer.numberOfTrailingZeros(left);
        warp.copies(lane).awaitAllBut(lane, groups);
      }
    }
  }
}
