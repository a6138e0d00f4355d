package io.rowwise.predictor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.AbstractList;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The selection, beside a sort. */
final class TopClassesTest {
  private static List<String> names(int classes) {
    return IntStream.range(0, classes).mapToObj(Integer::toString).toList();
  }

  /** NaN last, else by probability, and the first of equals first. */
  private static List<ClassProbability> sorted(double[] p, int count) {
    return IntStream.range(0, p.length)
        .mapToObj(i -> new ClassProbability(i, Integer.toString(i), p[i]))
        .sorted(
            Comparator.<ClassProbability>comparingInt(
                    each -> Double.isNaN(each.probability()) ? 1 : 0)
                .thenComparing(each -> Double.isNaN(each.probability()) ? 0 : -each.probability())
                .thenComparing(ClassProbability::index))
        .limit(count)
        .toList();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 7, 64, 500})
  void isWhatASortFinds(int classes) {
    SplittableRandom random = new SplittableRandom(classes);
    for (int round = 0; round < 30; round++) {
      double[] p = new double[classes];
      for (int i = 0; i < classes; i++) {
        // Few values, so that many are equal, and some NaN.
        int value = random.nextInt(round % 10 + 2);
        p[i] = value == 0 && round % 3 == 0 ? Double.NaN : value / 16.0;
      }
      for (int count : new int[] {1, 2, 3, classes - 1, classes, classes + 1, 1 << 30}) {
        if (count > 0) {
          assertEquals(sorted(p, count), TopClasses.of(p, count, names(classes)));
        }
      }
    }
  }

  @Test
  void ordersSortedAndReversedInput() {
    double[] up = IntStream.range(0, 1000).mapToDouble(i -> i).toArray();
    double[] down = IntStream.range(0, 1000).mapToDouble(i -> -i).toArray();
    for (int count : new int[] {1, 5, 100, 1000}) {
      assertEquals(sorted(up, count), TopClasses.of(up, count, names(1000)));
      assertEquals(sorted(down, count), TopClasses.of(down, count, names(1000)));
    }
  }

  @Test
  void makesNothingForClassesThatAreNotAmongThem() {
    int classes = 100_000;
    double[] p = new SplittableRandom(1).doubles(classes).toArray();
    AtomicInteger named = new AtomicInteger();
    List<String> names =
        new AbstractList<>() {
          @Override
          public String get(int index) {
            named.incrementAndGet();
            return Integer.toString(index);
          }

          @Override
          public int size() {
            return classes;
          }
        };
    List<ClassProbability> top = TopClasses.of(p, 3, names);
    assertEquals(sorted(p, 3), top);
    assertEquals(3, named.get());
  }

  @Test
  void takesTheTimeOfAPass() {
    int classes = 100_000;
    double[] p = new SplittableRandom(1).doubles(classes).toArray();
    List<String> names = names(classes);
    List<Double> ratios = new ArrayList<>();
    int sum = 0;
    for (int round = 0; round < 6; round++) {
      long start = System.nanoTime();
      sum += TopClasses.of(p, 3, names).get(0).index();
      long middle = System.nanoTime();
      sum += sorted(p, 3).get(0).index();
      long end = System.nanoTime();
      ratios.add((double) (middle - start) / (end - middle));
    }
    assertTrue(sum > 0);
    // A sort takes some hundred times as long; once is enough to show it on a busy machine.
    double best = ratios.stream().mapToDouble(Double::doubleValue).min().orElseThrow();
    assertTrue(best < 0.2, ratios.toString());
  }
}
