package io.rowwise.backend.cuda.interpreter;

import io.rowwise.backend.cuda.interpreter.KernelFault.Kind;
import java.util.Arrays;

/**
 * Up to 32 threads. Those that are at the same instruction execute it together; of several groups
 * the one that is furthest behind goes first, so that they meet again where their ways join.
 */
final class Warp {
  static final int LANES = 32;

  private static final int NOWHERE = Integer.MAX_VALUE;

  final Block block;

  /** The number in the block of the thread in lane 0. */
  final int first;

  /** Lanes that have a thread. */
  final int existing;

  /** The bits of slot s in lane l are at 32 s + l. */
  final long[] registers;

  /** For each slot that is a predicate, the lanes in which it holds. */
  final int[] predicates;

  /** For each slot the lanes in which it depends on what nobody assigned. */
  final int[] unassigned;

  /** Lanes whose threads are done. */
  int exited;

  /** Where the values of {@link #unassigned} slots come from: the first step that read one. */
  private final Step[] origins;

  private final Launch launch;
  private final Step[] steps;
  private final Place place;
  private final int[] laneNext = new int[LANES];
  private final Region[] local = new Region[LANES];
  private final AsyncCopies[] copies = new AsyncCopies[LANES];

  /** Lanes that wait for others of the warp, or at the barrier of the block. */
  private int waitingForLanes;

  private int waitingAtBarrier;
  private final Step[] waitsAt = new Step[LANES];

  /** The lanes that execute now, the instruction that they execute next, and where others are. */
  private int group;

  private int next;
  private int othersNext;
  private boolean sleeps;

  Warp(Launch launch, Block block, int first) {
    this.launch = launch;
    this.block = block;
    this.first = first;
    Program program = launch.program;
    this.steps = program.steps().toArray(new Step[0]);
    int threads = Math.min(LANES, launch.shape.threadsPerBlock() - first);
    this.existing = threads == LANES ? -1 : (1 << threads) - 1;
    this.registers = new long[program.slots() * LANES];
    this.predicates = new int[program.slots()];
    this.unassigned = new int[program.slots()];
    this.origins = new Step[program.slots()];
    this.place = new Place(this, launch);
    for (Program.Constant constant : program.constants()) {
      fill(constant.slot(), constant.bits());
      predicates[constant.slot()] = constant.bits() == 0 ? 0 : -1;
    }
    for (Program.SymbolSlot symbol : program.symbols()) {
      fill(symbol.slot(), launch.address(symbol.variable()));
    }
  }

  private void fill(int slot, long bits) {
    Arrays.fill(registers, slot * LANES, (slot + 1) * LANES, bits);
  }

  /** Makes the warp ready for a block. */
  void start(int blockNumber) {
    exited = 0;
    sleeps = false;
    waitingForLanes = 0;
    waitingAtBarrier = 0;
    Arrays.fill(laneNext, 0);
    Arrays.fill(unassigned, 0, launch.kernel.registers, -1);
    Arrays.fill(origins, null);
    Arrays.fill(local, null);
    for (Program.SpecialSlot special : launch.program.specials()) {
      for (int lane = 0; lane < LANES; lane++) {
        registers[special.slot() * LANES + lane] =
            SpecialRegisters.value(special.name(), launch.shape, blockNumber, first + lane);
      }
    }
  }

  boolean isDone() {
    return exited == existing;
  }

  /** Lanes that could go on. */
  private int runnable() {
    return existing & ~exited & ~waitingForLanes & ~waitingAtBarrier;
  }

  /**
   * Executes until no lane can go on, or until so many instructions were executed, or one slept.
   *
   * @return how many were executed; the whole budget if one slept
   */
  int run(int budget) {
    int left = budget;
    while (left > 0 && chooseGroup()) {
      do {
        left--;
        executeNext();
      } while (group != 0 && next < othersNext && left > 0 && !sleeps);
      leaveGroup();
      if (sleeps) {
        sleeps = false;
        return budget;
      }
    }
    return budget - left;
  }

  /** Ends the warp's turn: what it waits for is for others to do. */
  void sleep() {
    sleeps = true;
  }

