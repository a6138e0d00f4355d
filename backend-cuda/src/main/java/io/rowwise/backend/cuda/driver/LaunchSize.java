package io.rowwise.backend.cuda.driver;

import java.util.Locale;

/**
 * How many threads run a kernel: a grid of blocks, each a box of threads, as CUDA counts them.
 *
 * <p>Public for the packages beside this one; programs do not use it.
 *
 * @param blocksX blocks of the grid along x, at least 1
 * @param blocksY along y, 1 to 65,535
 * @param blocksZ along z, 1 to 65,535
 * @param threadsX threads of a block along x; a block has 1 to 1,024 in all
 * @param threadsY along y
 * @param threadsZ along z, 1 to 64
 * @param sharedBytes dynamic shared memory of each block, beyond what the kernel declares
 * @param cooperative whether all blocks have to run at the same time, as they wait for one another;
 *     a launch of more than the device holds fails
 */
public record LaunchSize(
    int blocksX,
    int blocksY,
    int blocksZ,
    int threadsX,
    int threadsY,
    int threadsZ,
    int sharedBytes,
    boolean cooperative) {
  private static final int MOST_BLOCKS = 65_535;
  private static final int MOST_THREADS = 1_024;
  private static final int MOST_THREADS_Z = 64;

  /**
   * @throws IllegalArgumentException if CUDA knows no such launch
   */
  public LaunchSize {
    if (blocksX < 1
        || blocksY < 1
        || blocksY > MOST_BLOCKS
        || blocksZ < 1
        || blocksZ > MOST_BLOCKS) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "a grid of %d x %d x %d blocks; wanted at least 1 each way, and at most %d along y"
                  + " and z",
              blocksX,
              blocksY,
              blocksZ,
              MOST_BLOCKS));
    }
    if (threadsX < 1
        || threadsY < 1
        || threadsZ < 1
        || threadsZ > MOST_THREADS_Z
        || (long) threadsX * threadsY > MOST_THREADS
        || (long) threadsX * threadsY * threadsZ > MOST_THREADS) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "a block of %d x %d x %d threads; wanted 1 to %d in all, and at most %d along z",
              threadsX,
              threadsY,
              threadsZ,
              MOST_THREADS,
              MOST_THREADS_Z));
    }
    if (sharedBytes < 0) {
      throw new IllegalArgumentException(
          String.format(Locale.ROOT, "%d bytes of shared memory; wanted 0 or more", sharedBytes));
    }
  }

  /** One whose blocks need not run at the same time. */
  public LaunchSize(
      int blocksX,
      int blocksY,
      int blocksZ,
      int threadsX,
      int threadsY,
      int threadsZ,
      int sharedBytes) {
    this(blocksX, blocksY, blocksZ, threadsX, threadsY, threadsZ, sharedBytes, false);
  }

  /** A row of blocks, each a row of threads, without dynamic shared memory. */
  public static LaunchSize of(int blocks, int threads) {
    return of(blocks, threads, 0);
  }

  /** A row of blocks, each a row of threads. */
  public static LaunchSize of(int blocks, int threads, int sharedBytes) {
    return new LaunchSize(blocks, 1, 1, threads, 1, 1, sharedBytes);
  }

  /** The same, where all blocks run at the same time. */
  public LaunchSize cooperating() {
    return new LaunchSize(
        blocksX, blocksY, blocksZ, threadsX, threadsY, threadsZ, sharedBytes, true);
  }
}
