package io.rowwise.benchmarks.jmh;

import io.rowwise.benchmarks.contender.Contender;
import io.rowwise.benchmarks.contender.Correctness;
import io.rowwise.benchmarks.contender.TrainingProblem;
import io.rowwise.benchmarks.contender.Work;
import org.openjdk.jmh.annotations.Param;

/**
 * The notebook's whole fit: 100 x 5 rows to train on, 3 classes, batches of 33, 16 epochs, each
 * followed by cross-entropy and accuracy of 10,000 validation rows.
 *
 * <p>The floor: 16 x 30,000 exponentials, about 0.5 ns each with vector instructions, and 16 x 0.64
 * MB read in {@code float64}, from the cache: about 0.3 ms on one core.
 */
public class NotebookFit extends Contest {
  /** Who fits. */
  @Param({
    "rowwise-cpu",
    "pytorch-1-thread",
    "pytorch-2-threads",
    "nd4j",
    "rowwise-nd4j",
    "plain-java"
  })
  public String contender;

  /** In what. */
  @Param("float64")
  public String type;

  /** For JMH. */
  public NotebookFit() {}

  @Override
  String contender() {
    return contender;
  }

  @Override
  Work prepare(Contender by) {
    TrainingProblem problem = TrainingProblem.notebook();
    Correctness.requireTraining(by, type(type), problem);
    return by.training(type(type), problem);
  }
}
