package io.rowwise.backend.cuda.interpreter;

import java.util.Arrays;

/**
 * What happened before what, as the threads of one block know it. An access is stamped with its
 * thread and the thread's clock; a later access of another thread is ordered behind it if something
 * that PTX defines as synchronisation lies between:
 *
 * <ul>
 *   <li>a barrier of the block,
 *   <li>{@code bar.warp.sync}, for the lanes that its mask names,
 *   <li>a fence, an atomic operation (or a volatile, relaxed, release store) behind it, an atomic
 *       operation or such a load that finds it, and a fence behind that.
 * </ul>
 *
 * <p>Shuffles and votes make lanes wait for each other, but do not order their memory accesses.
 */
final class ThreadOrder {
  private static final int CLOCK_BITS = 40;
  private static final int STEP_BITS = 20;
  private static final long CLOCK_MASK = (1L << CLOCK_BITS) - 1;

  /** Stamps have room for this many threads in a launch. */
  static final long MAX_THREADS = (1L << (63 - CLOCK_BITS)) - 2;

  private final int block;
  private final int threads;
  private long interval = 1;

  /** How far each thread has come since the last barrier of the block. */
  private final int[] steps;

  /** For each warp that used {@code bar.warp.sync}: 32 x 32 clocks that lanes know of lanes. */
  private final long[][] known;

  /** What each thread knows of others by way of fences; null while nobody used any. */
  private Knowledge[] knowledge;

  /** What each thread will know at its next fence. */
  private Knowledge[] found;

  /** What each thread's next atomic operation tells. */
  private Knowledge[] told;

  ThreadOrder(int block, int threads) {
    this.block = block;
    this.threads = threads;
    this.steps = new int[threads];
    this.known = new long[(threads + 31) / 32][];
  }

  /** The stamp of an access that the thread makes now; never 0. */
  long stamp(int thread) {
    return ((long) block * threads + thread + 1) << CLOCK_BITS | clock(thread);
  }

  private long clock(int thread) {
    return interval << STEP_BITS | steps[thread];
  }

  static long clockOf(long stamp) {
    return stamp & CLOCK_MASK;
  }

  static long intervalOf(long stamp) {
    return clockOf(stamp) >>> STEP_BITS;
  }

  /** The number in the launch of the thread that made the access. */
  private static int launchThreadOf(long stamp) {
    return (int) (stamp >>> CLOCK_BITS) - 1;
  }

  int blockOf(long stamp) {
    return launchThreadOf(stamp) / threads;
  }

  int threadOf(long stamp) {
    return launchThreadOf(stamp) % threads;
  }

  boolean isOwnBlock(long stamp) {
    return blockOf(stamp) == block;
  }

  /** Whether both accesses are by the same warp of the same block. */
  boolean isSameWarp(long stamp, int thread) {
    return isOwnBlock(stamp) && threadOf(stamp) / 32 == thread / 32;
  }

  /** Whether the access of that stamp is ordered before whatever the thread does now. */
  boolean isBefore(long stamp, int thread) {
    int launchThread = launchThreadOf(stamp);
    if (launchThread / threads == block) {
      int other = launchThread % threads;
      if (other == thread || intervalOf(stamp) < interval) {
        return true;
      }
      long[] ofWarp = known[thread / 32];
      if (ofWarp != null
          && other / 32 == thread / 32
          && ofWarp[thread % 32 * 32 + other % 32] >= clockOf(stamp)) {
        return true;
      }
    }
    return knowledge != null
        && knowledge[thread] != null
        && knowledge[thread].covers(launchThread / threads, launchThread, stamp);
  }

  /** The same for an access by any thread of the stamp's block, in the stamp's interval. */
  boolean isBlockBefore(int otherBlock, long intervalOfAccess, int thread) {
    if (otherBlock == block) {
      return intervalOfAccess < interval;
    }
    return knowledge != null
        && knowledge[thread] != null
        && knowledge[thread].coversBlock(otherBlock, intervalOfAccess);
  }

  /** The stamp of another lane of the same warp with the same clock. */
  long withLane(long stamp, int lane) {
    int thread = launchThreadOf(stamp) % threads / 32 * 32 + lane;
    return ((long) launchThreadOf(stamp) / threads * threads + thread + 1) << CLOCK_BITS
        | clockOf(stamp);
  }

  /** All threads of the block met. */
  void blockBarrier() {
    interval++;
    if (interval >>> (CLOCK_BITS - STEP_BITS) != 0) {
      throw new IllegalStateException("a block passed more than a million barriers");
    }
    Arrays.fill(steps, 0);
    if (knowledge != null) {
      Knowledge all = null;
      for (Knowledge one : knowledge) {
        all = Knowledge.union(all, one);
      }
      Arrays.fill(knowledge, all);
    }
  }

  /** The lanes of a warp met at {@code bar.warp.sync}. */
  void warpBarrier(int warp, int lanes) {
    if (known[warp] == null) {
      known[warp] = new long[32 * 32];
    }
    long[] ofWarp = known[warp];
    long[] all = new long[32];
    for (int lane = 0; lane < 32; lane++) {
      if ((lanes >>> lane & 1) != 0) {
        for (int other = 0; other < 32; other++) {
          all[other] = Math.max(all[other], ofWarp[lane * 32 + other]);
        }
        all[lane] = clock(warp * 32 + lane);
      }
    }
    for (int lane = 0; lane < 32; lane++) {
      if ((lanes >>> lane & 1) != 0) {
        System.arraycopy(all, 0, ofWarp, lane * 32, 32);
        step(warp * 32 + lane);
      }
    }
  }

  private void step(int thread) {
    steps[thread]++;
    if (steps[thread] >>> STEP_BITS != 0) {
      throw new IllegalStateException(
          "a thread used more than a million fences between two barriers of its block");
    }
  }

  /** The thread knows from now on what it found. */
  void acquire(int thread) {
    if (knowledge != null) {
      knowledge[thread] = Knowledge.union(knowledge[thread], found[thread]);
    }
  }

  /** The thread executes a fence that reaches beyond its block. */
  void fence(int thread) {
    openKnowledge();
    acquire(thread);
    Knowledge own = Knowledge.ofThread(block, interval, block * threads + thread, stamp(thread));
    long[] ofWarp = known[thread / 32];
    if (ofWarp != null) {
      for (int lane = 0; lane < 32; lane++) {
        long clock = ofWarp[thread % 32 * 32 + lane];
        int other = thread / 32 * 32 + lane;
        if (other != thread && clock >>> STEP_BITS == interval) {
          int launchThread = block * threads + other;
          own =
              Knowledge.union(
                  own,
                  Knowledge.ofThread(
                      block, interval, launchThread, (launchThread + 1L) << CLOCK_BITS | clock));
        }
      }
    }
    told[thread] = Knowledge.union(knowledge[thread], own);
    step(thread);
  }

  private void openKnowledge() {
    if (knowledge == null) {
      knowledge = new Knowledge[threads];
      found = new Knowledge[threads];
      told = new Knowledge[threads];
    }
  }

  /** The thread found what others told. */
  void find(int thread, Knowledge what) {
    if (what != null) {
      openKnowledge();
      found[thread] = Knowledge.union(found[thread], what);
    }
  }

  /** What the thread tells with an atomic operation, or null. */
  Knowledge told(int thread) {
    return told == null ? null : told[thread];
  }
}
