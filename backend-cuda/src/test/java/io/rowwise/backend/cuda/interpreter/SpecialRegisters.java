package io.rowwise.backend.cuda.interpreter;

import java.util.Map;

/** The registers that the machine sets: a value for each lane, fixed for the life of a thread. */
final class SpecialRegisters {
  private SpecialRegisters() {}

  private interface Value {
    long of(LaunchShape shape, int block, int thread);
  }

  private static final Map<String, Value> VALUES =
      Map.ofEntries(
          Map.entry("%tid.x", (shape, block, thread) -> thread % shape.blockX()),
          Map.entry("%tid.y", (shape, block, thread) -> thread / shape.blockX() % shape.blockY()),
          Map.entry("%tid.z", (shape, block, thread) -> thread / shape.blockX() / shape.blockY()),
          Map.entry("%ntid.x", (shape, block, thread) -> shape.blockX()),
          Map.entry("%ntid.y", (shape, block, thread) -> shape.blockY()),
          Map.entry("%ntid.z", (shape, block, thread) -> shape.blockZ()),
          Map.entry("%ctaid.x", (shape, block, thread) -> block % shape.gridX()),
          Map.entry("%ctaid.y", (shape, block, thread) -> block / shape.gridX() % shape.gridY()),
          Map.entry("%ctaid.z", (shape, block, thread) -> block / shape.gridX() / shape.gridY()),
          Map.entry("%nctaid.x", (shape, block, thread) -> shape.gridX()),
          Map.entry("%nctaid.y", (shape, block, thread) -> shape.gridY()),
          Map.entry("%nctaid.z", (shape, block, thread) -> shape.gridZ()),
          Map.entry("%laneid", (shape, block, thread) -> thread % 32),
          Map.entry("%warpid", (shape, block, thread) -> thread / 32),
          Map.entry("%nwarpid", (shape, block, thread) -> (shape.threadsPerBlock() + 31) / 32),
          Map.entry("WARP_SZ", (shape, block, thread) -> 32),
          Map.entry("%lanemask_eq", (shape, block, thread) -> 1L << thread % 32),
          Map.entry("%lanemask_lt", (shape, block, thread) -> (1L << thread % 32) - 1),
          Map.entry("%lanemask_le", (shape, block, thread) -> (2L << thread % 32) - 1),
          Map.entry("%lanemask_gt", (shape, block, thread) -> 0xFFFFFFFFL & -(2L << thread % 32)),
          Map.entry("%lanemask_ge", (shape, block, thread) -> 0xFFFFFFFFL & -(1L << thread % 32)),
          Map.entry("%dynamic_smem_size", (shape, block, thread) -> shape.dynamicSharedBytes()));

  static boolean has(String name) {
    return VALUES.containsKey(name);
  }

  static long value(String name, LaunchShape shape, int block, int thread) {
    return VALUES.get(name).of(shape, block, thread);
  }
}
