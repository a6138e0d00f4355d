package io.rowwise.backend.cpu.memory;

import java.util.concurrent.atomic.AtomicReferenceArray;

/** Scratch memory that is in no use at the moment. For any number of threads. */
public final class ScratchPool {
  private final AtomicReferenceArray<Scratch> free;

  /**
   * @param most how many it keeps
   */
  public ScratchPool(int most) {
    this.free = new AtomicReferenceArray<>(most);
  }

  /**
   * Scratch memory for one thread, until that is given back.
   *
   * @param worker who takes it, who had better get the same each time, since processors that share
   *     no cache would take it from each other
   */
  public Scratch take(int worker) {
    for (int i = 0; i < free.length(); i++) {
      int place = (worker + i) % free.length();
      Scratch scratch = free.get(place) == null ? null : free.getAndSet(place, null);
      if (scratch != null) {
        return scratch;
      }
    }
    return new Scratch();
  }

  /**
   * Takes it back.
   *
   * @param worker who took it
   */
  public void giveBack(int worker, Scratch scratch) {
    scratch.takeBack();
    for (int i = 0; i < free.length(); i++) {
      int place = (worker + i) % free.length();
      if (free.get(place) == null && free.compareAndSet(place, null, scratch)) {
        return;
      }
    }
    // More callers at once than usual leave theirs to the garbage collector.
  }
}
