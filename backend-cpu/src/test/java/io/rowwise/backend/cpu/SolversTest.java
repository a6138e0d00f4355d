package io.rowwise.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.rowwise.backend.Backend;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.kernel.Targets;
import io.rowwise.random.NumpyRandom;
import io.rowwise.trainer.Adam;
import io.rowwise.trainer.EarlyStopping;
import io.rowwise.trainer.OwlQn;
import io.rowwise.trainer.Samples;
import io.rowwise.trainer.Sgd;
import io.rowwise.trainer.SoftmaxObjective;
import io.rowwise.trainer.Solution;
import io.rowwise.trainer.Solver;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What solvers find, which does not depend on how many threads the backend has. */
final class SolversTest {
  private static final int ROWS = 3000;
  private static final int FEATURES = 37;
  private static final int CLASSES = 6;

  private record Found(List<Double> parameters, Solution solution) {}

  static Stream<Arguments> solvers() {
    Sgd sgd = Sgd.defaults().epochs(4).batchRows(700).momentum(0.9).seed(3);
    List<Solver<? super SoftmaxObjective>> solvers =
        List.of(
            sgd,
            sgd.nesterov(true),
            Adam.defaults().epochs(4).batchRows(64).weightDecay(0.01).seed(3),
            OwlQn.of(ElementType.FLOAT32, 0.01).maxIterations(40));
    return solvers.stream()
        .flatMap(
            solver -> ElementType.arithmetic().stream().map(type -> Arguments.of(solver, type)));
  }

  @ParameterizedTest
  @MethodSource("solvers")
  void oneThreadFindsWhatTwoDo(Solver<? super SoftmaxObjective> solver, ElementType type) {
    Found one = found(solver, type, 1);
    Found two = found(solver, type, 2);
    assertEquals(one.parameters, two.parameters);
    assertEquals(one.solution.objective(), two.solution.objective());
    assertEquals(one.solution.gradientNorm(), two.solution.gradientNorm());
    assertEquals(one.solution.iterations(), two.solution.iterations());
  }

  private static Found found(
      Solver<? super SoftmaxObjective> solver, ElementType type, int threads) {
    NumpyRandom random = new NumpyRandom(1);
    double[] features = new double[ROWS * FEATURES];
    double[] labels = new double[ROWS];
    random.standardNormal(features);
    for (int i = 0; i < ROWS; i++) {
      labels[i] = random.randint(CLASSES);
      features[i * FEATURES + (int) labels[i]] += 1;
    }
    int train = ROWS - 500;
    try (Backend backend = new CpuBackend(threads);
        Matrix x = backend.matrix(type, ROWS, FEATURES, features);
        Matrix y = backend.matrix(type, ROWS, 1, labels);
        Matrix parameters = backend.matrix(type, FEATURES + 1, CLASSES);
        SoftmaxObjective objective =
            new SoftmaxObjective(
                backend, x.rows(0, train), Targets.ofClasses(y.rows(0, train)), CLASSES, 1e-3);
        Samples validation =
            Samples.of(
                backend, x.rows(train, ROWS), Targets.ofClasses(y.rows(train, ROWS)), CLASSES)) {
      Solution solution =
          new EarlyStopping<SoftmaxObjective>(solver, validation, 3)
              .minimize(objective, parameters, progress -> {});
      return new Found(Arrays.stream(parameters.toDoubles()).boxed().toList(), solution);
    }
  }
}
