package io.rowwise.benchmarks.jmh;

import io.rowwise.benchmarks.contender.Contender;
import io.rowwise.benchmarks.contender.Correctness;
import io.rowwise.benchmarks.contender.RowFunction;
import io.rowwise.benchmarks.contender.RowProblem;
import io.rowwise.benchmarks.contender.Work;
import org.openjdk.jmh.annotations.Param;

/**
 * Functions of rows beside the softmax family. {@code rowwise-nd4j} is their composition.
 *
 * <p>The floor is {@code COPY} of {@link RowOperations}.
 */
public class RowFunctions extends Contest {
  /** Who computes. */
  @Param({"rowwise-cpu", "pytorch-1-thread", "pytorch-2-threads", "rowwise-nd4j"})
  public String contender;

  /** In what. */
  @Param({"float32", "float64"})
  public String type;

  /** What. */
  @Param public RowFunction function;

  /** Of how many rows. */
  @Param("10000")
  public int rows;

  /** Of how many columns. */
  @Param({"10", "100", "1000"})
  public int columns;

  /** For JMH. */
  public RowFunctions() {}

  @Override
  String contender() {
    return contender;
  }

  @Override
  Work prepare(Contender by) {
    Correctness.requireFunction(by, type(type), function, new RowProblem(100, columns));
    return by.function(type(type), function, new RowProblem(rows, columns));
  }
}
