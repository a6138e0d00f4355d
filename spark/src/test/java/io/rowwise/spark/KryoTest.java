package io.rowwise.spark;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.rowwise.backend.ElementType;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Set;
import org.apache.spark.SparkConf;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.serializer.KryoSerializer;
import org.apache.spark.serializer.SerializerInstance;
import org.apache.spark.sql.RowFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import scala.reflect.ClassTag;

/**
 * All that is sent, by Kryo as {@code spark.serializer}; the cluster's test makes whole fits by it.
 * Functions are always sent by Java's serializer.
 */
class KryoTest {
  private static final SerializerInstance KRYO = new KryoSerializer(new SparkConf()).newInstance();

  private static <T> T sent(T object) {
    ClassTag<T> type = ClassTag.apply(object.getClass());
    T copy = KRYO.deserialize(KRYO.serialize(object, type), type);
    assertEquals(object.getClass(), copy.getClass());
    return copy;
  }

  @Test
  void totalsOfRows() {
    RowTotals totals = new RowTotals(3, new String[] {"features", "label"}, Double.MAX_VALUE);
    totals.add(RowFactory.create(Vectors.dense(1, -7), 200.0));
    totals.add(RowFactory.create(Vectors.dense(3, 2), 1.0));
    totals.add(RowFactory.create(null, 1.0));
    RowTotals copy = sent(totals);
    BitSet labels = new BitSet();
    labels.set(1);
    labels.set(200);
    assertEquals(labels, copy.labels());
    assertEquals(201, copy.labels().length());
    assertArrayEquals(new double[] {3, 7}, copy.largest());
    assertEquals(3, copy.rows());
    assertEquals(2, copy.faultyRow());
    assertEquals("column 'features' is null", copy.fault());
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void blocksOfRows(boolean isSparse) {
    RowForm form = new RowForm(ElementType.FLOAT32, 3, isSparse, true);
    RowBlock block = new RowBlock(5, 0, 3, form);
    block.add(RowFactory.create(Vectors.dense(1, 0, 2), 2.0, 0.5));
    block.add(RowFactory.create(Vectors.sparse(3, new int[] {1}, new double[] {4}), 0.0, 2.0));
    RowBlock copy = sent(block);
    RowBlock next = new RowBlock(5, 2, 1, form);
    next.add(RowFactory.create(Vectors.dense(0, 0, 9), 1.0, 1.0));
    copy.add(sent(next));
    double[][] rows = new double[copy.rows()][3];
    for (int i = 0; i < rows.length; i++) {
      double[] row = rows[i];
      copy.values().forEach(i, (k, value) -> row[k] = value);
    }
    assertEquals("[[1.0, 0.0, 2.0], [0.0, 4.0, 0.0], [0.0, 0.0, 9.0]]", Arrays.deepToString(rows));
    assertEquals(3.5, copy.totalWeight());
  }

  private static FitPlan plan(boolean isExact) {
    double[] means = {1, 2};
    double[] deviations = {3, 4};
    return new FitPlan(
        ElementType.FLOAT64,
        2,
        3,
        10,
        true,
        isExact,
        means,
        deviations,
        new double[] {9, 9},
        5,
        "cpu",
        true);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void sumsOfGradients(boolean isExact) {
    FitPlan plan = plan(isExact);
    double[] scales = plan.gradientScales();
    double[] gradient = {1, 2, 3, -4, -5, -6, 7, 8, 9};
    GradientSum sum = new GradientSum(plan);
    sum.add(1, 2, 0.25, gradient, scales);
    sum.device("cpu");
    GradientSum other = new GradientSum(plan);
    other.add(2, 2, 0.5, gradient, scales);
    other.device("cuda:0");
    GradientSum copy = sent(sum).add(sent(other));
    assertEquals(1.5, copy.loss());
    assertEquals(Set.of("cpu", "cuda:0"), copy.devices());
    assertArrayEquals(Arrays.stream(gradient).map(g -> 4 * g).toArray(), copy.gradient(scales));
  }

  @ParameterizedTest
  @EnumSource(
      value = ElementType.class,
      names = {"FLOAT32", "FLOAT64"})
  void scorers(ElementType type) {
    RowScorer scorer = new RowScorer(type, 1, 2, new double[] {1, 2}, new double[] {3, 4});
    assertArrayEquals(new double[] {8, 14}, sent(scorer).logits(Vectors.dense(5)));
  }

  /** A copy is open, with nothing on a device. */
  @Test
  void leases() {
    FitPlan plan = plan(true);
    FitLease copy = sent(new FitLease(plan));
    assertArrayEquals(plan.gradientScales(), copy.plan().gradientScales());
    double[] row = {4, 10};
    copy.plan().standardization().apply(row, 1);
    assertArrayEquals(new double[] {1, 2}, row);
    assertEquals(ElementType.FLOAT64, copy.plan().type());
    copy.close();
    assertEquals(0, FitLease.openLeases());
  }
}
