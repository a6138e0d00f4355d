package io.rowwise.backend.cuda.interpreter;

import java.util.List;
import java.util.Map;

/** An entry of a module: its parameters, what it declares, its instructions. */
final class Kernel {
  final String name;
  final List<Variable> parameters;
  final List<Instruction> instructions;

  /** The number of the instruction that follows each label. */
  final Map<String, Integer> labels;

  final int registers;
  final int parameterBytes;
  final int staticSharedBytes;
  final int localBytes;

  /** The most threads that a block of this kernel may have. */
  final int maxThreads;

  /** Whether a block must have exactly {@link #maxThreads}. */
  final boolean exactThreads;

  private final Program program;

  Kernel(
      String name,
      List<Variable> parameters,
      List<Instruction> instructions,
      Map<String, Integer> labels,
      int registers,
      int parameterBytes,
      int staticSharedBytes,
      int localBytes,
      int maxThreads,
      boolean exactThreads) {
    this.name = name;
    this.parameters = List.copyOf(parameters);
    this.instructions = List.copyOf(instructions);
    this.labels = Map.copyOf(labels);
    this.registers = registers;
    this.parameterBytes = parameterBytes;
    this.staticSharedBytes = staticSharedBytes;
    this.localBytes = localBytes;
    this.maxThreads = maxThreads;
    this.exactThreads = exactThreads;
    this.program = new Translator(this).translate();
  }

  Program program() {
    return program;
  }
}
