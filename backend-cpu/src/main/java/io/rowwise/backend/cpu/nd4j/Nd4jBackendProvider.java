package io.rowwise.backend.cpu.nd4j;

import io.rowwise.backend.Backend;
import io.rowwise.backend.BackendProvider;
import io.rowwise.backend.BackendUnavailableException;
import io.rowwise.backend.cpu.memory.CpuMemory;
import java.util.List;
import java.util.OptionalInt;

/**
 * Finds ND4J, for who asks for it: {@code -Dbackend=nd4j}. {@code auto} never chooses it, and
 * nothing of it is loaded before it is asked for.
 *
 * <p>It is ND4J's operations as they are: an example of how small a backend is, numbers to compare
 * others' with, and what the fused kernels are measured by. It has the threads and the OpenBLAS
 * that ND4J gives itself, shared with the whole process, and JavaCPP's limit of memory ({@code
 * org.bytedeco.javacpp.maxPhysicalBytes}) holds. What its matrices may take in all is said by
 * {@code rowwise.nd4j.memory}, as the CPU backend's {@code rowwise.cpu.memory} does for its own.
 */
public final class Nd4jBackendProvider implements BackendProvider {
  static final String MEMORY = "rowwise.nd4j.memory";

  /** Costs nothing; {@link #open} starts ND4J, which takes a second or two. */
  public Nd4jBackendProvider() {}

  @Override
  public String name() {
    return "nd4j";
  }

  @Override
  public int priority() {
    return 0;
  }

  @Override
  public boolean isAutomatic() {
    return false;
  }

  @Override
  public Backend open(OptionalInt index) {
    if (index.isPresent() && index.getAsInt() != 0) {
      throw new BackendUnavailableException("there is one ND4J, nd4j; it has no devices by number");
    }
    CpuMemory memory = CpuMemory.of(MEMORY);
    try {
      Nd4jStart.start();
      return new Nd4jBackend(memory);
    } catch (LinkageError | RuntimeException e) {
      throw new BackendUnavailableException(reason(e), e);
    }
  }

  private static String reason(Throwable e) {
    if (Nd4jStart.version().equals("not found")) {
      return "ND4J is not on the class path; add org.nd4j:nd4j-native and its classifier for this"
          + " platform";
    }
    Throwable root = e;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return "ND4J does not start ("
        + String.valueOf(root).lines().findFirst().orElse("")
        + "); is org.nd4j:nd4j-native on the class path with its classifier for this platform?";
  }

  @Override
  public List<String> properties() {
    return List.of(MEMORY);
  }
}
