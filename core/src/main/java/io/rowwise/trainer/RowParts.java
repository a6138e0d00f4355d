package io.rowwise.trainer;

import io.rowwise.backend.Backend;
import io.rowwise.backend.Matrix;
import io.rowwise.kernel.Scratch;
import java.util.HashMap;
import java.util.Map;

/**
 * Rows that are computed on part by part. A mean over them is that of the parts, by what the rows
 * of each weigh; that is asked for once, since solvers evaluate the same parts hundreds of times.
 *
 * <p>Used by one thread at a time; closed by whoever made it.
 */
final class RowParts implements AutoCloseable {
  /** Says behind which row the part ends that begins at {@code from}; at {@code to} at last. */
  interface Cut {
    int end(int from, int to);
  }

  /** Says what some rows weigh together. */
  interface Weight {
    double of(int from, int to);
  }

  /** Is given the rows of a part. */
  interface User {
    void use(int from, int to);
  }

  /** Computes a mean over a part. */
  interface Mean {
    double of(int from, int to);
  }

  /** Computes the mean loss of a part, 1 x 1, and its gradient. */
  interface CrossEntropy {
    void apply(int from, int to, Matrix loss, Matrix gradient);
  }

  /** Is given the rows of a part, and what share of the weight of all is theirs. */
  private interface ShareUser {
    void use(int from, int to, double share);
  }

  private record Range(int from, int to) {}

  private final Backend backend;
  private final Cut cut;
  private final Weight weight;
  private final Map<Range, Double> weights = new HashMap<>();
  private final Scratch partLoss;
  private final Scratch partGradient;

  RowParts(Backend backend, Cut cut, Weight weight) {
    this.backend = backend;
    this.cut = cut;
    this.weight = weight;
    this.partLoss = new Scratch(backend);
    this.partGradient = new Scratch(backend);
  }

  /** Gives all parts of some rows, in their order. */
  void each(int from, int to, User user) {
    for (int row = from; row < to; ) {
      int end = cut.end(row, to);
      user.use(row, end);
      row = end;
    }
  }

  /** The mean of some rows, NaN if they weigh nothing; as it is computed if there is one part. */
  double mean(int from, int to, Mean mean) {
    if (cut.end(from, to) == to) {
      return mean.of(from, to);
    }
    double total = weight(from, to);
    double[] sum = {total > 0 ? 0 : Double.NaN};
    eachShare(from, to, total, (first, end, share) -> sum[0] += share * mean.of(first, end));
    return sum[0];
  }

  /** As {@link #mean}, of the loss and its gradient. */
  void crossEntropy(int from, int to, Matrix loss, Matrix gradient, CrossEntropy crossEntropy) {
    if (cut.end(from, to) == to) {
      crossEntropy.apply(from, to, loss, gradient);
      return;
    }
    double total = weight(from, to);
    backend.fill(total > 0 ? 0 : Double.NaN, loss);
    backend.fill(total > 0 ? 0 : Double.NaN, gradient);
    Matrix lossOfPart = partLoss.get(loss.type(), 1, 1);
    Matrix gradientOfPart = partGradient.get(loss.type(), gradient.rows(), gradient.columns());
    eachShare(
        from,
        to,
        total,
        (first, end, share) -> {
          crossEntropy.apply(first, end, lossOfPart, gradientOfPart);
          backend.addScaled(share, lossOfPart, loss);
          backend.addScaled(share, gradientOfPart, gradient);
        });
  }

  private void eachShare(int from, int to, double total, ShareUser user) {
    each(
        from,
        to,
        (first, end) -> {
          double share = weight(first, end) / total;
          if (share > 0) {
            user.use(first, end, share);
          }
        });
  }

  private double weight(int from, int to) {
    return weights.computeIfAbsent(new Range(from, to), range -> weight.of(from, to));
  }

  @Override
  public void close() {
    partLoss.close();
    partGradient.close();
  }
}
