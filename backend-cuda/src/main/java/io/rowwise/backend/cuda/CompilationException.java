package io.rowwise.backend.cuda;

import java.util.List;

/** CUDA C++ does not compile. The message ends with the compiler's log. */
public final class CompilationException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String log;

  /**
   * @param name the source's name, as in the log: {@code margin.cu}
   * @param options what the compiler was given with it
   * @param problem in one line, if there may be no log: {@code NVRTC_ERROR_COMPILATION}
   * @param log what the compiler wrote
   */
  CompilationException(String name, List<String> options, String problem, String log) {
    super(
        "%s does not compile with %s: %s%n%s"
            .formatted(name, String.join(" ", options), problem, log.strip()));
    this.log = log;
  }

  /** What the compiler wrote: its errors and warnings, with the lines that they are about. */
  public String log() {
    return log;
  }
}
