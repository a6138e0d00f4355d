package io.rowwise.backend.cuda.kernel;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What the tests read out of the PTX that ships: the text, and each kernel's parameters. */
record PtxFile(String text, Map<String, List<String>> parametersOfKernel) {
  private static final Pattern ENTRY =
      Pattern.compile("\\.visible \\.entry (\\w+)\\(([^)]*)\\)", Pattern.DOTALL);
  private static final Pattern TARGET = Pattern.compile("\n\\.target sm_(\\d+)\n");
  private static final Pattern PARAMETER = Pattern.compile("\\.param \\.(\\w+) ");

  static List<String> modules() {
    return CudaKernel.all().stream().map(CudaKernel::module).distinct().toList();
  }

  /** The compute capability of the oldest devices that take it, as the file says. */
  int target() {
    Matcher target = TARGET.matcher(text);
    if (!target.find()) {
      throw new AssertionError("no .target");
    }
    return Integer.parseInt(target.group(1));
  }

  /** The binaries that were made of it. */
  List<Binaries> binaries() {
    return Arrays.stream(Binaries.values())
        .filter(binaries -> Integer.parseInt(binaries.target().substring(3)) >= target())
        .toList();
  }

  static PtxFile of(String module) {
    String text = resource(module + ".ptx");
    Map<String, List<String>> kernels = new TreeMap<>();
    Matcher entry = ENTRY.matcher(text);
    while (entry.find()) {
      Matcher parameter = PARAMETER.matcher(entry.group(2));
      kernels.put(entry.group(1), parameter.results().map(result -> result.group(1)).toList());
    }
    return new PtxFile(text, kernels);
  }

  static String resource(String name) {
    try (InputStream file = PtxFile.class.getResourceAsStream("/io/rowwise/backend/cuda/" + name)) {
      if (file == null) {
        throw new AssertionError(name + " is missing: run src/main/cuda/compile");
      }
      return new String(file.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
