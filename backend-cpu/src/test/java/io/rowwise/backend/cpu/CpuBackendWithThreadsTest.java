package io.rowwise.backend.cpu;

import io.rowwise.backend.Backend;
import io.rowwise.backend.contract.BackendContract;
import io.rowwise.backend.cpu.memory.CpuMemory;
import io.rowwise.backend.cpu.memory.Scratch;
import io.rowwise.backend.cpu.memory.ScratchPool;
import io.rowwise.backend.cpu.parallel.Workers;
import java.util.Arrays;

/**
 * With helpers it does the same, also where little is shared among them, and whatever earlier
 * operations have left in scratch memory.
 */
final class CpuBackendWithThreadsTest extends BackendContract {
  private static final int THREADS = 3;
  private static final int PLACES = 4;
  private static final int ARRAYS = 8;
  private static final int LENGTH = 8192;

  @Override
  public Backend openBackend() {
    ScratchPool pool = new ScratchPool(PLACES);
    for (int place = 0; place < PLACES; place++) {
      pool.giveBack(place, full());
    }
    return new CpuBackend(new Workers(THREADS, 0, 0), pool, CpuMemory.of(CpuMemory.PROPERTY));
  }

  /** Scratch memory full of what would show in any result. */
  private static Scratch full() {
    Scratch scratch = new Scratch();
    for (int i = 0; i < ARRAYS; i++) {
      Arrays.fill(scratch.doubles(LENGTH), Double.NaN);
      Arrays.fill(scratch.floats(LENGTH), Float.NaN);
      Arrays.fill(scratch.longs(LENGTH), -1);
      Arrays.fill(scratch.ints(LENGTH), -1);
    }
    return scratch;
  }
}
