package io.rowwise.backend.cuda.interpreter;

import io.rowwise.backend.cuda.interpreter.ControlStep.Barrier;
import io.rowwise.backend.cuda.interpreter.KernelFault.Kind;
import java.util.Arrays;

/**
 * A block of threads: its warps and its shared memory. Used again for one block after the other.
 */
final class Block {
  /** Instructions that a warp executes before another one has its turn. */
  private static final int TURN = 1 << 14;

  final Region shared;
  final AccessHistory sharedHistory;
  int number;
  ThreadOrder order;

  private final Launch launch;
  private final Warp[] warps;

  Block(Launch launch) {
    this.launch = launch;
    int sharedBytes =
        Translator.dynamicSharedOffset(launch.kernel) + launch.shape.dynamicSharedBytes();
    if (launch.shape.dynamicSharedBytes() == 0) {
      sharedBytes = launch.kernel.staticSharedBytes;
    }
    this.shared = new Region(StateSpace.SHARED, 0, sharedBytes);
    this.sharedHistory = new AccessHistory(sharedBytes, 1);
    this.warps = new Warp[(launch.shape.threadsPerBlock() + Warp.LANES - 1) / Warp.LANES];
    for (int i = 0; i < warps.length; i++) {
      warps[i] = new Warp(launch, this, i * Warp.LANES);
    }
  }

  void start(int newNumber) {
    number = newNumber;
    order = new ThreadOrder(newNumber, launch.shape.threadsPerBlock());
    shared.forget();
    sharedHistory.clear();
    for (Warp warp : warps) {
      warp.start(newNumber);
    }
  }

  /**
   * Executes until all threads are done, or until a warp used up a number of turns.
   *
   * @return whether all threads are done
   */
  boolean run(int turns) {
    int taken = 0;
    while (taken < turns) {
      int most = 0;
      boolean done = true;
      for (Warp warp : warps) {
        most = Math.max(most, warp.run(TURN));
        done &= warp.isDone();
        launch.requireEnd(this);
      }
      if (done) {
        return true;
      }
      if (most == 0) {
        passBarrier();
      } else if (most == TURN) {
        taken++;
      }
    }
    return false;
  }

  /** No thread can go on by itself: either all are at the same barrier, or something is wrong. */
  private void passBarrier() {
    Barrier barrier = null;
    int waiting = 0;
    for (Warp warp : warps) {
      if (warp.waitingForLanes() != 0) {
        throw lanesThatNeverCome(warp);
      }
      for (int lanes = warp.waitingAtBarrier(); lanes != 0; lanes &= lanes - 1) {
        int lane = Integer.numberOfTrailingZeros(lanes);
        Barrier at = (Barrier) warp.waitsAt(lane);
        if (barrier != null && at != barrier) {
          throw warp.fault(
              Kind.BARRIER_DIVERGENCE,
              at,
              lane,
              "waits at this barrier, while others wait at that in line "
                  + barrier.instruction.line());
        }
        barrier = at;
        waiting++;
      }
    }
    requireAll(barrier, waiting);
    order.blockBarrier();
    launch.barriers++;
    if (barrier.reduction != Barrier.Reduction.NONE) {
      reduce(barrier);
    }
    for (Warp warp : warps) {
      warp.releaseFromBarrier();
    }
  }

  private void requireAll(Barrier barrier, int waiting) {
    for (Warp warp : warps) {
      if (warp.exited != 0) {
        int lane = Integer.numberOfTrailingZeros(warp.exited);
        throw warp.fault(
            Kind.BARRIER_DIVERGENCE,
            barrier,
            lane,
            "exited without passing this barrier, at which " + waiting + " threads wait");
      }
    }
  }

  private static KernelFault lanesThatNeverCome(Warp warp) {
    int lane = Integer.numberOfTrailingZeros(warp.waitingForLanes());
    WarpStep at = (WarpStep) warp.waitsAt(lane);
    int mask = at.mask(warp, lane);
    int missing = 0;
    while (!isNamedAndMissing(warp, at, mask, missing)) {
      missing++;
    }
    String where =
        (warp.exited >>> missing & 1) != 0
            ? "has exited"
            : "waits in line " + warp.waitsAt(missing).instruction.line();
    return warp.fault(
        Kind.WARP_DIVERGENCE,
        at,
        lane,
        at.instruction.name()
            + " waits for lane "
            + missing
            + ", which its mask 0x"
            + Integer.toHexString(mask)
            + " names, and which "
            + where);
  }

  private static boolean isNamedAndMissing(Warp warp, WarpStep at, int mask, int lane) {
    boolean named = (mask >>> lane & 1) != 0;
    boolean came = isWaiting(warp, lane) && warp.waitsAt(lane) == at && at.mask(warp, lane) == mask;
    return named && !came;
  }

  private static boolean isWaiting(Warp warp, int lane) {
    return (warp.waitingForLanes() >>> lane & 1) != 0;
  }

  private void reduce(Barrier barrier) {
    int count = 0;
    for (Warp warp : warps) {
      count += Integer.bitCount(warp.existing & holds(warp, barrier));
    }
    boolean all = count == launch.shape.threadsPerBlock();
    for (Warp warp : warps) {
      switch (barrier.reduction) {
        case AND -> warp.setPredicate(barrier.to, -1, all ? -1 : 0);
        case OR -> warp.setPredicate(barrier.to, -1, count > 0 ? -1 : 0);
        default ->
            Arrays.fill(
                warp.registers, barrier.to * Warp.LANES, (barrier.to + 1) * Warp.LANES, count);
      }
    }
  }

  private static int holds(Warp warp, Barrier barrier) {
    int holds = warp.predicates[barrier.predicate];
    return barrier.predicateNegated ? ~holds : holds;
  }

  /** A fault of the whole block rather than of a thread. */
  KernelFault endless(String problem) {
    return new KernelFault(Kind.ENDLESS, launch.kernel.name, 0, number, 0, problem);
  }
}
