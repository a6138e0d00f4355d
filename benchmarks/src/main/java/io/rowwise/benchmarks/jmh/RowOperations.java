package io.rowwise.benchmarks.jmh;

import io.rowwise.benchmarks.contender.Contender;
import io.rowwise.benchmarks.contender.Correctness;
import io.rowwise.benchmarks.contender.RowOperation;
import io.rowwise.benchmarks.contender.RowProblem;
import io.rowwise.benchmarks.contender.Work;
import org.openjdk.jmh.annotations.Param;

/**
 * The softmax family over rows, beside a copy of the same bytes.
 *
 * <p>The floor is the copy: what comes out cannot be written faster.
 */
public class RowOperations extends Contest {
  /** Who computes. */
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

  /** What. */
  @Param({"SOFTMAX", "LOG_SOFTMAX", "CROSS_ENTROPY", "GRADIENT", "COPY"})
  public RowOperation operation;

  /** Of how many rows. */
  @Param("10000")
  public int rows;

  /** Of how many columns. */
  @Param({"3", "10", "32", "100", "1000", "10000"})
  public int columns;

  /** For JMH. */
  public RowOperations() {}

  @Override
  String contender() {
    return contender;
  }

  @Override
  Work prepare(Contender by) {
    Correctness.requireRows(by, type(type), operation, new RowProblem(100, columns));
    return by.rows(type(type), operation, new RowProblem(rows, columns));
  }
}
