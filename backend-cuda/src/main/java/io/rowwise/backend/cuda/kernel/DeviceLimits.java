package io.rowwise.backend.cuda.kernel;

/**
 * What a plan needs to know of a device.
 *
 * @param multiprocessors how many it has
 * @param sharedBytes the most shared memory that a block may have when it asks for it (CUDA's
 *     {@code MAX_SHARED_MEMORY_PER_BLOCK_OPTIN})
 * @param computeCapability {@code 10 * major + minor}
 */
public record DeviceLimits(int multiprocessors, int sharedBytes, int computeCapability) {
  /** What the kernels take of it for themselves, at most: one value for each warp. */
  private static final int STATIC_SHARED_BYTES = 1024;

  /** Whether it takes all kernels. */
  public boolean isAmpere() {
    return computeCapability >= CudaKernel.AMPERE;
  }

  /** How much dynamic shared memory that leaves. */
  int dynamicSharedBytes() {
    return sharedBytes - STATIC_SHARED_BYTES;
  }
}
