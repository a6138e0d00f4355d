package io.rowwise.backend.cpu.parallel;

import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
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
public final class Workers implements AutoCloseable {
  /** Work whose parts may be computed in any order and by several threads at once. */
  public interface Work {
    /**
     * Computes one part.
     *
     * @param worker who does: 0 for the caller, 1 to {@link Workers#count} - 1 for a helper; no two
     *     threads in the same work have the same number, so scratch memory goes by it
     */
    void compute(int part, int worker);
  }

  /** Work that takes one thread fewer nanoseconds is not shared, even with helpers awake. */
  public static final double WORTH_SHARING = 15_000;

  /** Waking a helper takes a caller 5 microseconds, and the helper 10 to 100. */
  public static final double WORTH_WAKING = 100_000;

  private static final Logger LOG = LoggerFactory.getLogger(Workers.class);

  // In times of what is worth waking for.
  private static final double LONG_SERIES = 10;

  static final int SPIN_MICROSECONDS = 50;

  /** So long a thread looks for work before it sleeps, in nanoseconds. */
  static final long SPIN = TimeUnit.MICROSECONDS.toNanos(SPIN_MICROSECONDS);

  private static final int SECONDS_TO_NEXT_START = 10;
  private static final long NEXT_START = TimeUnit.SECONDS.toNanos(SECONDS_TO_NEXT_START);
  private static final long LONGEST_END = TimeUnit.SECONDS.toMillis(5);

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
          spins = Offer.spinOnce(spins);
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
  public Workers(int count, double worthSharing, double worthWaking) {
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
  public int count() {
    return count;
  }

  /**
   * Computes every part and returns when all are done. What a part throws is thrown here; then some
   * parts may not have been computed.
   *
   * @param nanoseconds what one thread would need for all of it, roughly
   */
  public void share(int parts, double nanoseconds, Work work) {
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
  public void prepare(double ofEach, double ofAll) {
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
