package io.rowwise.backend.cuda.interpreter;

import java.util.Arrays;

/** Steps for which the lanes that a mask names wait for each other. */
abstract class WarpStep extends Step {
  /** The slot of the mask. */
  private final int members;

  WarpStep(Instruction instruction, int number, int members, int... alsoNeeded) {
    super(instruction, number);
    this.members = members;
    int[] all = Arrays.copyOf(alsoNeeded, alsoNeeded.length + 1);
    all[alsoNeeded.length] = members;
    this.needs = all;
  }

  /** Executes the instruction for lanes that are all there. */
  abstract void together(Warp warp, int lanes);

  @Override
  final void execute(Warp warp, int lanes) {
    int arrived = lanes | warp.waitingAt(this);
    int waiting = 0;
    for (int left = arrived; left != 0; ) {
      int lane = Integer.numberOfTrailingZeros(left);
      int mask = mask(warp, lane);
      int same = withMask(warp, arrived, mask);
      int unnamed = same & ~mask;
      check(warp, unnamed == 0 ? lane : first(unnamed), mask);
      if (same == mask) {
        together(warp, mask);
      } else {
        waiting |= same;
      }
      left &= ~same;
    }
    warp.resume(this, arrived & ~waiting);
    warp.waitForLanes(this, waiting);
  }

  final int mask(Warp warp, int lane) {
    return (int) warp.registers[members * Warp.LANES + lane];
  }

  private int withMask(Warp warp, int lanes, int mask) {
    int same = 0;
    for (int left = lanes; left != 0; left &= left - 1) {
      int lane = Integer.numberOfTrailingZeros(left);
      if (mask(warp, lane) == mask) {
        same |= 1 << lane;
      }
    }
    return same;
  }

  private void check(Warp warp, int lane, int mask) {
    String problem = null;
    if ((mask >>> lane & 1) == 0) {
      problem = "does not name the lane itself";
    } else if ((mask & ~warp.existing) != 0) {
      problem = "names lane " + first(mask & ~warp.existing) + ", which the block does not have";
    } else if ((mask & warp.exited) != 0) {
      problem = "names lane " + first(mask & warp.exited) + ", which has exited";
    }
    if (problem != null) {
      throw warp.fault(
          KernelFault.Kind.WARP_DIVERGENCE,
          this,
          lane,
          "the mask 0x" + Integer.toHexString(mask) + " of " + instruction.name() + " " + problem);
    }
  }

  private static int first(int lanes) {
    return Integer.numberOfTrailingZeros(lanes);
  }

  /** {@code shfl.sync}. */
  static final class Shuffle extends WarpStep {
    /** Which lane a lane reads. */
    enum Mode {
      UP,
      DOWN,
      BFLY,
      IDX
    }

    private final Mode mode;
    private final int to;
    private final int inRangeTo;
    private final int value;
    private final int lane;
    private final int clamp;

    /**
     * Such a step.
     *
     * @param to the slot for the value, or -1
     * @param inRangeTo the slot for whether the lane read another's value, or -1
     */
    Shuffle(
        Instruction instruction,
        int number,
        Mode mode,
        int to,
        int inRangeTo,
        int value,
        int lane,
        int clamp,
        int members) {
      super(instruction, number, members, lane, clamp);
      this.mode = mode;
      this.to = to;
      this.inRangeTo = inRangeTo;
      this.value = value;
      this.lane = lane * Warp.LANES;
      this.clamp = clamp * Warp.LANES;
    }

    @Override
    void together(Warp warp, int lanes) {
      long[] registers = warp.registers;
      long[] values = new long[Warp.LANES];
      System.arraycopy(registers, value * Warp.LANES, values, 0, Warp.LANES);
      int inRange = 0;
      int unassigned = 0;
      for (int left = lanes; left != 0; left &= left - 1) {
        int reader = Integer.numberOfTrailingZeros(left);
        int source = source(reader, registers[lane + reader], registers[clamp + reader]);
        if (source >= 0) {
          inRange |= 1 << reader;
        } else {
          source = reader;
        }
        if ((lanes >>> source & 1) == 0) {
          throw warp.fault(
              KernelFault.Kind.WARP_DIVERGENCE,
              this,
              reader,
              instruction.name()
                  + " reads lane "
                  + source
                  + ", which the mask 0x"
                  + Integer.toHexString(lanes)
                  + " does not name");
        }
        unassigned |= (warp.unassigned[value] >>> source & 1) << reader;
        if (to >= 0) {
          registers[to * Warp.LANES + reader] = values[source];
        }
      }
      if (to >= 0) {
        warp.setUnassigned(this, to, lanes, unassigned);
      }
      if (inRangeTo >= 0) {
        warp.setPredicate(inRangeTo, lanes, inRange);
        warp.setUnassigned(this, inRangeTo, lanes, 0);
      }
    }

    /** The lane to read, after section 9.7.9.6 of the PTX ISA; negative if that is out of range. */
    private int source(int reader, long laneOperand, long clampOperand) {
      int b = (int) laneOperand & 0x1F;
      int segment = (int) clampOperand >>> 8 & 0x1F;
      int bound = (int) clampOperand & 0x1F;
      int last = (reader & segment) | (bound & ~segment);
      return switch (mode) {
        case UP -> reader - b >= last ? reader - b : -1;
        case DOWN -> reader + b <= last ? reader + b : -1;
        case BFLY -> (reader ^ b) <= last ? reader ^ b : -1;
        case IDX -> {
          int source = (reader & segment) | (b & ~segment);
          yield source <= last ? source : -1;
        }
      };
    }
  }

  /** {@code vote.sync}. */
  static final class Vote extends WarpStep {
    private final String mode;
    private final int to;
    private final int predicate;
    private final boolean negated;

    Vote(
        Instruction instruction,
        int number,
        String mode,
        int to,
        int predicate,
        boolean negated,
        int members) {
      super(instruction, number, members, predicate);
      this.mode = mode;
      this.to = to;
      this.predicate = predicate;
      this.negated = negated;
      this.targets = new int[] {to};
    }

    @Override
    void together(Warp warp, int lanes) {
      int ballot = lanes & (negated ? ~warp.predicates[predicate] : warp.predicates[predicate]);
      switch (mode) {
        case "ballot" -> {
          for (int left = lanes; left != 0; left &= left - 1) {
            int lane = Integer.numberOfTrailingZeros(left);
            warp.registers[to * Warp.LANES + lane] = ballot;
          }
        }
        case "all" -> warp.setPredicate(to, lanes, ballot == lanes ? -1 : 0);
        case "any" -> warp.setPredicate(to, lanes, ballot != 0 ? -1 : 0);
        default -> warp.setPredicate(to, lanes, ballot == lanes || ballot == 0 ? -1 : 0);
      }
      warp.setUnassigned(this, to, lanes, 0);
    }
  }

  /** {@code bar.warp.sync}. */
  static final class Sync extends WarpStep {
    Sync(Instruction instruction, int number, int members) {
      super(instruction, number, members);
    }

    @Override
    void together(Warp warp, int lanes) {
      warp.block.order.warpBarrier(warp.first / Warp.LANES, lanes);
    }
  }
}
