package io.rowwise.backend.cuda.interpreter;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.Map;
import java.util.WeakHashMap;

/**
 * Runs kernels on the CPU, one instruction after the other, and watches them.
 *
 * <p>A launch runs on the calling thread and is done when the call returns; several threads may
 * launch at the same time. Blocks run one after the other, unless one runs for so long that it may
 * be waiting for another.
 *
 * <p>What it does not know: time and caches, the limits of a device (registers, shared memory, how
 * many blocks are resident), textures, functions and calls, half precision, matrix instructions,
 * asynchronous copies, clusters, barriers of some of a block's threads. Approximate instructions
 * are computed accurately and rounded, so results differ from a GPU's in the last bits. All threads
 * that meet at a barrier or a shuffle must meet at the same instruction, which is more than PTX
 * asks for. A fence for the block alone orders nothing here, and a volatile access never races with
 * another one.
 */
public final class Interpreter {
  private static final long DEFAULT_LIMIT = 4_000_000_000L;

  private final DeviceMemory memory;
  private final long instructionLimit;

  /** Where the variables of modules are; a module gets them with its first launch. */
  private final Map<PtxModule, Map<String, Region>> variables = new WeakHashMap<>();

  /** An interpreter that gives up on a launch after four thousand million instructions. */
  public Interpreter(DeviceMemory memory) {
    this(memory, DEFAULT_LIMIT);
  }

  /**
   * An interpreter with its own idea of forever.
   *
   * @param instructionLimit how many instructions all threads of a launch may execute together
   */
  public Interpreter(DeviceMemory memory, long instructionLimit) {
    this.memory = memory;
    this.instructionLimit = instructionLimit;
  }

  /** As {@link #launch(PtxModule, String, LaunchShape, ByteBuffer)}, for one dimension. */
  public LaunchReport launch(
      PtxModule module,
      String kernel,
      int blocks,
      int threads,
      int dynamicSharedBytes,
      ByteBuffer parameters) {
    return launch(module, kernel, LaunchShape.of(blocks, threads, dynamicSharedBytes), parameters);
  }

  /**
   * Runs a kernel to its end.
   *
   * @param parameters the parameters one behind the other in little-endian order, each aligned as
   *     {@link PtxModule#parameters} says; from the buffer's position to its limit, both unchanged
   * @throws KernelFault at the first thing that the kernel does wrong
   * @throws IllegalArgumentException if there is no such kernel, or if it takes other parameters or
   *     other blocks
   */
  public LaunchReport launch(
      PtxModule module, String kernel, LaunchShape shape, ByteBuffer parameters) {
    Kernel entry = module.kernel(kernel);
    int threads = shape.threadsPerBlock();
    if (threads > entry.maxThreads || (entry.exactThreads && threads != entry.maxThreads)) {
      throw new IllegalArgumentException(
          kernel
              + ": blocks of "
              + threads
              + " threads, it was compiled for "
              + (entry.exactThreads ? "" : "at most ")
              + entry.maxThreads);
    }
    if (parameters.remaining() != entry.parameterBytes) {
      throw new IllegalArgumentException(
          kernel
              + ": "
              + parameters.remaining()
              + " bytes of parameters, it takes "
              + entry.parameterBytes);
    }
    if (shape.blocks() * threads > ThreadOrder.MAX_THREADS) {
      throw new IllegalArgumentException(
          kernel
              + ": "
              + shape.blocks() * threads
              + " threads, the interpreter follows at most "
              + ThreadOrder.MAX_THREADS);
    }
    return new Launch(
            memory,
            entry,
            variablesOf(module),
            shape,
            parameters.duplicate().order(ByteOrder.LITTLE_ENDIAN),
            instructionLimit)
        .run();
  }

  private Map<String, Region> variablesOf(PtxModule module) {
    synchronized (variables) {
      return variables.computeIfAbsent(
          module,
          m -> {
            Map<String, Region> regions = new HashMap<>();
            for (Variable variable : m.variables()) {
              Region region = memory.allocate(Math.max(1, variable.bytes()), variable.space());
              // Variables without an initial value start as zeros.
              if (variable.initial() != null) {
                byte[] initial = variable.initial().content();
                System.arraycopy(initial, 0, region.bytes, 0, initial.length);
              }
              region.markWritten(0, region.size);
              regions.put(variable.name(), region);
            }
            return Map.copyOf(regions);
          });
    }
  }
}
