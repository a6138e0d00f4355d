package io.rowwise.backend.cuda.kernel;

/**
 * One launch: which kernel, on how many threads, with which arguments.
 *
 * @param module the kernel's PTX file, without {@code .ptx}
 * @param kernel its name in that file
 * @param gridX blocks
 * @param blockX threads of a block, a multiple of 32
 * @param sharedBytes dynamic shared memory of a block; more than 48 KiB have to be asked for before
 *     the launch
 * @param arguments in the order of the kernel's parameters
 * @param cooperative whether all blocks have to run at the same time
 */
public record Launch(
    String module,
    String kernel,
    int gridX,
    int blockX,
    int sharedBytes,
    KernelArguments arguments,
    boolean cooperative) {

  /** The same, where all blocks run at the same time. */
  Launch cooperating() {
    return new Launch(module, kernel, gridX, blockX, sharedBytes, arguments, true);
  }
}
