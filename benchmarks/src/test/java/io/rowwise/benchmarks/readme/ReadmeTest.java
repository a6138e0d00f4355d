package io.rowwise.benchmarks.readme;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rowwise.backend.Backend;
import io.rowwise.backend.Backends;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.classifier.SoftmaxClassifier;
import io.rowwise.dataset.OneHot;
import io.rowwise.model.ModelCard;
import io.rowwise.model.SoftmaxModel;
import java.io.IOException;
import java.io.StringWriter;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Compiles the examples of the README, and runs them. */
final class ReadmeTest {
  private static final int ROWS = 30;
  private static final int FEATURES = 4;
  private static final int CLASSES = 3;

  @TempDir Path folder;
  private final double[] values =
      new SplittableRandom(1).doubles((long) ROWS * FEATURES, -1, 1).toArray();
  private final int[] labels = new SplittableRandom(2).ints(ROWS, 0, CLASSES).toArray();

  /** Makes a method of it, and calls that. */
  private Object run(String code, String parameters, Class<?>[] types, Object... arguments)
      throws IOException, ReflectiveOperationException {
    String source =
        Readme.IMPORTS
            + "public class Example { public static Object run("
            + parameters
            + ") throws Exception {\n"
            + code
            + "}}\n";
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    JavaFileObject file =
        new SimpleJavaFileObject(URI.create("string:///Example.java"), JavaFileObject.Kind.SOURCE) {
          @Override
          public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return source;
          }
        };
    StringWriter said = new StringWriter();
    List<String> options =
        List.of(
            "-d",
            folder.toString(),
            "-cp",
            System.getProperty("java.class.path"),
            // The annotation processors on the class path have nothing to do with it.
            "-proc:none");
    assertTrue(
        compiler.getTask(said, null, null, options, null, List.of(file)).call(), said::toString);
    try (URLClassLoader loader =
        new URLClassLoader(new URL[] {folder.toUri().toURL()}, getClass().getClassLoader())) {
      return loader.loadClass("Example").getMethod("run", types).invoke(null, arguments);
    }
  }

  @Test
  void fromAFileToAReport() throws IOException, ReflectiveOperationException {
    Files.copy(Path.of("../cli/src/examples/iris.csv"), folder.resolve("iris.csv"));

    Object said =
        run(Readme.fromAFileToAReport(), "Path folder", new Class<?>[] {Path.class}, folder);

    assertTrue(Files.exists(folder.resolve("iris.safetensors")));
    assertTrue(
        Files.readString(Path.of("../README.md")).replace("\r\n", "\n").contains("\n" + said),
        said::toString);
  }

  @Test
  void inYourProgram() throws IOException, ReflectiveOperationException {
    Object probabilities =
        run(
            Readme.inYourProgram(),
            "int rows, int features, int classes, double[] values, int[] labels",
            new Class<?>[] {int.class, int.class, int.class, double[].class, int[].class},
            ROWS,
            FEATURES,
            CLASSES,
            values,
            labels);

    assertEquals(ROWS * CLASSES, ((double[]) probabilities).length);
  }

  @Test
  void functionsOfRows() throws IOException, ReflectiveOperationException {
    try (Backend backend = Backends.choose("cpu", false).backend();
        Matrix logits = backend.matrix(2, 3, 1, 3, 2, 5, 4, 6);
        Matrix best = backend.matrix(2, 2, new double[4]);
        Matrix columns = backend.matrix(2, 2, new double[4])) {
      Object places =
          run(
              Readme.functionsOfRows(),
              "Backend backend, Matrix logits, Matrix values, Matrix columns",
              new Class<?>[] {Backend.class, Matrix.class, Matrix.class, Matrix.class},
              backend,
              logits,
              best,
              columns);

      assertEquals(List.of(1.0, 2.0, 2.0, 0.0), Arrays.stream((double[]) places).boxed().toList());
    }
  }

  @Test
  void saveLoadExport() throws IOException, ReflectiveOperationException {
    try (Backend backend = Backends.choose("cpu", false).backend();
        Matrix x = backend.matrix(ROWS, FEATURES, values);
        Matrix y = backend.matrix(ROWS, CLASSES, OneHot.encode(labels, CLASSES));
        SoftmaxClassifier classifier =
            new SoftmaxClassifier(backend, ElementType.FLOAT64, FEATURES, CLASSES, 42)) {
      Object names =
          run(
              Readme.saveLoadExport(),
              "Backend backend, Matrix x, Matrix y, SoftmaxClassifier classifier, Path folder",
              new Class<?>[] {
                Backend.class, Matrix.class, Matrix.class, SoftmaxClassifier.class, Path.class
              },
              backend,
              x,
              y,
              classifier,
              folder);

      assertEquals(List.of("setosa", "versicolor", "virginica"), names);
    }
    assertTrue(Files.exists(folder.resolve("iris.onnx")));
  }

  @Test
  void inAService() throws IOException, ReflectiveOperationException {
    try (Backend backend = Backends.choose("cpu", false).backend();
        SoftmaxClassifier classifier =
            new SoftmaxClassifier(backend, ElementType.FLOAT64, FEATURES, CLASSES, 42)) {
      Object answer =
          run(
              Readme.inAService(),
              "SoftmaxClassifier classifier, double[] row, double[] rows, int count",
              new Class<?>[] {SoftmaxClassifier.class, double[].class, double[].class, int.class},
              classifier,
              Arrays.copyOf(values, FEATURES),
              values,
              ROWS);

      assertEquals(ROWS * CLASSES, ((double[]) answer).length);
    }
  }

  @Test
  void aModelThatChanges() throws IOException, ReflectiveOperationException {
    ModelCard card = ModelCard.empty().classNames(List.of("setosa", "versicolor", "virginica"));
    double[] weights = new double[FEATURES * CLASSES];
    // The first class is the most probable one, whatever the row.
    double[] bias = {9, 0, 0};
    SoftmaxModel model =
        SoftmaxModel.of(ElementType.FLOAT64, FEATURES, CLASSES, weights, bias, card);

    Object names =
        run(
            Readme.aModelThatChanges(),
            "SoftmaxModel model, SoftmaxModel retrained, double[] row",
            new Class<?>[] {SoftmaxModel.class, SoftmaxModel.class, double[].class},
            model,
            model,
            Arrays.copyOf(values, FEATURES));

    assertEquals(card.classNames(), names);
  }
}
