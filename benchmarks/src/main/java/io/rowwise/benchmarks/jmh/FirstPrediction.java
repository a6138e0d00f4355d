package io.rowwise.benchmarks.jmh;

import io.rowwise.backend.ElementType;
import io.rowwise.benchmarks.contender.Contender;
import io.rowwise.benchmarks.contender.TrainingProblem;
import io.rowwise.benchmarks.contender.Work;

/** What {@link Start} starts. */
final class FirstPrediction {
  private FirstPrediction() {}

  /**
   * Predicts one row, and prints it.
   *
   * @param arguments the contender
   */
  public static void main(String[] arguments) {
    TrainingProblem problem = TrainingProblem.epoch(1, 784, 10, 1);
    try (Contender contender = Contender.of(arguments[0]);
        Work work = contender.prediction(ElementType.FLOAT32, problem)) {
      work.run();
      System.out.println(work.result()[0]);
    }
  }
}
