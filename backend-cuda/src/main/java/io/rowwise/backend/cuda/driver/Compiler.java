package io.rowwise.backend.cuda.driver;

import java.util.List;

/**
 * What this backend uses of NVRTC, NVIDIA's compiler at run time, and no more.
 *
 * <p>It is public because its real implementation lives in another class loader; programs do not
 * use it. Safe for use by many threads.
 */
public interface Compiler {
  /** What it is, for people: {@code NVRTC 12.6}. */
  String version();

  /** The compute capabilities that it compiles for, as in {@code compute_90}, in any order. */
  List<Integer> computeCapabilities();

  /**
   * Compiles CUDA C++ to PTX, or says what the compiler has against it or against an option.
   *
   * @param name the source's name, for the log
   */
  Compilation compile(String name, String source, List<String> options);
}
