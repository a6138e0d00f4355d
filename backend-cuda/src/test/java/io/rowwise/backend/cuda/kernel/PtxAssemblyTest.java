package io.rowwise.backend.cuda.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import jcuda.nvptxcompiler.JNvPTXCompiler;
import jcuda.nvptxcompiler.nvPTXCompileResult;
import jcuda.nvptxcompiler.nvPTXCompilerHandle;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * NVIDIA's own assembler takes every kernel, and the binaries that ship are what it makes of them.
 * It comes with JCuda and needs no GPU; the newest devices it does not know.
 */
class PtxAssemblyTest {
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

  /** Each module's for one generation of GPUs, or all with {@code -Pwhole}. */
  private static Stream<Arguments> modulesAndBinaries() {
    List<String> modules = List.copyOf(PtxFile.modules());
    return IntStream.range(0, modules.size())
        .boxed()
        .flatMap(
            i -> {
              List<Binaries> all =
                  PtxFile.of(modules.get(i)).binaries().stream()
                      .filter(binaries -> binaries.oldestDriver() < 13_000)
                      .toList();
              return (TestExtent.IS_WHOLE ? all : List.of(all.get(i % all.size())))
                  .stream().map(binaries -> Arguments.of(modules.get(i), binaries));
            });
  }

  @ParameterizedTest
  @MethodSource("modulesAndBinaries")
  void makesTheBinariesThatShip(String module, Binaries binaries) {
    assertArrayEquals(
        assemble(PtxFile.of(module).text(), binaries.target()),
        CubinFile.bytes(module, binaries),
        "run src/main/cuda/compile");
  }

  /** So that the test which finds none in what ships is known to see them. */
  @Test
  void valuesThatAreNotInRegistersShowInTheFile() {
    byte[] cubin =
        assemble(
            """
            .version 7.0
            .target sm_75
            .address_size 64
            .visible .entry indexed(.param .u64 to, .param .u32 from)
            {
              .local .align 4 .b8 array[64];
              .reg .b32 %r<4>;
              .reg .b64 %rd<5>;
              ld.param.u64 %rd1, [to];
              ld.param.u32 %r1, [from];
              mov.u64 %rd2, array;
              mul.wide.u32 %rd3, %r1, 4;
              add.s64 %rd4, %rd2, %rd3;
              st.local.u32 [%rd4], %r1;
              ld.local.u32 %r2, [array+8];
              st.global.u32 [%rd1], %r2;
              ret;
            }
            """,
            "sm_80");

    CubinFile file = CubinFile.read(ByteBuffer.wrap(cubin));

    assertEquals(Map.of("indexed", 64), file.frameOfFunction());
    assertEquals(Map.of("indexed", List.of(8, 4)), file.parametersOfKernel());
  }

  private static byte[] assemble(String ptx, String target) {
    byte[] source = (ptx + "\0").getBytes(StandardCharsets.US_ASCII);
    nvPTXCompilerHandle compiler = new nvPTXCompilerHandle();
    check("create", JNvPTXCompiler.nvPTXCompilerCreate(compiler, source.length - 1L, source));
    try {
      String[] options = {"--gpu-name=" + target};
      int result = JNvPTXCompiler.nvPTXCompilerCompile(compiler, options.length, options);
      assertEquals(nvPTXCompileResult.NVPTXCOMPILE_SUCCESS, result, () -> errors(compiler));
      long[] size = new long[1];
      check("size", JNvPTXCompiler.nvPTXCompilerGetCompiledProgramSize(compiler, size));
      byte[] program = new byte[Math.toIntExact(size[0])];
      check("program", JNvPTXCompiler.nvPTXCompilerGetCompiledProgram(compiler, program));
      return program;
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
