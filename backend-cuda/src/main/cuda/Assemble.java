import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import jcuda.nvptxcompiler.JNvPTXCompiler;
import jcuda.nvptxcompiler.nvPTXCompileResult;
import jcuda.nvptxcompiler.nvPTXCompilerHandle;

/**
 * Runs the assembler that comes with JCuda: {@code Assemble folder sm_80 sm_90} makes {@code
 * softmax.sm_80.cubin} and {@code softmax.sm_90.cubin} of {@code softmax.ptx} and so on.
 */
final class Assemble {
  private Assemble() {}

  public static void main(String[] arguments) throws IOException {
    Path folder = Path.of(arguments[0]);
    JNvPTXCompiler.setExceptionsEnabled(false);
    try (DirectoryStream<Path> modules = Files.newDirectoryStream(folder, "*.ptx")) {
      for (Path ptx : modules) {
        String name = ptx.getFileName().toString().replace(".ptx", "");
        for (int i = 1; i < arguments.length; i++) {
          byte[] cubin = assemble(ptx, arguments[i]);
          Files.write(folder.resolve(name + "." + arguments[i] + ".cubin"), cubin);
        }
      }
    }
  }

  private static byte[] assemble(Path ptx, String target) throws IOException {
    // It is read as a C string.
    byte[] source = (Files.readString(ptx) + "\0").getBytes(StandardCharsets.US_ASCII);
    nvPTXCompilerHandle compiler = new nvPTXCompilerHandle();
    check("create", JNvPTXCompiler.nvPTXCompilerCreate(compiler, source.length - 1L, source));
    try {
      String[] options = {"--gpu-name=" + target};
      int result = JNvPTXCompiler.nvPTXCompilerCompile(compiler, options.length, options);
      if (result != nvPTXCompileResult.NVPTXCOMPILE_SUCCESS) {
        System.err.println(errors(compiler));
      }
      check(ptx + " for " + target, result);
      long[] size = new long[1];
      check("size", JNvPTXCompiler.nvPTXCompilerGetCompiledProgramSize(compiler, size));
      byte[] cubin = new byte[Math.toIntExact(size[0])];
      check("get", JNvPTXCompiler.nvPTXCompilerGetCompiledProgram(compiler, cubin));
      return cubin;
    } finally {
      JNvPTXCompiler.nvPTXCompilerDestroy(compiler);
    }
  }

  private static String errors(nvPTXCompilerHandle compiler) {
    long[] size = new long[1];
    check("error log", JNvPTXCompiler.nvPTXCompilerGetErrorLogSize(compiler, size));
    byte[] log = new byte[Math.toIntExact(size[0]) + 1];
    check("error log", JNvPTXCompiler.nvPTXCompilerGetErrorLog(compiler, log));
    return new String(log, 0, log.length - 1, StandardCharsets.US_ASCII);
  }

  private static void check(String what, int result) {
    if (result != nvPTXCompileResult.NVPTXCOMPILE_SUCCESS) {
      throw new IllegalStateException(
          what + ": the assembler says " + nvPTXCompileResult.stringFor(result));
    }
  }
}