  private boolean chooseGroup() {
    int runnable = runnable();
    next = NOWHERE;
    othersNext = NOWHERE;
    group = 0;
    for (int lanes = runnable; lanes != 0; lanes &= lanes - 1) {
      int lane = Integer.numberOfTrailingZeros(lanes);
      int at = laneNext[lane];
      if (at < next) {
        othersNext = next;
        next = at;
        group = 1 << lane;
      } else if (at == next) {
        group |= 1 << lane;
      } else {
        othersNext = Math.min(othersNext, at);
      }
    }
    return group != 0;
  }

  private void leaveGroup() {
    for (int lanes = group; lanes != 0; lanes &= lanes - 1) {
      laneNext[Integer.numberOfTrailingZeros(lanes)] = next;
    }
  }

  private void executeNext() {
    if (next == steps.length) {
      exit(group);
      return;
    }
    Step step = steps[next++];
    int lanes = group;
    if (step.guard >= 0) {
      requireAssigned(step, step.guard, lanes);
      int holds = predicates[step.guard];
      lanes &= step.guardNegated ? ~holds : holds;
      if (lanes == 0) {
        return;
      }
    }
    launch.instructions += Integer.bitCount(lanes);
    launch.executed[step.number] = true;
    for (int slot : step.needs) {
      requireAssigned(step, slot, lanes);
    }
    int spoilt = step.unassigned(this, lanes);
    step.execute(this, lanes);
    for (int slot : step.targets) {
      int before = unassigned[slot];
      if (before != 0 || spoilt != 0) {
        setUnassigned(step, slot, lanes, spoilt);
      }
    }
  }

  private void requireAssigned(Step step, int slot, int lanes) {
    int missing = unassigned[slot] & lanes;
    if (missing != 0) {
      Step origin = origins[slot];
      throw fault(
          Kind.UNASSIGNED_REGISTER,
          step,
          Integer.numberOfTrailingZeros(missing),
          step.instruction.name()
              + (origin == null
                  ? " uses a register that nothing assigned"
                  : " uses a value that depends on a register which nothing had assigned when "
                      + origin.instruction.name()
                      + " read it in line "
                      + origin.instruction.line()));
    }
  }

  /** Notes in which of the lanes a slot, just written by the step, depends on unassigned values. */
  void setUnassigned(Step step, int slot, int lanes, int spoilt) {
    unassigned[slot] = (unassigned[slot] & ~lanes) | spoilt;
    if (spoilt != 0) {
      origins[slot] = step;
      for (int source : step.sources) {
        if (unassigned[source] != 0 && origins[source] != null) {
          origins[slot] = origins[source];
        }
      }
    }
  }

  void setPredicate(int slot, int lanes, int values) {
    predicates[slot] = (predicates[slot] & ~lanes) | (values & lanes);
  }

  /** The lanes, part of the group, go on elsewhere. */
  void jump(int lanes, int to) {
    if (lanes == group) {
      next = to;
      return;
    }
    for (int left = lanes; left != 0; left &= left - 1) {
      laneNext[Integer.numberOfTrailingZeros(left)] = to;
    }
    group &= ~lanes;
    othersNext = Math.min(othersNext, to);
  }

  void exit(int lanes) {
    exited |= lanes;
    group &= ~lanes;
  }

  /** Lanes that came to this step before and still wait there. */
  int waitingAt(Step step) {
    int lanes = 0;
    for (int left = waitingForLanes; left != 0; left &= left - 1) {
      int lane = Integer.numberOfTrailingZeros(left);
      if (waitsAt[lane] == step) {
        lanes |= 1 << lane;
      }
    }
    return lanes;
  }

  void waitForLanes(Step step, int lanes) {
    waitingForLanes |= lanes;
    noteWaiting(step, lanes);
  }

  /** The lanes that waited at this step go on behind it, with the group. */
  void resume(Step step, int lanes) {
    waitingForLanes &= ~lanes;
    group |= lanes;
    next = step.number + 1;
  }

  void waitAtBarrier(int lanes, Step step) {
    waitingAtBarrier |= lanes;
    noteWaiting(step, lanes);
  }

  private void noteWaiting(Step step, int lanes) {
    for (int left = lanes; left != 0; left &= left - 1) {
      int lane = Integer.numberOfTrailingZeros(left);
      waitsAt[lane] = step;
      laneNext[lane] = step.number + 1;
    }
    group &= ~lanes;
  }

