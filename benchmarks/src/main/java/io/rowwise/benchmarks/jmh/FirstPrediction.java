package io.rowwise.benchmarks.jmh;

import io.rowwise.backend.ElementType;
import io.rowwise.benchmarks.contender.Contender;
import io.rowwise.benchmarks.contender.TrainingProblem;
import io.rowwise.benchmarks.contender.Work;

/** What {@link Start} starts. */
final class FirstPrediction {
  private FirstPrediction() {}

  /** What is predicted. */
  static TrainingProblem problem() {
    return TrainingProblem.epoch(1, 784, 10, 1);
  }

  /**
   * Predicts one row, and prints its probabilities, one a line.
   *
   * @param arguments the contender
   */
  public static void main(String[] arguments) {
    try (Contender contender = Contender.of(arguments[0]);
        Work work = contender.prediction(ElementType.FLOAT32, problem())) {
      work.run();
      for (double probability : work.result()) {
        System.out.println(probability);
      }
    }
  }
}
