package io.rowwise.backend.cuda.interpreter;

/**
 * How many threads a launch has.
 *
 * @param dynamicSharedBytes shared memory of each block beyond what the kernel declares
 */
public record LaunchShape(
    int gridX, int gridY, int gridZ, int blockX, int blockY, int blockZ, int dynamicSharedBytes) {

  /** The most threads that a block can have. */
  public static final int MAX_THREADS_PER_BLOCK = 1024;

  public LaunchShape {
    if (gridX < 1 || gridY < 1 || gridZ < 1 || gridY > 65535 || gridZ > 65535) {
      throw new IllegalArgumentException(
          "a grid of " + gridX + " x " + gridY + " x " + gridZ + " blocks cannot be launched");
    }
    long threads = (long) blockX * blockY * blockZ;
    if (blockX < 1 || blockY < 1 || blockZ < 1 || threads > MAX_THREADS_PER_BLOCK || blockZ > 64) {
      throw new IllegalArgumentException(
          "a block of " + blockX + " x " + blockY + " x " + blockZ + " threads cannot be launched");
    }
    if (dynamicSharedBytes < 0) {
      throw new IllegalArgumentException(dynamicSharedBytes + " bytes of shared memory");
    }
  }

  /** A row of blocks, each a row of threads. */
  public static LaunchShape of(int blocks, int threads, int dynamicSharedBytes) {
    return new LaunchShape(blocks, 1, 1, threads, 1, 1, dynamicSharedBytes);
  }

  /** Blocks in the grid. */
  public long blocks() {
    return (long) gridX * gridY * gridZ;
  }

  /** Threads in each block. */
  public int threadsPerBlock() {
    return blockX * blockY * blockZ;
  }
}
