package io.rowwise.backend.cuda.interpreter;

/** Steps that decide where a thread goes on, or whether. */
abstract class ControlStep extends Step {
  ControlStep(Instruction instruction, int number) {
    super(instruction, number);
  }

  /** {@code bra}. */
  static final class Branch extends ControlStep {
    private final int to;

    Branch(Instruction instruction, int number, int to) {
      super(instruction, number);
      this.to = to;
    }

    @Override
    void execute(Warp warp, int lanes) {
      warp.jump(lanes, to);
    }
  }

  /** {@code ret} and {@code exit}. */
  static final class Exit extends ControlStep {
    Exit(Instruction instruction, int number) {
      super(instruction, number);
    }

    @Override
    void execute(Warp warp, int lanes) {
      warp.exit(lanes);
    }
  }

  /** {@code bar.sync} and {@code bar.red}. */
  static final class Barrier extends ControlStep {
    /** What a barrier computes of all threads' predicates. */
    enum Reduction {
      NONE,
      AND,
      OR,
      COUNT
    }

    final Reduction reduction;
    final int to;
    final int predicate;
    final boolean predicateNegated;

    Barrier(
        Instruction instruction,
        int number,
        Reduction reduction,
        int to,
        int predicate,
        boolean predicateNegated) {
      super(instruction, number);
      this.reduction = reduction;
      this.to = to;
      this.predicate = predicate;
      this.predicateNegated = predicateNegated;
      if (reduction != Reduction.NONE) {
        this.needs = new int[] {predicate};
        this.targets = new int[] {to};
      }
    }

    @Override
    void execute(Warp warp, int lanes) {
      warp.waitAtBarrier(lanes, this);
    }
  }

  /** {@code membar} and {@code fence}. */
  static final class Fence extends ControlStep {
    private final boolean beyondBlock;

    /**
     * Such a step.
     *
     * @param beyondBlock whether it orders accesses for threads of other blocks too; if not, it is
     *     taken to order nothing, which may find races where there are none, but misses none
     */
    Fence(Instruction instruction, int number, boolean beyondBlock) {
      super(instruction, number);
      this.beyondBlock = beyondBlock;
    }

    @Override
    void execute(Warp warp, int lanes) {
      for (int left = lanes; beyondBlock && left != 0; left &= left - 1) {
        warp.block.order.fence(warp.first + Integer.numberOfTrailingZeros(left));
      }
    }
  }

  /** {@code nanosleep}, however long. */
  static final class Sleep extends ControlStep {
    Sleep(Instruction instruction, int number) {
      super(instruction, number);
    }

    @Override
    void execute(Warp warp, int lanes) {
      warp.sleep();
    }
  }
}
