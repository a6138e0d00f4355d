package io.rowwise.backend.cuda.interpreter;

import io.rowwise.backend.cuda.ptx.PtxException;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A parsed PTX text. Immutable, for any number of launches and threads. */
public final class PtxModule {
  private final Map<String, Kernel> kernels;
  private final List<Variable> variables;

  PtxModule(Map<String, Kernel> kernels, List<Variable> variables) {
    this.kernels = Map.copyOf(kernels);
    this.variables = List.copyOf(variables);
  }

  /**
   * A parameter of a kernel.
   *
   * @param offset where it starts in the packed parameters
   */
  public record Parameter(String name, int offset, int bytes, int alignment) {}

  /**
   * Parses a module and decodes every instruction of it.
   *
   * @throws PtxException if the text is malformed, or has an instruction or a modifier that the
   *     interpreter does not implement; it names the line
   */
  public static PtxModule parse(String ptx) {
    return new PtxParser(ptx).parse();
  }

  /** The names of the kernels. */
  public Set<String> kernels() {
    return kernels.keySet();
  }

  /**
   * The kernel's parameters in order.
   *
   * @throws IllegalArgumentException if there is no such kernel
   */
  public List<Parameter> parameters(String kernel) {
    return kernel(kernel).parameters.stream()
        .map(p -> new Parameter(p.name(), (int) p.offset(), (int) p.bytes(), p.alignment()))
        .toList();
  }

  /** The shared memory that the kernel declares, in bytes; what a launch adds not counted. */
  public int staticSharedBytes(String kernel) {
    return kernel(kernel).staticSharedBytes;
  }

  /** The lines of the text, counted from 1, at which the kernel's instructions start. */
  public BitSet lines(String kernel) {
    BitSet lines = new BitSet();
    kernel(kernel).instructions.forEach(instruction -> lines.set(instruction.line()));
    return lines;
  }

  Kernel kernel(String name) {
    Kernel kernel = kernels.get(name);
    if (kernel == null) {
      throw new IllegalArgumentException(
          "there is no kernel " + name + " in this module; it has " + kernels.keySet());
    }
    return kernel;
  }

  /** Variables in global and constant memory. */
  List<Variable> variables() {
    return variables;
  }
}
