package io.rowwise.spark;

import java.io.Serializable;
import java.util.Set;
import java.util.TreeSet;

/**
 * Losses and gradients of some blocks. Those of other blocks are added in any order; with exact
 * sums the result is the same.
 */
final class GradientSum implements Serializable {
  private static final long serialVersionUID = 1;

  private final ExactSums exact;
  private final double[] plain;
  private final PairwiseSum losses = new PairwiseSum();
  private final TreeSet<String> devices = new TreeSet<>();

  GradientSum(FitPlan plan) {
    this.exact = plan.isExact() ? new ExactSums(plan.parameters()) : null;
    this.plain = plan.isExact() ? null : new double[plan.parameters()];
  }

  /**
   * Adds a block.
   *
   * @param weight that of its rows
   * @param loss the mean over them
   * @param gradient the mean over them, row by row
   * @param scales of the gradient's rows
   */
  void add(int block, double weight, double loss, double[] gradient, double[] scales) {
    losses.add(block, loss * weight);
    int classes = gradient.length / scales.length;
    for (int i = 0; i < gradient.length; i++) {
      if (exact == null) {
        plain[i] += gradient[i] * weight;
      } else {
        exact.add(i, gradient[i] * weight, scales[i / classes]);
      }
    }
  }

  /** Notes what a task computed on. */
  void device(String description) {
    devices.add(description);
  }

  Set<String> devices() {
    return devices;
  }

  /** Adds those of other blocks, and returns itself. */
  GradientSum add(GradientSum other) {
    losses.add(other.losses);
    devices.addAll(other.devices);
    if (exact == null) {
      for (int i = 0; i < plain.length; i++) {
        plain[i] += other.plain[i];
      }
    } else {
      exact.add(other.exact);
    }
    return this;
  }

  /** The sum of the losses; NaN if a gradient was no number. */
  double loss() {
    return exact != null && exact.isExceeded() ? Double.NaN : losses.get();
  }

  /** The sum of the gradients. */
  double[] gradient(double[] scales) {
    if (exact == null) {
      return plain.clone();
    }
    double[] gradient = new double[exact.count()];
    int classes = gradient.length / scales.length;
    for (int i = 0; i < gradient.length; i++) {
      gradient[i] = exact.isExceeded() ? Double.NaN : exact.get(i, scales[i / classes]);
    }
    return gradient;
  }
}
