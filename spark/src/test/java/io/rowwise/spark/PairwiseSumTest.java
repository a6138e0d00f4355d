package io.rowwise.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectOutputStream;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class PairwiseSumTest {
  static LongStream seeds() {
    return LongStream.range(0, 100);
  }

  /** Some blocks may not be there, as those that are not sampled; NaN here. */
  private static double[] terms(Random random) {
    double[] terms = new double[1 + random.nextInt(random.nextInt(10) == 0 ? 5000 : 40)];
    double missing = random.nextInt(3) == 0 ? 0.3 : 0;
    for (int i = 0; i < terms.length; i++) {
      double term = random.nextGaussian() * Math.pow(10, random.nextInt(9));
      terms[i] = random.nextDouble() < missing ? Double.NaN : term;
    }
    return terms;
  }

  /** The tree's definition: the terms from one block to before another, which is 2^k behind it. */
  private static double expected(double[] terms, long from, long to) {
    if (from >= terms.length) {
      return Double.NaN;
    }
    if (to - from == 1) {
      return terms[(int) from];
    }
    long middle = (from + to) / 2;
    double left = expected(terms, from, middle);
    double right = expected(terms, middle, to);
    return Double.isNaN(left) ? right : Double.isNaN(right) ? left : left + right;
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void anyPartitioningAndAnyOrderGivesTheBitsOfOneTree(long seed) {
    Random random = new Random(seed);
    double[] terms = terms(random);
    double tree = expected(terms, 0, 1L << 31);
    double wanted = Double.isNaN(tree) ? 0 : tree;
    for (int repetition = 0; repetition < 5; repetition++) {
      // Of blocks one behind the other, as a partition's are, or in any order.
      boolean isRuns = random.nextBoolean();
      List<PairwiseSum> parts = new ArrayList<>();
      PairwiseSum part = new PairwiseSum();
      for (int block : blocks(terms.length, isRuns, random)) {
        if (random.nextInt(1 + 3 * repetition * repetition) == 0) {
          parts.add(part);
          part = new PairwiseSum();
        }
        if (!Double.isNaN(terms[block])) {
          part.add(block, terms[block]);
        }
      }
      parts.add(part);
      Collections.shuffle(parts, random);
      while (parts.size() > 1) {
        // Any two of those that are left, as a tree of tasks may do.
        PairwiseSum into = parts.get(random.nextInt(parts.size() - 1));
        into.add(parts.remove(parts.size() - 1));
      }
      assertEquals(wanted, parts.get(0).get());
    }
  }

  private static List<Integer> blocks(int count, boolean isInOrder, Random random) {
    List<Integer> blocks = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      blocks.add(i);
    }
    if (!isInOrder) {
      Collections.shuffle(blocks, random);
    }
    return blocks;
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void aRunOfBlocksIsFewNodes(long seed) {
    Random random = new Random(seed);
    int blocks = 2 + random.nextInt(seed % 10 == 0 ? 100_000 : 100);
    PairwiseSum sum = run(random.nextInt(1_000_000), blocks);
    double most = 2 * Math.log(blocks) / Math.log(2);
    assertTrue(sum.nodes() <= most, () -> sum.nodes() + " nodes of " + blocks + " blocks");
  }

  private static PairwiseSum run(int first, int blocks) {
    PairwiseSum sum = new PairwiseSum();
    for (int i = 0; i < blocks; i++) {
      sum.add(first + i, 1);
      assertTrue(sum.get() == i + 1);
    }
    return sum;
  }

  /** Of a thousand partitions of a thousand million rows of 784 features. */
  @Test
  void aPartitionSendsSomeHundredBytes() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(run(1_001, 1_497));
    }
    System.out.println("sum of 1,497 blocks: " + bytes.size() + " bytes, serialised by Java");
    assertTrue(bytes.size() < 700, () -> bytes.size() + " bytes");
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void theErrorIsThatOfAPairwiseSum(long seed) {
    Random random = new Random(seed);
    double[] terms = terms(random);
    PairwiseSum sum = new PairwiseSum();
    BigDecimal exact = BigDecimal.ZERO;
    BigDecimal absolute = BigDecimal.ZERO;
    for (int i = 0; i < terms.length; i++) {
      if (!Double.isNaN(terms[i])) {
        sum.add(i, terms[i]);
        exact = exact.add(new BigDecimal(terms[i]));
        absolute = absolute.add(new BigDecimal(terms[i]).abs());
      }
    }
    int depth = 32 - Integer.numberOfLeadingZeros(terms.length - 1);
    double most = depth * 0x1p-53 / (1 - depth * 0x1p-53) * absolute.doubleValue();
    double error = new BigDecimal(sum.get()).subtract(exact).abs().doubleValue();
    assertTrue(error <= most, () -> error + " of at most " + most);
  }

  @Test
  void nothingIsZeroAndTheLastBlocksAreBlocks() {
    PairwiseSum sum = new PairwiseSum();
    assertEquals(0, sum.get());
    sum.add(new PairwiseSum());
    sum.add(Integer.MAX_VALUE, 2);
    sum.add(0, 1);
    sum.add(Integer.MAX_VALUE - 1, 4);
    assertEquals(7, sum.get());
    assertEquals(2, sum.nodes());
  }

  @Test
  void aBlockIsAddedOnce() {
    PairwiseSum sum = run(2, 6);
    for (int block = 2; block < 8; block++) {
      int twice = block;
      PairwiseSum other = new PairwiseSum();
      other.add(block, 1);
      assertThrows(IllegalStateException.class, () -> sum.add(other));
      assertThrows(IllegalStateException.class, () -> sum.add(twice, 1));
    }
    assertEquals(6, sum.get());
  }
}
