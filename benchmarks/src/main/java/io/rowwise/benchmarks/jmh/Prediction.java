package io.rowwise.benchmarks.jmh;

import io.rowwise.benchmarks.contender.Contender;
import io.rowwise.benchmarks.contender.Correctness;
import io.rowwise.benchmarks.contender.TrainingProblem;
import io.rowwise.benchmarks.contender.Work;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.Param;

/**
 * The probabilities of 10 classes for rows of 784 features; the single row's latency with
 * percentiles.
 *
 * <p>The floors: one row reads 31 KB of weights in {@code float32} from the cache, about 0.3 us;
 * 10,000 rows read 31 MB, 3 ms at 10 GB/s from memory.
 *
 * <p>{@code tribuo} and {@code smile} are contenders as well, in {@code float64}.
 */
@BenchmarkMode({Mode.AverageTime, Mode.SampleTime})
public class Prediction extends Contest {
  /** Who predicts. */
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

  /** How many rows at once. */
  @Param({"1", "10000"})
  public int rows;

  /** For JMH. */
  public Prediction() {}

  @Override
  String contender() {
    return contender;
  }

  @Override
  Work prepare(Contender by) {
    TrainingProblem problem = TrainingProblem.epoch(rows, 784, 10, rows);
    Correctness.requirePrediction(by, type(type), problem);
    return by.prediction(type(type), problem);
  }
}
