package io.rowwise.backend.cuda.kernel;

import java.util.Locale;
import java.util.Optional;

/**
 * The compiled forms of the kernels that ship beside their PTX, each for some of the GPUs. A driver
 * loads them as they are, where it would compile PTX for tenths of a second a module.
 */
public enum Binaries {
  /** For Turing. */
  SM_75(75, 12_000),
  /** For Ampere and Ada. */
  SM_80(80, 12_000),
  /** For Hopper. */
  SM_90(90, 12_000),
  /** For Blackwell in data centres. */
  SM_100(100, 13_000),
  /** For Blackwell elsewhere. */
  SM_120(120, 13_000);

  private final int computeCapability;
  private final int oldestDriver;

  Binaries(int computeCapability, int oldestDriver) {
    this.computeCapability = computeCapability;
    this.oldestDriver = oldestDriver;
  }

  /**
   * Those for a device, if there are any: they run on devices of their own major number and of
   * their minor number or a higher one.
   *
   * @param computeCapability the device's, {@code 10 * major + minor}
   */
  public static Optional<Binaries> runningOn(int computeCapability) {
    Optional<Binaries> running = Optional.empty();
    for (Binaries each : values()) {
      if (each.computeCapability / 10 == computeCapability / 10
          && each.computeCapability <= computeCapability) {
        running = Optional.of(each);
      }
    }
    return running;
  }

  /** What they were made for, as the assembler names it: {@code sm_90}. */
  public String target() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * The oldest driver that knows this form of file, by the newest CUDA that it is for: {@code 1000
   * * major + 10 * minor}.
   */
  public int oldestDriver() {
    return oldestDriver;
  }

  /** The file with a module's kernels: {@code softmax.sm_90.cubin}. */
  public String file(String module) {
    return module + "." + target() + ".cubin";
  }
}
