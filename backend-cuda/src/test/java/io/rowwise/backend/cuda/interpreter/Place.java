package io.rowwise.backend.cuda.interpreter;

/** Where a lane's access goes: a warp has one, and points it from access to access. */
final class Place {
  private final Warp warp;
  private final Launch launch;

  Region region;
  int offset;

  /** The history of the region; null where no two threads can meet. */
  private AccessHistory history;

  Place(Warp warp, Launch launch) {
    this.warp = warp;
    this.launch = launch;
  }

  void set(Region newRegion, AccessHistory newHistory, int newOffset) {
    region = newRegion;
    history = newHistory;
    offset = newOffset;
  }

  /** The same place, which stays when the warp's moves on. */
  Place copy() {
    Place copy = new Place(warp, launch);
    copy.set(region, history, offset);
    return copy;
  }

  void requireWritten(MemoryStep step, int lane, int bytes, int elementBytes) {
    for (int i = 0; i < bytes; i += elementBytes) {
      if (!region.isWritten(offset + i, elementBytes)) {
        throw warp.fault(
            KernelFault.Kind.UNINITIALISED_MEMORY,
            step,
            lane,
            step.instruction.name()
                + " reads "
                + elementBytes
                + " bytes at "
                + describe(offset + i)
                + " that nobody wrote");
      }
    }
  }

  /** That what a copy is to overwrite was not written since it was asked for. */
  void requireUnwritten(MemoryStep step, int lane, int bytes) {
    for (int i = 0; i < bytes; i++) {
      if (region.isWritten(offset + i, 1)) {
        throw warp.fault(
            KernelFault.Kind.SHARED_RACE,
            step,
            lane,
            step.instruction.name()
                + " writes "
                + bytes
                + " bytes at "
                + describe(offset)
                + ", which somebody wrote before the copy was waited for");
      }
    }
  }

  void requireWritable(MemoryStep step, int lane) {
    if (region.space == StateSpace.CONST || region.space == StateSpace.PARAM) {
      throw warp.fault(
          KernelFault.Kind.OUT_OF_BOUNDS,
          step,
          lane,
          step.instruction.name() + " writes to " + region.space + " memory");
    }
  }

  void noteRead(MemoryStep step, int lane, int bytes, boolean strong) {
    countRead(bytes);
    if (history != null) {
      long race = history.read(warp.block.order, warp.first + lane, offset, bytes, strong);
      if (race != 0) {
        throw race(step, lane, bytes, "reads", "wrote", race);
      }
    }
  }

  void noteWrite(MemoryStep step, int lane, int bytes, boolean strong) {
    if (region.space == StateSpace.GLOBAL) {
      launch.bytesWritten += bytes;
      launch.accesses++;
    }
    if (history != null) {
      long race = history.write(warp.block.order, warp.first + lane, offset, bytes, strong);
      if (race != 0) {
        throw race(step, lane, bytes, "writes", "accessed", race);
      }
    }
  }

  void countRead(int bytes) {
    if (region.space == StateSpace.GLOBAL) {
      launch.bytesRead += bytes;
      launch.accesses++;
    }
  }

  /** What was told at this address reaches the lane's thread, at its next fence. */
  void find(int lane) {
    if (region.space == StateSpace.GLOBAL) {
      warp.block.order.find(warp.first + lane, launch.told.get(region.start + offset));
    }
  }

  /**
   * What the lane's thread had to tell at its last fence is found by those who look here.
   *
   * @param alone whether what was told here before is gone
   */
  void tell(int lane, boolean alone) {
    if (region.space != StateSpace.GLOBAL) {
      return;
    }
    Knowledge own = warp.block.order.told(warp.first + lane);
    if (alone) {
      launch.told.remove(region.start + offset);
    }
    if (own != null) {
      launch.told.merge(region.start + offset, own, Knowledge::union);
    }
  }

  private String describe(int at) {
    return region.space == StateSpace.GLOBAL
        ? "offset "
            + at
            + " of the allocation of "
            + region.size
            + " bytes at "
            + DeviceMemory.hex(region.start)
        : "offset " + at + " of " + region.space + " memory";
  }

  private KernelFault race(
      MemoryStep step, int lane, int bytes, String does, String did, long stamp) {
    ThreadOrder order = warp.block.order;
    boolean shared = region.space == StateSpace.SHARED;
    return warp.fault(
        shared ? KernelFault.Kind.SHARED_RACE : KernelFault.Kind.GLOBAL_RACE,
        step,
        lane,
        step.instruction.name()
            + " "
            + does
            + " "
            + bytes
            + " bytes at "
            + describe(offset)
            + ", which thread "
            + order.threadOf(stamp)
            + (order.isOwnBlock(stamp) ? "" : " of block " + order.blockOf(stamp))
            + " "
            + did
            + ", and nothing orders the two");
  }
}
