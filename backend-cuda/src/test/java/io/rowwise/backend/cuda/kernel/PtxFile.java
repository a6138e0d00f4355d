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
  private static final Pattern PARAMETER = Pattern.compile("\\.param \\.(\\w+) ");

  static List<String> modules() {
    return Arrays.stream(Operation.values()).map(Operation::module).distinct().toList();
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
