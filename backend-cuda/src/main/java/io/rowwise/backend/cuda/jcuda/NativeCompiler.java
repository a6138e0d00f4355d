package io.rowwise.backend.cuda.jcuda;

import io.rowwise.backend.cuda.driver.Compilation;
import io.rowwise.backend.cuda.driver.Compiler;
import io.rowwise.backend.cuda.library.Binding;
import java.util.Arrays;
import java.util.List;
import jcuda.nvrtc.JNvrtc;
import jcuda.nvrtc.nvrtcProgram;
import jcuda.nvrtc.nvrtcResult;

/** {@link Compiler} on JCuda's binding of NVRTC. */
public final class NativeCompiler implements Compiler {
  private final String version;
  private final List<Integer> computeCapabilities;

  /**
   * Loads JCuda's native library, and with it NVRTC. All that is native loads in here: when it
   * returns, the library's file may go.
   *
   * @param binding what is to be loaded
   * @throws UnsatisfiedLinkError if it does not load; the first line says why
   */
  public NativeCompiler(Binding binding) {
    NativeLibraries.load(binding)
        .ifPresent(
            reason -> {
              throw new UnsatisfiedLinkError(reason);
            });
    int[] major = new int[1];
    int[] minor = new int[1];
    check("nvrtcVersion", JNvrtc.nvrtcVersion(major, minor));
    this.version = "NVRTC " + major[0] + "." + minor[0];
    int[] count = new int[1];
    check("nvrtcGetNumSupportedArchs", JNvrtc.nvrtcGetNumSupportedArchs(count));
    int[] known = new int[count[0]];
    check("nvrtcGetSupportedArchs", JNvrtc.nvrtcGetSupportedArchs(known));
    this.computeCapabilities = Arrays.stream(known).boxed().toList();
  }

  @Override
  public String version() {
    return version;
  }

  @Override
  public List<Integer> computeCapabilities() {
    return computeCapabilities;
  }

  @Override
  public Compilation compile(String name, String source, List<String> options) {
    nvrtcProgram program = new nvrtcProgram();
    check("nvrtcCreateProgram", JNvrtc.nvrtcCreateProgram(program, source, name, 0, null, null));
    try {
      int result =
          JNvrtc.nvrtcCompileProgram(program, options.size(), options.toArray(String[]::new));
      if (result != nvrtcResult.NVRTC_SUCCESS) {
        String[] log = new String[1];
        JNvrtc.nvrtcGetProgramLog(program, log);
        return Compilation.failed(
            version + " says " + nvrtcResult.stringFor(result), log[0] == null ? "" : log[0]);
      }
      String[] ptx = new String[1];
      check("nvrtcGetPTX", JNvrtc.nvrtcGetPTX(program, ptx));
      return Compilation.to(ptx[0]);
    } finally {
      JNvrtc.nvrtcDestroyProgram(program);
    }
  }

  private static void check(String call, int result) {
    if (result != nvrtcResult.NVRTC_SUCCESS) {
      throw new IllegalStateException(call + " failed with " + nvrtcResult.stringFor(result));
    }
  }
}
