package io.rowwise.benchmarks.jmh;

import io.rowwise.benchmarks.contender.Contender;
import io.rowwise.benchmarks.contender.Correctness;
import io.rowwise.benchmarks.contender.TrainingProblem;
import io.rowwise.benchmarks.contender.Work;
import org.openjdk.jmh.annotations.Param;

/**
 * One epoch of training: rows x features, classes, rows of a batch.
 *
 * <p>The floors. 60,000 x 784, 10 classes: the rows are read twice, from memory and then from the
 * cache, 188 MB in {@code float32}, so 19 ms at 10 GB/s; and 1.9 GFLOP. 8,192 x 1,024, 1,000
 * classes: 33.6 GFLOP, 80 ms at 400 GFLOP/s.
 */
public class Epoch extends Contest {
  /** Who trains. */
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
  @Param({"float32", "float64"})
  public String type;

  /** Rows x features / classes / rows of a batch. */
  @Param({"60000x784/10/128", "8192x1024/1000/1024"})
  public String problem;

  /** For JMH. */
  public Epoch() {}

  @Override
  String contender() {
    return contender;
  }

  @Override
  Work prepare(Contender by) {
    TrainingProblem parsed = parse(problem);
    Correctness.requireTraining(by, type(type), parsed);
    return by.training(type(type), parsed);
  }

  static TrainingProblem parse(String problem) {
    String[] numbers = problem.split("[x/]", -1);
    return TrainingProblem.epoch(
        Integer.parseInt(numbers[0]),
        Integer.parseInt(numbers[1]),
        Integer.parseInt(numbers[2]),
        Integer.parseInt(numbers[3]));
  }
}
