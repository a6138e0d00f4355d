package io.rowwise.spark;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.rowwise.backend.ElementType;
import io.rowwise.model.SoftmaxModel;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** One order of rows has one result, to the last bit, however it is cut into partitions. */
@ExtendWith(Local.class)
class ReproducibilityTest {
  private static final List<Row> ROWS = Local.rows(700, 6, 3);

  /** What is fitted. */
  enum Fitted {
    LBFGS,
    STANDARDISED_WITH_WEIGHTS,
    WITHOUT_INTERCEPT,
    OWL_QN,
    OWL_QN_RAW_WITH_WEIGHTS,
    FLOAT32;

    RowwiseClassifier classifier() {
      RowwiseClassifier classifier = new RowwiseClassifier().setRegParam(1e-3).setMaxIter(12);
      return switch (this) {
        case LBFGS -> classifier.setStandardization(false);
        case STANDARDISED_WITH_WEIGHTS -> classifier.setWeightCol("w");
        case WITHOUT_INTERCEPT -> classifier.setFitIntercept(false);
        case OWL_QN -> classifier.setElasticNetParam(0.6);
        case OWL_QN_RAW_WITH_WEIGHTS ->
            classifier.setElasticNetParam(1).setStandardization(false).setWeightCol("w");
        case FLOAT32 -> classifier.setElementType("float32").setWeightCol("w");
      };
    }
  }

  static String digest(SoftmaxModel model) {
    double[] weights = model.weights();
    double[] bias = model.bias();
    ByteBuffer bytes = ByteBuffer.allocate((weights.length + bias.length) * Double.BYTES);
    Arrays.stream(weights).forEach(bytes::putDouble);
    Arrays.stream(bias).forEach(bytes::putDouble);
    try {
      byte[] sha = MessageDigest.getInstance("SHA-256").digest(bytes.array());
      return HexFormat.of().formatHex(sha, 0, 8);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  @ParameterizedTest
  @EnumSource
  void anyNumberOfPartitionsGivesTheSameBits(Fitted fitted) {
    List<String> digests = new ArrayList<>();
    for (int partitions : new int[] {1, 2, 7, 16}) {
      RowwiseModel model = fitted.classifier().fit(Local.frame(ROWS, partitions));
      digests.add(digest(model.toSoftmaxModel()));
    }
    System.out.println("digests of " + fitted + " in 1, 2, 7 and 16 partitions: " + digests);
    assertEquals(1, Set.copyOf(digests).size(), digests::toString);
  }

  @Test
  void emptyPartitionsAreNothing() {
    List<Row> few = ROWS.subList(0, 5);
    RowwiseClassifier classifier = Fitted.STANDARDISED_WITH_WEIGHTS.classifier();
    assertEquals(
        digest(classifier.fit(Local.frame(few, 1)).toSoftmaxModel()),
        digest(classifier.fit(Local.frame(few, 16)).toSoftmaxModel()));
  }

  @Test
  void rowsAreSortedByTheOrderColumn() {
    RowwiseClassifier classifier = Fitted.LBFGS.classifier();
    String expected = digest(classifier.fit(Local.frame(ROWS, 2)).toSoftmaxModel());
    StructType schema = Local.SCHEMA.add("id", DataTypes.IntegerType);
    List<Row> shuffled = new ArrayList<>();
    for (int i = 0; i < ROWS.size(); i++) {
      Row row = ROWS.get(i);
      shuffled.add(RowFactory.create(row.get(0), row.get(1), row.get(2), i));
    }
    Collections.shuffle(shuffled, new Random(1));
    Dataset<Row> rows = Local.frame(shuffled, 3, schema);
    assertNotEquals(expected, digest(classifier.fit(rows).toSoftmaxModel()));
    assertEquals(expected, digest(classifier.setOrderCol("id").fit(rows).toSoftmaxModel()));
  }

  @Test
  void aPlainSumIsNearTheSame() {
    SoftmaxModel expected = Fitted.LBFGS.classifier().fit(Local.frame(ROWS, 2)).toSoftmaxModel();
    RowwiseClassifier plain = Fitted.LBFGS.classifier().setAggregation("plain");
    SoftmaxModel found = plain.fit(Local.frame(ROWS, 2)).toSoftmaxModel();
    double[] weights = expected.weights();
    for (int i = 0; i < weights.length; i++) {
      // Rounding grows from one iteration to the next.
      assertEquals(weights[i], found.weights()[i], 1e-3 * Math.max(1, Math.abs(weights[i])));
    }
  }

  /** The devices of tasks of one core and of more, without Spark. */
  @ParameterizedTest
  @EnumSource(names = {"FLOAT32", "FLOAT64"})
  void anyNumberOfThreadsGivesTheSameBits(ElementType type) {
    int features = 60;
    List<Row> rows = Local.rows(6000, features, 3);
    double[] largest = new double[features];
    Arrays.fill(largest, 1000);
    FitPlan plan =
        new FitPlan(
            type, features, 3, 2500, true, true, null, null, largest, 13, DeviceRequest.CPU, true);
    RowForm form = new RowForm(type, features, false, true);
    List<RowBlock> blocks = new ArrayList<>();
    for (int from = 0; from < rows.size(); from += plan.blockRows()) {
      int to = Math.min(rows.size(), from + plan.blockRows());
      RowBlock block = new RowBlock(blocks.size(), 0, to - from, form);
      for (Row row : rows.subList(from, to)) {
        block.add(RowFactory.create(row.get(1), row.get(0), row.get(2)));
      }
      blocks.add(block);
    }
    double[] expected = gradient(plan, blocks, 1);
    assertFalse(Double.isNaN(expected[0]));
    assertArrayEquals(expected, gradient(plan, blocks, 2));
    assertArrayEquals(expected, gradient(plan, blocks, 3));
  }

  private static double[] gradient(FitPlan plan, List<RowBlock> blocks, int threads) {
    double[] parameters = new double[plan.parameters()];
    for (int i = 0; i < parameters.length; i++) {
      parameters[i] = Math.sin(i) / 1000;
    }
    GradientSum sum = new GradientSum(plan);
    ExecutorBackend device =
        ExecutorBackend.acquire(new DeviceRequest(DeviceRequest.CPU, threads, true, ""));
    try (LeasedPartition partition = new LeasedPartition(plan, device, true)) {
      partition.workspace().parameters(parameters);
      partition.forEach(blocks.iterator(), block -> partition.workspace().add(block, sum));
      device.leave();
    }
    return sum.gradient(plan.gradientScales());
  }
}
