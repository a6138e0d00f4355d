package io.rowwise.backend.cpu;

import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Threads that help callers with work that comes in parts.
 *
 * <p>A caller always works itself, and would finish alone: helpers take parts off it while they
 * have nothing else to do. So several callers at once share the helpers without waiting for one
 * another, and a helper that gets no processor delays only the part that it holds. Which thread
 * computes a part must not matter to the result. As far as it goes it is the same one in works of
 * as many parts, since processors that share no cache would take memory from each other.
 *
 * <p>The helpers are daemons, started at the first work that is worth it, and end with {@link
 * #close}. After work they look for more for {@value #SPIN_MICROSECONDS} microseconds, since waking
 * a thread costs 5 to 50; then they sleep. They are woken for much work, or for a series of works
 * that do not let them fall asleep again. Sharing allocates nothing.
 */
final class Workers implements AutoCloseable {
  /** Work whose parts may be computed in any order and by several threads at once. */
  interface Work {
    /**
     * Computes one part.
     *
     * @param worker who does: 0 for the caller, 1 to {@link Workers#count} - 1 for a helper; no two
     *     threads in the same work have the same number, so scratch memory goes by it
     */
    void compute(int part, int worker);
  }

  /** Work that takes one thread fewer nanoseconds is not shared, even with helpers awake. */
  static final double WORTH_SHARING = 15_000;

  /** Waking a helper takes a caller 5 microseconds, and the helper 10 to 100. */
  static final double WORTH_WAKING = 100_000;

  private static final Logger LOG = LoggerFactory.getLogger(Workers.class);

  // In times of what is worth waking for.
  private static final double LONG_SERIES = 10;

  private static final int SPIN_MICROSECONDS = 50;
  private static final int SPINS_BEFORE_YIELDING = 16;
  private static final long SPIN = TimeUnit.MICROSECONDS.toNanos(SPIN_MICROSECONDS);
  private static final long LONGEST_SLEEP_OF_A_CALLER = TimeUnit.MICROSECONDS.toNanos(100);
  private static final int SECONDS_TO_NEXT_START = 10;
  private static final long NEXT_START = TimeUnit.SECONDS.toNanos(SECONDS_TO_NEXT_START);
  private static final long LONGEST_END = TimeUnit.SECONDS.toMillis(5);

  /** A place where one caller's work is on offer. */
  private static final class Offer {
    private static final int FREE = -1;
    private static final int BEING_MADE = -2;
    // Added to the number of helpers inside, once nobody may join any more.
    private static final int ENDING = 1 << 30;
    // Processors fetch two lines of 64 bytes at once.
    private static final int APART = 128 / Integer.BYTES;

    /** One of the above, or the number of helpers inside. */
    final AtomicInteger state = new AtomicInteger(FREE);

    // The next part of each worker's share, each in lines of the cache of its own.
    private final AtomicIntegerArray next;
    private final int workers;
    private int parts;
    private Work work;
    private Thread caller;
    private volatile Throwable failure;

    Offer(int workers) {
      this.workers = workers;
      this.next = new AtomicIntegerArray((workers + 1) * APART);
    }

    boolean claim() {
      return state.get() == FREE && state.compareAndSet(FREE, BEING_MADE);
    }

    void open(int newParts, Work newWork) {
      parts = newParts;
      work = newWork;
      caller = Thread.currentThread();
      for (int worker = 0; worker < workers; worker++) {
        next.set(place(worker), firstOf(worker));
      }
      state.set(0);
    }

    private static int place(int worker) {
      return (worker + 1) * APART;
    }

    /** The first part of a worker's share. */
    private int firstOf(int worker) {
      return (int) ((long) parts * worker / workers);
    }

    /**
     * Computes parts until none is left: first a share that is the same whenever there are so many,
     * since what it reads and writes may still be in this processor's cache, then what others have
     * not come to.
     *
     * @return whether there was one
     */
    boolean compute(int worker) {
      boolean any = false;
      try {
        for (int i = 0; i < workers; i++) {
          int share = (worker + i) % workers;
          int place = place(share);
          int end = firstOf(share + 1);
          while (next.get(place) < end) {
            int part = next.getAndIncrement(place);
            if (part < end) {
              any = true;
              work.compute(part, worker);
            }
          }
        }
      } catch (Throwable e) {
        // The caller's to throw.
        failure = e;
        for (int share = 0; share < workers; share++) {
          next.set(place(share), firstOf(share + 1));
        }
      }
      return any;
    }

    /** Helps, if there is something to do; tells whether there was. */
    boolean help(int worker) {
      int inside = state.get();
      while (inside >= 0 && inside < ENDING) {
        if (state.compareAndSet(inside, inside + 1)) {
          try {
            return compute(worker);
          } finally {
            if (state.decrementAndGet() == ENDING) {
              LockSupport.unpark(caller);
            }
          }
        }
        inside = state.get();
      }
      return false;
    }

    /** Waits for the helpers inside and takes the work back. */
    void end() {
      int inside = state.get();
      while (!state.compareAndSet(inside, inside + ENDING)) {
        inside = state.get();
      }
      boolean interrupted = false;
      if (state.get() != ENDING) {
        long start = System.nanoTime();
        int spins = 0;
        while (state.get() != ENDING) {
          if (System.nanoTime() - start < SPIN) {
            spins = spinOnce(spins);
          } else {
            // Parking returns at once while the interrupt is pending.
            interrupted |= Thread.interrupted();
            LockSupport.parkNanos(this, LONGEST_SLEEP_OF_A_CALLER);
          }
        }
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
      Throwable thrown = failure;
      failure = null;
      work = null;
      caller = null;
      state.set(FREE);
      if (thrown instanceof RuntimeException e) {
        throw e;
      }
      if (thrown instanceof Error e) {
        throw e;
      }
      if (thrown != null) {
        throw new IllegalStateException("a part failed with " + thrown, thrown);
      }
    }
  }

  /**
   * Passes about a twentieth of a microsecond; now and then it lets others run, since on a virtual
   * machine the scheduler may put a woken helper onto the processor of the very caller that it is
   * to help.
   */
  @SuppressWarnings("ThreadPriorityCheck") // Nothing relies on the yield but speed.
  private static int spinOnce(int spins) {
    if (spins % SPINS_BEFORE_YIELDING == 0) {
      Thread.yield();
    } else {
      Thread.onSpinWait();
    }
    return spins + 1;
  }

  private final class Helper implements Runnable {
    final int number;
    final AtomicBoolean asleep = new AtomicBoolean();
    final Thread thread;

    Helper(int number) {
      this.number = number;
      // Without the inheritable thread locals of whoever happens to be the first caller.
      this.thread = new Thread(null, this, "rowwise-cpu-" + number, 0, false);
      thread.setDaemon(true);
      thread.setContextClassLoader(null);
    }

    @Override
    public void run() {
      while (!closed) {
        try {
          helpUntilClosed();
        } catch (Throwable e) {
          // What a part throws is its caller's; this is not one's, and must not end a helper.
          tell(thread.getName() + " goes on after an error", e);
        }
      }
    }

    private void helpUntilClosed() {
      long idleSince = System.nanoTime();
      int spins = 0;
      while (!closed) {
        if (helpAnybody(number)) {
          idleSince = System.nanoTime();
        } else if (System.nanoTime() - idleSince < SPIN) {
          spins = spinOnce(spins);
        } else {
          asleep.set(true);
          // What was offered before the last line is seen here; what is offered after it wakes.
          if (!helpAnybody(number) && !closed) {
            LockSupport.park(Workers.this);
          }
          asleep.set(false);
          idleSince = System.nanoTime();
        }
      }
    }

    void wake() {
      if (asleep.get() && asleep.compareAndSet(true, false)) {
        LockSupport.unpark(thread);
      }
    }
  }

  /** Starts a thread. */
  interface Starter {
    void start(Thread thread);
  }

  private final int count;
  private final Starter starter;
  private final double worthSharing;
  private final double worthWaking;
  private final LongSupplier clock;
  private final Offer[] offers;
  // Of works that follow one another. Callers at once may overwrite each other's: all that changes
  // is when helpers wake.
  private volatile double ofSeries;
  private volatile long endOfLast;
  private volatile Helper[] helpers = {};
  // While helpers are missing that could not be started.
  private volatile boolean startFailed;
  private volatile long nextStart;
  private boolean failureTold;
  private volatile boolean closed;

  /**
   * @param count how many threads may work at once for one caller, itself included: at least 1, and
   *     then there are no helpers
   * @param worthSharing work of fewer nanoseconds is not shared
   * @param worthWaking helpers that are asleep stay so for fewer
   */
  Workers(int count, double worthSharing, double worthWaking) {
    this(count, worthSharing, worthWaking, System::nanoTime, Thread::start);
  }

  /**
   * The same with a clock, and with the starting of threads.
   *
   * @param clock in nanoseconds
   */
  Workers(int count, double worthSharing, double worthWaking, LongSupplier clock, Starter starter) {
    this.count = count;
    this.clock = clock;
    this.starter = starter;
    this.worthSharing = worthSharing;
    this.worthWaking = worthWaking;
    this.offers = new Offer[count == 1 ? 0 : 2 * count];
    for (int i = 0; i < offers.length; i++) {
      offers[i] = new Offer(count);
    }
  }

  /** How many threads may work at once. */
  int count() {
    return count;
  }

  /** How many parts there are of so many of each, the last perhaps smaller. */
  static int parts(int all, int ofEach) {
    return (int) (((long) all + ofEach - 1) / ofEach);
  }

  /**
   * Computes every part and returns when all are done. What a part throws is thrown here; then some
   * parts may not have been computed.
   *
   * @param nanoseconds what one thread would need for all of it, roughly
   */
  void share(int parts, double nanoseconds, Work work) {
    if (count > 1 && parts > 1 && nanoseconds >= worthSharing) {
      for (Offer offer : offers) {
        if (offer.claim()) {
          offer.open(parts, work);
          try {
            prepare(nanoseconds, withThoseBefore(nanoseconds));
          } finally {
            offer.compute(0);
            offer.end();
          }
          endOfLast = clock.getAsLong();
          return;
        }
      }
      // So many callers leave no helper idle.
    }
    for (int part = 0; part < parts; part++) {
      work.compute(part, 0);
    }
  }

  /**
   * What this work may be counted as: works that follow one another closely will go on doing so,
   * and each may be too little to wake anybody.
   */
  private double withThoseBefore(double nanoseconds) {
    boolean follows = clock.getAsLong() - endOfLast <= SPIN;
    double all = nanoseconds + (follows ? ofSeries : 0);
    ofSeries = all;
    return Math.max(nanoseconds, all / LONG_SERIES);
  }

  /**
   * Wakes the helpers if what is to come in the next moments is worth it.
   *
   * @param ofEach what one thread would need for one of several works, in nanoseconds
   * @param ofAll what it would need for all of them
   */
  void prepare(double ofEach, double ofAll) {
    if (count > 1 && ofEach >= worthSharing && ofAll >= worthWaking) {
      for (Helper helper : needStart() ? start() : helpers) {
        helper.wake();
      }
    }
  }

  private boolean helpAnybody(int number) {
    boolean helped = false;
    for (Offer offer : offers) {
      helped |= offer.help(number);
    }
    return helped;
  }

  private boolean needStart() {
    return startFailed ? clock.getAsLong() - nextStart >= 0 : helpers.length == 0;
  }

  /** Starts the helpers that are missing, or as many of them as the system allows. */
  private synchronized Helper[] start() {
    if (closed || !needStart()) {
      return helpers;
    }
    startFailed = false;
    try {
      while (helpers.length < count - 1) {
        // Made before the thread starts, so that none is at work and not in it.
        Helper[] more = Arrays.copyOf(helpers, helpers.length + 1);
        Helper helper = new Helper(more.length);
        more[more.length - 1] = helper;
        starter.start(helper.thread);
        helpers = more;
      }
    } catch (Throwable e) {
      // Most likely an OutOfMemoryError: unable to create native thread. The caller works alone.
      nextStart = clock.getAsLong() + NEXT_START;
      startFailed = true;
      if (!failureTold) {
        failureTold = true;
        tell(
            String.format(
                Locale.ROOT,
                "%d of %d threads started; the others are tried again later",
                helpers.length,
                count - 1),
            e);
      }
    }
    return helpers;
  }

  /** A log that fails must not end a helper, nor a caller's work. */
  private static void tell(String what, Throwable e) {
    try {
      LOG.warn("{}", what, e);
    } catch (Throwable ofLog) {
      e.addSuppressed(ofLog);
    }
  }

  /** Ends the helpers, after the parts that they hold. Waits for them, but not for ever. */
  @Override
  public synchronized void close() {
    closed = true;
    for (Helper helper : helpers) {
      LockSupport.unpark(helper.thread);
    }
    long end = System.currentTimeMillis() + LONGEST_END;
    try {
      for (Helper helper : helpers) {
        helper.thread.join(Math.max(1, end - System.currentTimeMillis()));
        if (helper.thread.isAlive()) {
          LOG.warn("{} is still at work after {} ms", helper.thread.getName(), LONGEST_END);
        }
      }
    } catch (InterruptedException e) {
      // They end anyway; whoever interrupted does not want to wait for it.
      Thread.currentThread().interrupt();
    }
    helpers = new Helper[0];
  }
}
