package io.rowwise.backend.cuda.interpreter;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;

/** One launch while it runs. */
final class Launch {
  /** Where shared and local memory appear among generic addresses. */
  static final long SHARED_WINDOW = 0x1_0000_0000L;

  static final long LOCAL_WINDOW = 0x2_0000_0000L;
  static final long WINDOW_BYTES = 1L << 24;

  /** Turns that a block has before another one has its own, so that blocks may wait for others. */
  private static final int TURNS = 64;

  final Kernel kernel;
  final Program program;
  final LaunchShape shape;
  final Region parameters;

  /** For each step the allocation that it accessed last. */
  final Tracked[] lastAt;

  /** What threads told at addresses, by atomic operations behind fences. */
  final Map<Long, Knowledge> told = new HashMap<>();

  /** For each step whether a thread executed it. */
  final boolean[] executed;

  long instructions;
  long bytesRead;
  long bytesWritten;
  long accesses;
  long barriers;

  private final DeviceMemory memory;
  private final Map<String, Region> variables;
  private final long limit;
  private final Map<Region, Tracked> tracked = new HashMap<>();

  /** An allocation and its history in this launch. */
  record Tracked(Region region, AccessHistory history) {}

  Launch(
      DeviceMemory memory,
      Kernel kernel,
      Map<String, Region> variables,
      LaunchShape shape,
      ByteBuffer parameters,
      long limit) {
    this.memory = memory;
    this.kernel = kernel;
    this.program = kernel.program();
    this.variables = variables;
    this.shape = shape;
    this.limit = limit;
    this.executed = new boolean[program.steps().size()];
    this.lastAt = new Tracked[program.steps().size()];
    this.parameters = new Region(StateSpace.PARAM, 0, kernel.parameterBytes);
    parameters.get(this.parameters.bytes);
    this.parameters.markWritten(0, kernel.parameterBytes);
  }

  LaunchReport run() {
    Deque<Block> waiting = new ArrayDeque<>();
    Deque<Block> idle = new ArrayDeque<>();
    int started = 0;
    while (started < shape.blocks() || !waiting.isEmpty()) {
      Block block;
      // A block that had its turns waits until all the others have had theirs.
      if (started < shape.blocks()) {
        block = idle.isEmpty() ? new Block(this) : idle.pop();
        block.start(started++);
      } else {
        block = waiting.pop();
      }
      if (block.run(TURNS)) {
        idle.push(block);
      } else {
        waiting.add(block);
      }
    }
    return new LaunchReport(instructions, bytesRead, bytesWritten, accesses, barriers, lines());
  }

  private BitSet lines() {
    BitSet lines = new BitSet();
    for (Step step : program.steps()) {
      if (executed[step.number]) {
        lines.set(step.instruction.line());
      }
    }
    return lines;
  }

  /** The address of one of the module's variables. */
  long address(Variable variable) {
    return variables.get(variable.name()).start;
  }

  /** The allocation at or before an address, or null. */
  Tracked track(long address) {
    Region region = memory.near(address);
    if (region == null) {
      return null;
    }
    return tracked.computeIfAbsent(
        region,
        r ->
            new Tracked(
                r,
                r.space == StateSpace.CONST
                    ? null
                    : new AccessHistory(r.size, (int) shape.blocks())));
  }

  void requireEnd(Block block) {
    if (instructions > limit) {
      throw block.endless(
          "the launch has executed "
              + instructions
              + " instructions and is not done; a loop that"
              + " waits for what never comes?");
    }
  }
}
