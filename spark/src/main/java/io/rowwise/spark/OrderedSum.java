package io.rowwise.spark;

import java.io.Serializable;
import java.util.Arrays;

/**
 * A sum over blocks of one number each, added in the order of the blocks wherever they come from.
 */
final class OrderedSum implements Serializable {
  private static final long serialVersionUID = 1;

  private int[] blocks = new int[16];
  private double[] terms = new double[16];
  private int count;

  void add(int block, double term) {
    if (count == blocks.length) {
      blocks = Arrays.copyOf(blocks, 2 * count);
      terms = Arrays.copyOf(terms, 2 * count);
    }
    blocks[count] = block;
    terms[count] = term;
    count++;
  }

  void add(OrderedSum other) {
    int all = count + other.count;
    blocks = Arrays.copyOf(blocks, Math.max(blocks.length, all));
    terms = Arrays.copyOf(terms, Math.max(terms.length, all));
    System.arraycopy(other.blocks, 0, blocks, count, other.count);
    System.arraycopy(other.terms, 0, terms, count, other.count);
    count = all;
  }

  double get() {
    double[] ordered = new double[Arrays.stream(blocks, 0, count).max().orElse(-1) + 1];
    for (int i = 0; i < count; i++) {
      ordered[blocks[i]] = terms[i];
    }
    double sum = 0;
    double lost = 0;
    for (double term : ordered) {
      // Compensated (W. Kahan, 1965).
      double corrected = term - lost;
      double next = sum + corrected;
      lost = (next - sum) - corrected;
      sum = next;
    }
    return sum;
  }
}
