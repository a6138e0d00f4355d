package io.rowwise.benchmarks.readme;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The examples of the pages for users, as bodies of methods. */
public final class Readme {
  /** What the examples take for granted. */
  public static final String IMPORTS =
      """
      import io.rowwise.backend.*;
      import io.rowwise.classifier.*;
      import io.rowwise.dataset.*;
      import io.rowwise.kernel.*;
      import io.rowwise.metric.*;
      import io.rowwise.model.*;
      import io.rowwise.predictor.*;
      import io.rowwise.trainer.*;
      import java.nio.file.Path;
      import java.util.List;
      import java.util.concurrent.CompletableFuture;
      """;

  private Readme() {}

  /** The first block in a language below a heading of a page. */
  public static String block(String page, String heading, String language) throws IOException {
    String text = Files.readString(Path.of("..").resolve(page)).replace("\r\n", "\n");
    int section = text.indexOf("\n## " + heading + "\n");
    assertTrue(section >= 0, () -> page + " has no section \"" + heading + "\"");
    int next = text.indexOf("\n## ", section + 1);
    String opening = "\n```" + language + "\n";
    int begin = text.indexOf(opening, section);
    assertTrue(
        begin >= 0 && (next < 0 || begin < next),
        () -> page + " has no " + language + " in the section \"" + heading + "\"");
    begin += opening.length();
    return text.substring(begin, text.indexOf("```\n", begin));
  }

  private static String example(String heading) throws IOException {
    return block("README.md", heading, "java");
  }

  /** Of {@code Path folder}, which has {@code iris.csv}. */
  public static String fromAFileToAReport() throws IOException {
    return example("From a file to a report")
            .replace("Path.of(", "folder.resolve(")
            .replace("System.out.printf(", "said = String.format(java.util.Locale.ROOT, ")
            .replaceFirst("LabelledTable", "String said;\nLabelledTable")
        + "return said;\n";
  }

  /** Of {@code int rows, int features, int classes, double[] values, int[] labels}. */
  public static String inYourProgram() throws IOException {
    return "double[] result = null;\n"
        + example("In your program")
            .replace(
                "double[] p = probabilities.toDoubles();", "result = probabilities.toDoubles();")
            .replace("System.out::println", "epoch -> {}")
        + "return result;\n";
  }

  /** Of {@code Backend backend, Matrix logits, Matrix values, Matrix columns}. */
  public static String functionsOfRows() throws IOException {
    return example("Functions of rows") + "return columns.toDoubles();\n";
  }

  /** Of {@code Backend backend, Matrix x, Matrix y, SoftmaxClassifier classifier, Path folder}. */
  public static String saveLoadExport() throws IOException {
    return example("Save, load, export").replace("Path.of(", "folder.resolve(")
        + "predictor.close();\nreturn predictor.classNames();\n";
  }

  /** Of {@code SoftmaxClassifier classifier, double[] row, double[] rows, int count}. */
  public static String inAService() throws IOException {
    return example("In a service") + "return later.join();\n";
  }

  /** Of {@code SoftmaxModel model, SoftmaxModel retrained, double[] row}. */
  public static String aModelThatChanges() throws IOException {
    return example("A model that changes") + "live.close();\nreturn live.classNames();\n";
  }
}
