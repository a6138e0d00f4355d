package io.rowwise.backend.cpu.memory;

import io.rowwise.backend.Settings;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.function.LongSupplier;

/**
 * How much memory the matrices of one backend may take in all: what a system property such as
 * {@code rowwise.cpu.memory} says, or what the machine or its container has less what the JVM
 * itself may come to need. Linux would promise more, and end the process when it is used. Programs
 * do not use it.
 */
public final class CpuMemory {
  public static final String PROPERTY = "rowwise.cpu.memory";

  // To ask how much memory the machine has takes longer than a prediction, and nobody wonders
  // whether so much is there.
  private static final long SURELY_THERE = 1 << 24;

  // For classes, compiled code, stacks and what native libraries take for themselves.
  private static final long LEAST_FOR_THE_JVM = 1 << 26;
  private static final int PART_FOR_THE_JVM = 16;
  private static final int LEAST_PART_FOR_MATRICES = 4;

  private final OptionalLong given;
  private final long surelyThere;
  private final LongSupplier whole;
  private final long heap;
  private volatile long limit;

  /**
   * @param given what the user allows, if he says so
   * @param whole asks how much memory there is, in bytes
   * @param heap bytes that the heap may take
   */
  public CpuMemory(OptionalLong given, LongSupplier whole, long heap) {
    this.given = given;
    this.surelyThere = Math.min(SURELY_THERE, given.orElse(SURELY_THERE));
    this.whole = whole;
    this.heap = heap;
  }

  /**
   * As a system property says: a size, as {@link Settings#bytes} reads it, or nothing.
   *
   * @throws IllegalArgumentException if it says something that is not a size
   */
  public static CpuMemory of(String property) {
    return new CpuMemory(
        Settings.bytes(property), CpuMemory::ofMachine, Runtime.getRuntime().maxMemory());
  }

  /** So much may be taken without asking for the {@link #limit}. */
  public long surelyThere() {
    return surelyThere;
  }

  /** The limit in bytes; takes long at the first call. */
  public long limit() {
    if (limit == 0) {
      long all = whole.getAsLong();
      limit = given.isPresent() ? Math.min(given.getAsLong(), all) : remaining(all);
    }
    return limit;
  }

  private long remaining(long all) {
    long forTheJvm = Math.max(LEAST_FOR_THE_JVM, all / PART_FOR_THE_JVM);
    return Math.max(all - heap - forTheJvm, all / LEAST_PART_FOR_MATRICES);
  }

  private static long ofMachine() {
    long installed =
        ManagementFactory.getOperatingSystemMXBean()
                instanceof com.sun.management.OperatingSystemMXBean system
            ? system.getTotalMemorySize()
            : Long.MAX_VALUE;
    return Math.min(installed, new ControlGroup(Path.of("/")).memory());
  }
}
