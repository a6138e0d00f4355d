package io.rowwise.benchmarks.contender;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.rowwise.backend.Backend;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.benchmarks.pytorch.PyTorch;
import java.lang.reflect.Method;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** That everybody does the same work, before anybody is timed at it. */
final class ContenderTest {
  static Stream<Arguments> contenders() {
    return Stream.of("rowwise-cpu", "rowwise-nd4j", "pytorch", "nd4j", "plain-java")
        .flatMap(name -> ElementType.arithmetic().stream().map(type -> Arguments.of(name, type)));
  }

  private static Contender open(String name) {
    assumeTrue(!name.startsWith("pytorch") || PyTorch.unavailableReason().isEmpty());
    return Contender.of(name);
  }

  @ParameterizedTest
  @MethodSource("contenders")
  void trainsTheNotebook(String name, ElementType type) {
    try (Contender contender = open(name)) {
      Correctness.requireTraining(contender, type, TrainingProblem.notebook());
    }
  }

  @ParameterizedTest
  @MethodSource("contenders")
  void trainsWithALastBatchThatIsShort(String name, ElementType type) {
    try (Contender contender = open(name)) {
      Correctness.requireTraining(contender, type, TrainingProblem.epoch(100, 20, 40, 64));
    }
  }

  @ParameterizedTest
  @MethodSource("contenders")
  void predicts(String name, ElementType type) {
    try (Contender contender = open(name)) {
      Correctness.requirePrediction(contender, type, TrainingProblem.epoch(1, 784, 10, 1));
      Correctness.requirePrediction(contender, type, TrainingProblem.epoch(120, 30, 4, 1));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"tribuo", "smile"})
  void predictsInFloat64Only(String name) {
    TrainingProblem problem = TrainingProblem.epoch(120, 30, 4, 1);
    try (Contender contender = open(name)) {
      Correctness.requirePrediction(contender, ElementType.FLOAT64, problem);
      Correctness.requirePrediction(
          contender, ElementType.FLOAT64, TrainingProblem.epoch(1, 784, 12, 1));
      assertThrows(
          UnsupportedOperationException.class,
          () -> contender.prediction(ElementType.FLOAT32, problem));
      assertThrows(
          UnsupportedOperationException.class,
          () -> contender.training(ElementType.FLOAT64, problem));
    }
  }

  @ParameterizedTest
  @MethodSource("contenders")
  void computesRows(String name, ElementType type) {
    try (Contender contender = open(name)) {
      for (RowOperation operation : RowOperation.values()) {
        for (int columns : new int[] {3, 100}) {
          Correctness.requireRows(contender, type, operation, new RowProblem(30, columns));
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("contenders")
  void computesFunctionsOfRows(String name, ElementType type) {
    // The one is what the others are compared with, the other has none of them.
    assumeTrue(!name.equals("plain-java") && !name.equals("nd4j"));
    try (Contender contender = open(name)) {
      for (RowFunction function : RowFunction.values()) {
        for (int columns : new int[] {3, 100}) {
          Correctness.requireFunction(contender, type, function, new RowProblem(30, columns));
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("contenders")
  void computesPrimitives(String name, ElementType type) {
    assumeTrue(!name.equals("plain-java"));
    try (Contender contender = open(name)) {
      for (Primitive primitive : Primitive.values()) {
        Correctness.requirePrimitive(contender, type, primitive, new RowProblem(7, 11));
      }
    }
  }

  /** Every method of the contract that writes into a matrix, and its form with a number. */
  @Test
  void noOperationOfABackendIsLeftOut() {
    Set<String> primitives =
        Stream.of(Primitive.values()).map(Primitive::name).collect(Collectors.toSet());
    for (Method method : Backend.class.getMethods()) {
      List<Class<?>> parameters = List.of(method.getParameterTypes());
      if (method.getReturnType() == void.class && parameters.contains(Matrix.class)) {
        String name = method.getName().replaceAll("([A-Z])", "_$1").toUpperCase(Locale.ROOT);
        boolean withNumber = parameters.equals(List.of(Matrix.class, double.class, Matrix.class));
        assertTrue(primitives.contains(withNumber ? name + "_NUMBER" : name), method::toString);
      }
    }
  }

  /** Does all, and rounds everything to whole numbers. */
  private static final class Careless implements Contender {
    private final Contender careful = new JavaContender();

    private static Work rounded(Work work) {
      return new Work() {
        @Override
        public void run() {
          work.run();
        }

        @Override
        public double[] result() {
          double[] result = work.result();
          for (int i = 0; i < result.length; i++) {
            result[i] = Math.rint(result[i]);
          }
          return result;
        }

        @Override
        public void close() {
          work.close();
        }
      };
    }

    @Override
    public Work training(ElementType type, TrainingProblem problem) {
      return rounded(careful.training(type, problem));
    }

    @Override
    public Work prediction(ElementType type, TrainingProblem problem) {
      return rounded(careful.prediction(type, problem));
    }

    @Override
    public Work rows(ElementType type, RowOperation operation, RowProblem problem) {
      return rounded(careful.rows(type, operation, problem));
    }

    @Override
    public Work primitive(ElementType type, Primitive primitive, RowProblem problem) {
      return rounded(careful.primitive(type, primitive, problem));
    }

    @Override
    public void close() {
      careful.close();
    }
  }

  @Test
  void whoIsWrongIsNotTimed() {
    TrainingProblem problem = TrainingProblem.epoch(10, 4, 3, 5);
    RowProblem rows = new RowProblem(4, 3);
    ElementType type = ElementType.FLOAT64;
    try (Contender careless = new Careless()) {
      assertThrows(
          IllegalStateException.class, () -> Correctness.requireTraining(careless, type, problem));
      assertThrows(
          IllegalStateException.class,
          () -> Correctness.requirePrediction(careless, type, problem));
      assertThrows(
          IllegalStateException.class,
          () -> Correctness.requireRows(careless, type, RowOperation.SOFTMAX, rows));
      assertThrows(
          IllegalStateException.class,
          () -> Correctness.requirePrimitive(careless, type, Primitive.EXP, rows));
    }
  }

  @Test
  void namesWhoIsNotKnown() {
    IllegalArgumentException thrown =
        assertThrows(IllegalArgumentException.class, () -> Contender.of("numpy"));

    assertEquals("there is no contender numpy", thrown.getMessage());
  }

  @Test
  void aNumberOfThreadsIsThatLibrarysSetting() {
    String property = "rowwise.cpu.threads";
    String before = System.getProperty(property);
    try (Contender contender = Contender.of("rowwise-cpu-3-threads")) {
      assertEquals("3", System.getProperty(property));
      Correctness.requirePrediction(
          contender, ElementType.FLOAT64, TrainingProblem.epoch(120, 30, 4, 1));
    } finally {
      if (before == null) {
        System.clearProperty(property);
      } else {
        System.setProperty(property, before);
      }
    }
  }
}
