package io.rowwise.spark;

import java.io.Serializable;
import java.util.Arrays;

/**
 * A sum of one number of each block, which has the same bits wherever the blocks were and whatever
 * was added first: terms are added along one binary tree over the numbers of the blocks, from 0 on,
 * in which a node is the sum of its two halves, or the one half of which there is something. Two
 * nodes that make a whole one become it at once, so a run of n blocks is at most 2 log2(n) nodes,
 * of 13 bytes.
 *
 * <p>Pairwise summation: of the blocks below n a term is rounded at most k = ceil(log2(n)) times,
 * so the error is at most k u / (1 - k u) times the sum of the absolute terms, with u = 2^-53 (N.
 * Higham, Accuracy and Stability of Numerical Algorithms, 2002, 4.2); of a million blocks, 2.3e-15.
 */
final class PairwiseSum implements Serializable {
  private static final long serialVersionUID = 1;

  /** Numbers of blocks are below 2 to this. */
  private static final int DEPTH = 31;

  /**
   * The nodes in the order of their blocks: the first block of each, how many are 2^level, a sum.
   */
  private int[] firsts;

  private byte[] levels;
  private double[] sums;
  private int count;

  PairwiseSum() {
    this(8);
  }

  private PairwiseSum(int capacity) {
    firsts = new int[capacity];
    levels = new byte[capacity];
    sums = new double[capacity];
  }

  /**
   * Adds the term of a block.
   *
   * @throws IllegalStateException if there is one already
   */
  void add(int block, double term) {
    if (count == 0 || block >= end(count - 1)) {
      append(block, 0, term);
    } else {
      PairwiseSum other = new PairwiseSum(1);
      other.append(block, 0, term);
      add(other);
    }
  }

  /**
   * Adds the terms of other blocks.
   *
   * @throws IllegalStateException if one of them has a term here already
   */
  void add(PairwiseSum other) {
    PairwiseSum both = new PairwiseSum(Math.max(1, count + other.count));
    int i = 0;
    int j = 0;
    while (i < count || j < other.count) {
      if (j == other.count || (i < count && firsts[i] <= other.firsts[j])) {
        both.append(firsts[i], levels[i], sums[i]);
        i++;
      } else {
        both.append(other.firsts[j], other.levels[j], other.sums[j]);
        j++;
      }
    }
    firsts = both.firsts;
    levels = both.levels;
    sums = both.sums;
    count = both.count;
  }

  /** Adds a node behind all others, and joins it with them as far as they are halves of one. */
  private void append(int first, int level, double sum) {
    if (count > 0 && first < end(count - 1)) {
      throw new IllegalStateException("block " + first + " is added twice");
    }
    int joinedFirst = first;
    int joinedLevel = level;
    double joinedSum = sum;
    while (count > 0
        && levels[count - 1] == joinedLevel
        && firsts[count - 1] == (joinedFirst ^ (1 << joinedLevel))) {
      count--;
      joinedFirst = firsts[count];
      joinedSum = sums[count] + joinedSum;
      joinedLevel++;
    }
    if (count == sums.length) {
      firsts = Arrays.copyOf(firsts, 2 * count);
      levels = Arrays.copyOf(levels, 2 * count);
      sums = Arrays.copyOf(sums, 2 * count);
    }
    firsts[count] = joinedFirst;
    levels[count] = (byte) joinedLevel;
    sums[count] = joinedSum;
    count++;
  }

  /** The block behind a node's last one. */
  private long end(int node) {
    return firsts[node] + (1L << levels[node]);
  }

  /** How many nodes there are, of which each is sent. */
  int nodes() {
    return count;
  }

  /** The sum of all terms; 0 of none. */
  double get() {
    return count == 0 ? 0 : sum(0, count, 0, DEPTH);
  }

  /** Of the nodes from one to before another, which lie in 2^level blocks. */
  private double sum(int from, int to, long first, int level) {
    if (to - from == 1) {
      return sums[from];
    }
    long middle = first + (1L << (level - 1));
    int right = from;
    while (right < to && firsts[right] < middle) {
      right++;
    }
    if (right == from) {
      return sum(from, to, middle, level - 1);
    }
    double left = sum(from, right, first, level - 1);
    return right == to ? left : left + sum(right, to, middle, level - 1);
  }
}
