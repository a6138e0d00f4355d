package io.rowwise.backend.cuda.interpreter;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Copies to shared memory that a thread has asked for, by {@code cp.async}, and not waited for.
 * Each is done as late as it may be: when the thread waits. Until then its target counts as memory
 * that nobody wrote, so that reading it early is seen, and so is writing to it.
 */
final class AsyncCopies {
  private final Deque<Copy> pending = new ArrayDeque<>();

  /** The group that copies are put into; those before it are complete sets. */
  private long group;

  private record Copy(MemoryStep step, Place from, Place to, int bytes, long group) {}

  /** Asks for a copy. */
  void add(MemoryStep step, int lane, Place from, Place to, int bytes) {
    to.noteWrite(step, lane, bytes, false);
    to.region.forget(to.offset, bytes);
    pending.add(new Copy(step, from, to, bytes, group));
  }

  /** Whatever was asked for since the last time is a group. */
  void commit() {
    group++;
  }

  /** Waits for all groups but the last ones. */
  void awaitAllBut(int lane, long groups) {
    while (!pending.isEmpty() && pending.element().group < group - groups) {
      finish(lane, pending.remove());
    }
  }

  private static void finish(int lane, Copy copy) {
    copy.from.noteRead(copy.step, lane, copy.bytes, false);
    copy.to.requireUnwritten(copy.step, lane, copy.bytes);
    copy.to.noteWrite(copy.step, lane, copy.bytes, false);
    copy.to.region.copyFrom(copy.from.region, copy.from.offset, copy.to.offset, copy.bytes);
  }
}
