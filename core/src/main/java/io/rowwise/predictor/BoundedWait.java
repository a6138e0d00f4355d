package io.rowwise.predictor;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * Waits that end in time whoever waits. A virtual thread that parks gets back to work only when one
 * of the few threads that carry them is free, and under load none is for many seconds; so it looks
 * again and again instead, and keeps the one that carries it. For waits that are rare and short.
 */
final class BoundedWait {
  /** How often a wait that has just begun looks, and one that has lasted long. */
  private static final long SHORTEST_NANOS = 100_000L;

  private static final long LONGEST_NANOS = 20_000_000L;

  /** {@code Thread.isVirtual} of Java 21 and later, or null. */
  private static final MethodHandle IS_VIRTUAL = isVirtual();

  private BoundedWait() {}

  /**
   * Waits until something is so, or until the time is over.
   *
   * @param end in the time of {@link System#nanoTime}
   * @return whether it is so
   */
  static boolean until(BooleanSupplier isSo, long end) throws InterruptedException {
    boolean virtual = isVirtual(Thread.currentThread());
    long start = System.nanoTime();
    while (!isSo.getAsBoolean()) {
      long now = System.nanoTime();
      long left = end - now;
      if (left <= 0) {
        return false;
      }
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      if (virtual) {
        Thread.onSpinWait();
      } else {
        long look = Math.min(LONGEST_NANOS, Math.max(SHORTEST_NANOS, (now - start) / 8));
        LockSupport.parkNanos(Math.min(look, left));
      }
    }
    return true;
  }

  private static boolean isVirtual(Thread thread) {
    if (IS_VIRTUAL == null) {
      return false;
    }
    try {
      return (boolean) IS_VIRTUAL.invokeExact(thread);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  private static MethodHandle isVirtual() {
    try {
      return MethodHandles.publicLookup()
          .findVirtual(Thread.class, "isVirtual", MethodType.methodType(boolean.class));
    } catch (NoSuchMethodException | IllegalAccessException e) {
      return null;
    }
  }
}
