package io.rowwise.trainer;

import io.rowwise.backend.Backend;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.kernel.Targets;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.BiConsumer;

/**
 * Consecutive rows of a {@link RowFile}, mapped. On the device they are while they are used, or as
 * long as the block if it is told to {@link #hold} them. Used by one thread at a time.
 */
final class RowBlock implements AutoCloseable {
  private final Backend backend;
  private final ElementType type;
  private final int features;
  private final int first;
  private final int count;
  private final ByteBuffer x;
  private final ByteBuffer labels;
  private final ByteBuffer weights;
  private OnDevice held;

  RowBlock(Backend backend, RowFile file, int first, int count) throws IOException {
    this.backend = backend;
    this.type = file.type();
    this.features = file.features();
    this.first = first;
    this.count = count;
    this.x = file.x(first, count);
    this.labels = file.labels(first, count);
    this.weights = file.weights(first, count);
  }

  /** The number of the row behind its last. */
  int end() {
    return first + count;
  }

  /** Takes all rows onto the device until it is closed, or {@link #release} is called. */
  void hold() {
    if (held == null) {
      held = new OnDevice(0, count);
    }
  }

  /** Takes the rows from the device. */
  void release() {
    if (held != null) {
      held.close();
      held = null;
    }
  }

  /**
   * Has some of its rows used on the device.
   *
   * @param from counted from the first of the file
   * @param to the row behind the last
   */
  void use(int from, int to, BiConsumer<Matrix, Targets> user) {
    if (held != null) {
      user.accept(
          held.x.rows(from - first, to - first), held.targets().rows(from - first, to - first));
      return;
    }
    try (OnDevice rows = new OnDevice(from - first, to - first)) {
      user.accept(rows.x, rows.targets());
    }
  }

  /** The class of a row. */
  int label(int row) {
    return (int) number(labels, row - first);
  }

  /** The weight of a row, 1 if there are none. */
  double weight(int row) {
    return weights == null ? 1 : number(weights, row - first);
  }

  private double number(ByteBuffer of, int at) {
    return type == ElementType.FLOAT32
        ? of.getFloat(at * Float.BYTES)
        : of.getDouble(at * Double.BYTES);
  }

  @Override
  public void close() {
    release();
  }

  /** Matrices of some of the rows. */
  private final class OnDevice implements AutoCloseable {
    private Matrix x;
    private Matrix labels;
    private Matrix weights;

    OnDevice(int from, int to) {
      boolean isWhole = false;
      try {
        x = view(RowBlock.this.x, from, to, features);
        labels = view(RowBlock.this.labels, from, to, 1);
        weights = RowBlock.this.weights == null ? null : view(RowBlock.this.weights, from, to, 1);
        isWhole = true;
      } finally {
        if (!isWhole) {
          close();
        }
      }
    }

    private Matrix view(ByteBuffer of, int from, int to, int columns) {
      int bytesOfRow = columns * type.bytes();
      ByteBuffer part = of.slice(from * bytesOfRow, (to - from) * bytesOfRow);
      return backend.view(type, to - from, columns, part.order(of.order()));
    }

    Targets targets() {
      Targets targets = Targets.ofClasses(labels);
      return weights == null ? targets : targets.weights(weights);
    }

    @Override
    public void close() {
      for (Matrix matrix : new Matrix[] {x, labels, weights}) {
        if (matrix != null) {
          matrix.close();
        }
      }
    }
  }
}
