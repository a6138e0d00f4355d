package io.rowwise.benchmarks.jmh;

import io.rowwise.benchmarks.contender.Contender;
import io.rowwise.benchmarks.contender.Correctness;
import io.rowwise.benchmarks.contender.Primitive;
import io.rowwise.benchmarks.contender.RowProblem;
import io.rowwise.benchmarks.contender.Work;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Every operation of a backend's contract, over small, middle and large matrices.
 *
 * <p>The floor is {@code COPY}, and for {@code MATMUL} {@code 2 rows^2 columns} operations.
 */
@Fork(value = 3, jvmArgsAppend = "-Xmx4g")
@Warmup(iterations = 3, time = 400, timeUnit = java.util.concurrent.TimeUnit.MILLISECONDS)
@Measurement(iterations = 3, time = 150, timeUnit = java.util.concurrent.TimeUnit.MILLISECONDS)
public class Primitives extends Contest {
  /** Who computes. */
  @Param({"rowwise-cpu", "pytorch-1-thread", "pytorch-2-threads", "nd4j", "rowwise-nd4j"})
  public String contender;

  /** In what. */
  @Param({"float32", "float64"})
  public String type;

  /** What. */
  @Param public Primitive primitive;

  /** Rows x columns. */
  @Param({"10x10", "300x300", "2000x2000"})
  public String shape;

  /** For JMH. */
  public Primitives() {}

  @Override
  String contender() {
    return contender;
  }

  @Override
  Work prepare(Contender by) {
    String[] numbers = shape.split("x", -1);
    int rows = Integer.parseInt(numbers[0]);
    int columns = Integer.parseInt(numbers[1]);
    Correctness.requirePrimitive(by, type(type), primitive, new RowProblem(40, columns));
    return by.primitive(type(type), primitive, new RowProblem(rows, columns));
  }
}
