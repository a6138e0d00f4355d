package io.rowwise.backend.cuda.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import jcuda.nvptxcompiler.JNvPTXCompiler;
import jcuda.nvptxcompiler.nvPTXCompileResult;
import jcuda.nvptxcompiler.nvPTXCompilerHandle;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * NVIDIA's own assembler takes every kernel, for each generation of GPUs that it knows, and keeps
 * all values in registers. It comes with JCuda and needs no GPU.
 */
class PtxAssemblyTest {
  private static final String[] TARGETS = {"sm_75", "sm_80", "sm_86", "sm_87", "sm_89", "sm_90"};
  private static final Pattern KERNEL = Pattern.compile("Compiling entry function '(\\w+)'");
  private static final Pattern SPILLS =
      Pattern.compile(
          "(\\d+) bytes stack frame, (\\d+) bytes spill stores, (\\d+) bytes spill loads");

  @TempDir static Path temporary;

  /** Away from what other processes unpack at the same time, under the same name. */
  @BeforeAll
  static void loadInADirectoryOfItsOwn() {
    String before = System.getProperty("java.io.tmpdir");
    System.setProperty("java.io.tmpdir", temporary.toString());
    try {
      JNvPTXCompiler.setExceptionsEnabled(false);
    } catch (LinkageError e) {
      Assumptions.abort("JCuda has no PTX compiler for this platform: " + e);
    } finally {
      System.setProperty("java.io.tmpdir", before);
    }
  }

  private static Stream<Arguments> modulesAndTargets() {
    return PtxFile.modules().stream()
        .flatMap(module -> Arrays.stream(TARGETS).map(target -> Arguments.of(module, target)));
  }

  @ParameterizedTest
  @MethodSource("modulesAndTargets")
  void everyKernelAssemblesWithoutSpills(String module, String target) {
    PtxFile ptx = PtxFile.of(module);

    String log = assemble(ptx.text(), target);

    Set<String> assembled = new TreeSet<>();
    Matcher kernel = KERNEL.matcher(log);
    while (kernel.find()) {
      assembled.add(kernel.group(1));
    }
    assertEquals(ptx.parametersOfKernel().keySet(), assembled);
    Matcher spills = SPILLS.matcher(log);
    int reports = 0;
    while (spills.find()) {
      assertEquals("0 0 0", spills.group(1) + " " + spills.group(2) + " " + spills.group(3), log);
      reports++;
    }
    assertTrue(reports >= assembled.size(), log);
  }

  private static String assemble(String ptx, String target) {
    byte[] source = (ptx + "\0").getBytes(StandardCharsets.US_ASCII);
    nvPTXCompilerHandle compiler = new nvPTXCompilerHandle();
    check("create", JNvPTXCompiler.nvPTXCompilerCreate(compiler, source.length - 1L, source));
    try {
      String[] options = {"--gpu-name=" + target, "--verbose"};
      int result = JNvPTXCompiler.nvPTXCompilerCompile(compiler, options.length, options);
      assertEquals(nvPTXCompileResult.NVPTXCOMPILE_SUCCESS, result, () -> errors(compiler));
      long[] size = new long[1];
      check("info log", JNvPTXCompiler.nvPTXCompilerGetInfoLogSize(compiler, size));
      byte[] log = new byte[Math.toIntExact(size[0]) + 1];
      check("info log", JNvPTXCompiler.nvPTXCompilerGetInfoLog(compiler, log));
      return new String(log, StandardCharsets.US_ASCII);
    } finally {
      JNvPTXCompiler.nvPTXCompilerDestroy(compiler);
    }
  }

  private static String errors(nvPTXCompilerHandle compiler) {
    long[] size = new long[1];
    check("error log", JNvPTXCompiler.nvPTXCompilerGetErrorLogSize(compiler, size));
    byte[] log = new byte[Math.toIntExact(size[0]) + 1];
    check("error log", JNvPTXCompiler.nvPTXCompilerGetErrorLog(compiler, log));
    return new String(log, StandardCharsets.US_ASCII);
  }

  private static void check(String what, int result) {
    assertEquals(nvPTXCompileResult.NVPTXCOMPILE_SUCCESS, result, what);
  }
}
