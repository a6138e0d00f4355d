package io.rowwise.benchmarks.gpu;

import io.rowwise.backend.Backend;
import io.rowwise.backend.Backends;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.classifier.SoftmaxClassifier;
import io.rowwise.kernel.Kernel;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.SplittableRandom;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** The device of a benchmark, and what is closed with it. */
@State(Scope.Benchmark)
public abstract class GpuState implements AutoCloseable {
  /** The device; another one only to try the benchmarks themselves. */
  @Param("cuda")
  public String backend;

  /** The elements. */
  @Param({"float32", "float64"})
  public String type;

  private final Deque<Runnable> closing = new ArrayDeque<>();
  private Backend opened;

  /** For JMH. */
  protected GpuState() {}

  final Backend open() {
    opened = closing(Backends.choose(backend, false).backend());
    return opened;
  }

  final ElementType elementType() {
    return ElementType.of(type);
  }

  /** Closes it at the end, the last one first. */
  final Backend closing(Backend closeable) {
    closing.push(closeable::close);
    return closeable;
  }

  /** Closes it at the end, the last one first. */
  final Matrix closing(Matrix closeable) {
    closing.push(closeable::close);
    return closeable;
  }

  /** Closes it at the end, the last one first. */
  final <K extends Kernel> K closing(K closeable) {
    closing.push(closeable::close);
    return closeable;
  }

  /** Closes it at the end, the last one first. */
  final SoftmaxClassifier closing(SoftmaxClassifier closeable) {
    closing.push(closeable::close);
    return closeable;
  }

  /** A matrix of uniform numbers from -1 to 1. */
  final Matrix uniform(int rows, int columns) {
    Matrix matrix = closing(opened.matrix(elementType(), rows, columns));
    SplittableRandom random = new SplittableRandom(42);
    // Row by row, as the whole would not fit into the heap.
    float[] row = new float[columns];
    for (int i = 0; i < columns; i++) {
      row[i] = (float) random.nextDouble(-1, 1);
    }
    for (int i = 0; i < rows; i++) {
      if (i < 64) {
        row[random.nextInt(columns)] = (float) random.nextDouble(-1, 1);
        matrix.rows(i, i + 1).write(row);
      } else {
        int known = Math.min(i, rows - i);
        opened.copy(matrix.rows(0, known), matrix.rows(i, i + known));
        i += known - 1;
      }
    }
    return matrix;
  }

  /** One-hot rows. */
  final Matrix oneHot(int rows, int classes) {
    Matrix matrix = closing(opened.matrix(elementType(), rows, classes));
    SplittableRandom random = new SplittableRandom(7);
    float[] all = new float[Math.multiplyExact(rows, classes)];
    for (int row = 0; row < rows; row++) {
      all[row * classes + random.nextInt(classes)] = 1;
    }
    matrix.write(all);
    return matrix;
  }

  /** Frees the memory. */
  @Override
  @TearDown
  public void close() {
    while (!closing.isEmpty()) {
      closing.pop().run();
    }
  }
}
