package io.rowwise.backend.cuda;

import io.rowwise.backend.cuda.context.CudaStream;
import io.rowwise.backend.cuda.driver.LaunchSize;
import io.rowwise.backend.cuda.kernel.KernelArguments;
import io.rowwise.backend.cuda.ptx.PtxEntry;

/**
 * A kernel of a {@link CudaModule}: what CUDA C++ declares as {@code extern "C" __global__}, and
 * PTX as {@code .entry}. A launch of it begins with its blocks.
 *
 * <p>Safe for use by many threads. Good as long as its module.
 */
public final class CudaFunction {
  private final CudaModule module;
  private final PtxEntry entry;
  private final long handle;

  CudaFunction(CudaModule module, PtxEntry entry, long handle) {
    this.module = module;
    this.entry = entry;
    this.handle = handle;
  }

  /** Its name in the PTX. */
  public String name() {
    return entry.name();
  }

  /**
   * A launch with a row of blocks, which gets its threads and arguments next.
   *
   * @param x blocks; with 0 nothing is launched
   */
  public CudaLaunch blocks(int x) {
    return blocks(x, 1, 1);
  }

  /**
   * A launch with a grid of blocks, which gets its threads and arguments next.
   *
   * @param x blocks along x; with 0 nothing is launched
   * @param y blocks along y, at most 65,535
   */
  public CudaLaunch blocks(int x, int y) {
    return blocks(x, y, 1);
  }

  /**
   * A launch with a grid of blocks, which gets its threads and arguments next.
   *
   * @param x blocks along x; with 0 nothing is launched
   * @param y blocks along y, at most 65,535
   * @param z blocks along z, at most 65,535
   */
  public CudaLaunch blocks(int x, int y, int z) {
    return new CudaLaunch(this, x, y, z);
  }

  CudaModule module() {
    return module;
  }

  PtxEntry entry() {
    return entry;
  }

  void launch(CudaStream stream, LaunchSize size, KernelArguments arguments) {
    module.whileOpen(name(), () -> stream.launch(handle, size, arguments));
  }

  /** Its name and its parameters' types in PTX. */
  @Override
  public String toString() {
    return entry.toString();
  }
}