  /** All threads of the block are at the barrier. */
  void releaseFromBarrier() {
    waitingAtBarrier = 0;
  }

  int waitingAtBarrier() {
    return waitingAtBarrier;
  }

  int waitingForLanes() {
    return waitingForLanes;
  }

  Step waitsAt(int lane) {
    return waitsAt[lane];
  }

  /** What a lane's thread has asked to be copied. */
  AsyncCopies copies(int lane) {
    if (copies[lane] == null) {
      copies[lane] = new AsyncCopies();
    }
    return copies[lane];
  }

  /** Where an access goes, after the checks that reading and writing share. */
  Place place(MemoryStep step, int lane, long address, int bytes) {
    StateSpace space = step.space;
    long inSpace = address;
    if (space == StateSpace.GENERIC) {
      if (address - Launch.SHARED_WINDOW >= 0
          && address - Launch.SHARED_WINDOW < Launch.WINDOW_BYTES) {
        space = StateSpace.SHARED;
        inSpace = address - Launch.SHARED_WINDOW;
      } else if (address - Launch.LOCAL_WINDOW >= 0
          && address - Launch.LOCAL_WINDOW < Launch.WINDOW_BYTES) {
        space = StateSpace.LOCAL;
        inSpace = address - Launch.LOCAL_WINDOW;
      }
    }
    if ((inSpace & bytes - 1) != 0) {
      throw fault(
          Kind.MISALIGNED,
          step,
          lane,
          step.instruction.name()
              + " accesses "
              + bytes
              + " bytes at "
              + DeviceMemory.hex(address)
              + ", which is no multiple of "
              + bytes);
    }
    switch (space) {
      case SHARED -> place.set(block.shared, block.sharedHistory, (int) inSpace);
      case PARAM -> place.set(launch.parameters, null, (int) inSpace);
      case LOCAL -> {
        if (local[lane] == null) {
          local[lane] = new Region(StateSpace.LOCAL, 0, launch.kernel.localBytes);
        }
        place.set(local[lane], null, (int) inSpace);
      }
      default -> {
        return globalPlace(step, lane, address, bytes);
      }
    }
    if (inSpace < 0 || inSpace > place.region.size - bytes) {
      throw fault(
          Kind.OUT_OF_BOUNDS,
          step,
          lane,
          step.instruction.name()
              + " accesses "
              + bytes
              + " bytes at offset "
              + inSpace
              + " of "
              + space
              + " memory, which has "
              + place.region.size);
    }
    return place;
  }

  private Place globalPlace(MemoryStep step, int lane, long address, int bytes) {
    Launch.Tracked tracked = launch.lastAt[step.number];
    if (tracked == null || !tracked.region().contains(address)) {
      tracked = launch.track(address);
      launch.lastAt[step.number] = tracked;
    }
    Region region = tracked == null ? null : tracked.region();
    String problem = null;
    Kind kind = Kind.OUT_OF_BOUNDS;
    if (region == null || !region.contains(address)) {
      problem = "which is in no allocation" + nearest(region, address);
    } else if (region.isFreed()) {
      kind = Kind.USE_AFTER_FREE;
      problem = "in an allocation of " + region.size + " bytes that was freed";
    } else if (address - region.start > region.size - bytes) {
      problem = "beyond the end of the allocation of " + region.size + " bytes there";
    } else if (step.space != StateSpace.GENERIC && step.space != region.space) {
      problem = "which is " + region.space + " memory";
    }
    if (problem != null) {
      throw fault(
          kind,
          step,
          lane,
          step.instruction.name()
              + " accesses "
              + bytes
              + " bytes at "
              + DeviceMemory.hex(address)
              + ", "
              + problem);
    }
    place.set(region, tracked.history(), (int) (address - region.start));
    return place;
  }

  private static String nearest(Region region, long address) {
    if (region == null) {
      return "";
    }
    return "; the last one before ends "
        + (address - region.start - region.size)
        + " bytes earlier and has "
        + region.size;
  }

  KernelFault fault(Kind kind, Step step, int lane, String problem) {
    return new KernelFault(
        kind, launch.kernel.name, step.instruction.line(), block.number, first + lane, problem);
  }
}
