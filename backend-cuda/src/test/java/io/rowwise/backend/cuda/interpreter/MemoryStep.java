package io.rowwise.backend.cuda.interpreter;

import io.rowwise.backend.cuda.interpreter.LaneFunction.Ternary;
import java.util.Arrays;

/** Steps that read or write memory at an address of each lane. */
abstract class MemoryStep extends Step {
  final StateSpace space;

  /** The slot of the address, times the lanes. */
  private final int base;

  private final long offset;

  /** Whether the address is in a register of 32 bits. */
  private final boolean narrow;

  final int elementBytes;

  MemoryStep(
      Instruction instruction,
      int number,
      StateSpace space,
      AddressSlot address,
      int elementBytes) {
    super(instruction, number);
    this.space = space;
    this.base = address.slot() * Warp.LANES;
    this.offset = address.offset();
    this.narrow = address.narrow();
    this.elementBytes = elementBytes;
    this.needs = new int[] {address.slot()};
  }

  /** Where an address is, and what to add to it. */
  record AddressSlot(int slot, boolean narrow, long offset) {}

  final long address(Warp warp, int lane) {
    long register = warp.registers[base + lane];
    return (narrow ? register & 0xFFFFFFFFL : register) + offset;
  }

  /** {@code ld}, of one or several elements. */
  static final class Load extends MemoryStep {
    private final PtxType type;
    private final int[] to;
    private final boolean strong;
    private final boolean acquires;

    /**
     * Such a step.
     *
     * @param to the slots of the elements; -1 for one that nobody wants
     */
    Load(
        Instruction instruction,
        int number,
        StateSpace space,
        AddressSlot address,
        PtxType type,
        int[] to,
        boolean strong,
        boolean acquires) {
      super(instruction, number, space, address, type.bytes());
      this.type = type;
      this.to = to.clone();
      this.strong = strong;
      this.acquires = acquires;
      this.targets = Arrays.stream(to).filter(slot -> slot >= 0).toArray();
    }

    @Override
    void execute(Warp warp, int lanes) {
      int bytes = elementBytes * to.length;
      for (int left = lanes; left != 0; left &= left - 1) {
        int lane = Integer.numberOfTrailingZeros(left);
        Place place = warp.place(this, lane, address(warp, lane), bytes);
        place.requireWritten(this, lane, bytes, elementBytes);
        for (int i = 0; i < to.length; i++) {
          if (to[i] >= 0) {
            long bits = place.region.get(place.offset + i * elementBytes, elementBytes);
            warp.registers[to[i] * Warp.LANES + lane] = type.extend(bits);
          }
        }
        place.noteRead(this, lane, bytes, strong);
        if (strong) {
          place.find(lane);
        }
        if (acquires) {
          warp.block.order.acquire(warp.first + lane);
        }
      }
    }
  }

  /** {@code st}, of one or several elements. */
  static final class Store extends MemoryStep {
    private final int[] from;
    private final boolean strong;
    private final boolean releases;

    Store(
        Instruction instruction,
        int number,
        StateSpace space,
        AddressSlot address,
        PtxType type,
        int[] from,
        boolean strong,
        boolean releases) {
      super(instruction, number, space, address, type.bytes());
      this.from = from.clone();
      this.strong = strong;
      this.releases = releases;
      int[] all = Arrays.copyOf(from, from.length + 1);
      all[from.length] = address.slot();
      this.needs = all;
    }

    @Override
    void execute(Warp warp, int lanes) {
      int bytes = elementBytes * from.length;
      for (int left = lanes; left != 0; left &= left - 1) {
        int lane = Integer.numberOfTrailingZeros(left);
        Place place = warp.place(this, lane, address(warp, lane), bytes);
        place.requireWritable(this, lane);
        if (releases) {
          warp.block.order.fence(warp.first + lane);
        }
        place.noteWrite(this, lane, bytes, strong);
        if (strong) {
          place.tell(lane, true);
        }
        for (int i = 0; i < from.length; i++) {
          place.region.set(
              place.offset + i * elementBytes,
              elementBytes,
              warp.registers[from[i] * Warp.LANES + lane]);
        }
      }
    }
  }

  /** {@code atom} and {@code red}: lanes one after the other, in the order of their numbers. */
  static final class Atomic extends MemoryStep {
    private final PtxType type;
    private final Ternary function;
    private final int to;
    private final int b;
    private final int c;
    private final boolean acquires;
    private final boolean releases;

    /**
     * Such a step.
     *
     * @param function the new value from the old one and the two operands
     * @param to the slot for the old value, or -1
     */
    Atomic(
        Instruction instruction,
        int number,
        StateSpace space,
        AddressSlot address,
        PtxType type,
        Ternary function,
        int to,
        int b,
        int c,
        boolean acquires,
        boolean releases) {
      super(instruction, number, space, address, type.bytes());
      this.type = type;
      this.function = function;
      this.to = to;
      this.b = b * Warp.LANES;
      this.c = c * Warp.LANES;
      this.acquires = acquires;
      this.releases = releases;
      this.needs = new int[] {address.slot(), b, c};
      this.targets = to < 0 ? new int[0] : new int[] {to};
    }

    @Override
    void execute(Warp warp, int lanes) {
      for (int left = lanes; left != 0; left &= left - 1) {
        int lane = Integer.numberOfTrailingZeros(left);
        Place place = warp.place(this, lane, address(warp, lane), elementBytes);
        place.requireWritten(this, lane, elementBytes, elementBytes);
        place.requireWritable(this, lane);
        if (releases) {
          warp.block.order.fence(warp.first + lane);
        }
        place.noteWrite(this, lane, elementBytes, true);
        place.countRead(elementBytes);
        place.find(lane);
        place.tell(lane, false);
        if (acquires) {
          warp.block.order.acquire(warp.first + lane);
        }
        long old = place.region.get(place.offset, elementBytes);
        long changed = function.apply(old, warp.registers[b + lane], warp.registers[c + lane]);
        place.region.set(place.offset, elementBytes, changed);
        if (to >= 0) {
          warp.registers[to * Warp.LANES + lane] = type.extend(old);
        }
      }
    }
  }
}
