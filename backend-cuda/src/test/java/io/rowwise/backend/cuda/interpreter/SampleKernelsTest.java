package io.rowwise.backend.cuda.interpreter;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Kernels that nvcc compiled compute what their source says. */
class SampleKernelsTest {
  private static final PtxModule SOFTMAX =
      PtxModule.parse(KernelRunner.resource("sample_softmax.ptx"));
  private static final PtxModule ELEMENTWISE =
      PtxModule.parse(KernelRunner.resource("sample_elementwise.ptx"));

  private final KernelRunner runner = new KernelRunner();
  private final Random random = new Random(20);

  private double[] normals(int count, double scale) {
    return random.doubles(count).map(x -> scale * (2 * x - 1)).toArray();
  }

  private static double[] softmax(double[] x, int columns) {
    double[] y = new double[x.length];
    for (int row = 0; row < x.length / columns; row++) {
      double max = Double.NEGATIVE_INFINITY;
      for (int i = row * columns; i < (row + 1) * columns; i++) {
        max = Math.max(max, x[i]);
      }
      double sum = 0;
      for (int i = row * columns; i < (row + 1) * columns; i++) {
        y[i] = Math.exp(x[i] - max);
        sum += y[i];
      }
      for (int i = row * columns; i < (row + 1) * columns; i++) {
        y[i] /= sum;
      }
    }
    return y;
  }

  private static void assertClose(double[] expected, double[] actual, double tolerance) {
    for (int i = 0; i < expected.length; i++) {
      double error = Math.abs(actual[i] - expected[i]) / Math.abs(expected[i]);
      assertTrue(
          expected[i] == actual[i] || error <= tolerance,
          "element " + i + ": " + actual[i] + " instead of " + expected[i]);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "block_softmax_f64, 3, 2, 64, 1",
    "block_softmax_f64, 5, 100, 96, 1",
    "block_softmax_f64, 2, 1000, 256, 1",
    "warp_softmax_f64, 7, 33, 64, 2",
    "warp_softmax_f64, 4, 1, 32, 1",
    "warp_softmax_f64, 9, 200, 128, 4",
    "quarter_softmax_f64, 11, 3, 64, 8",
    "quarter_softmax_f64, 16, 29, 32, 4",
  })
  void softmaxOfDoublesIsWithinAFewUlps(
      String kernel, int rows, int columns, int threads, int rowsPerBlock) {
    double[] x = normals(rows * columns, 4);
    long from = runner.doubles(x);
    long to = runner.memory.allocate(x.length * 8L);
    int blocks = (rows + rowsPerBlock - 1) / rowsPerBlock;
    runner.launch(SOFTMAX, kernel, blocks, threads, 0, from, to, rows, columns);
    // One ulp each of the exponential, the division and Math.exp, and what the sums of up to 1000
    // terms lose; the online ones scale their sum again with each new largest element.
    assertClose(softmax(x, columns), runner.readDoubles(to, x.length), 20 * 0x1p-52);
  }

  @ParameterizedTest
  @CsvSource({"block_softmax_f32, 3, 300, 64, 1", "warp_softmax_f32, 6, 65, 96, 3"})
  void softmaxOfFloatsIsWithinAFewUlps(
      String kernel, int rows, int columns, int threads, int rowsPerBlock) {
    double[] x = Arrays.stream(normals(rows * columns, 4)).map(v -> (float) v).toArray();
    long from = runner.floats(x);
    long to = runner.memory.allocate(x.length * 4L);
    int blocks = (rows + rowsPerBlock - 1) / rowsPerBlock;
    runner.launch(SOFTMAX, kernel, blocks, threads, 0, from, to, rows, columns);
    // The difference to the largest, up to 8, is rounded: 4 ulps of the exponential. The rest as
    // for doubles.
    assertClose(softmax(x, columns), runner.readFloats(to, x.length), 20 * 0x1p-23);
  }

  @Test
  void theBlockSoftmaxReadsEachRowThreeTimesAndWritesItOnce() {
    int rows = 4;
    int columns = 150;
    long from = runner.doubles(normals(rows * columns, 1));
    long to = runner.memory.allocate((long) rows * columns * Double.BYTES);
    LaunchReport report =
        runner.launch(SOFTMAX, "block_softmax_f64", rows, 64, 0, from, to, rows, columns);
    assertEquals(3L * rows * columns * Double.BYTES, report.bytesRead());
    assertEquals((long) rows * columns * Double.BYTES, report.bytesWritten());
    assertEquals(4L * rows, report.barriers());
  }

  @Test
  void sumsRowsInDynamicSharedMemory() {
    double[] x = IntStream.range(0, 300).mapToDouble(i -> i).toArray();
    long to = runner.memory.allocate(3 * 8);
    runner.launch(SOFTMAX, "tree_row_sum_f64", 3, 64, 64 * 8, runner.doubles(x), to, 100);
    assertArrayEquals(new double[] {4950, 14950, 24950}, runner.readDoubles(to, 3));
    long floats = runner.memory.allocate(3 * 4);
    runner.launch(SOFTMAX, "tree_row_sum_f32", 3, 64, 64 * 4, runner.floats(x), floats, 100);
    assertArrayEquals(new double[] {4950, 14950, 24950}, runner.readFloats(floats, 3));
  }

  private void assertElementwise(
      String kernel, double[] x, DoubleUnaryOperator truth, double tolerance) {
    boolean single = kernel.endsWith("f32");
    double[] rounded = single ? Arrays.stream(x).map(v -> (float) v).toArray() : x;
    long from = single ? runner.floats(x) : runner.doubles(x);
    long to = runner.memory.allocate(x.length * 8L);
    runner.launch(ELEMENTWISE, kernel, (x.length + 31) / 32, 32, 0, from, to, x.length);
    double[] actual = single ? runner.readFloats(to, x.length) : runner.readDoubles(to, x.length);
    double[] expected = Arrays.stream(rounded).map(truth).toArray();
    assertClose(
        single ? Arrays.stream(expected).map(v -> (float) v).toArray() : expected,
        actual,
        tolerance);
  }

  @Test
  void elementaryFunctionsAgreeWithJavas() {
    double[] any = normals(1000, 80);
    double[] positive = Arrays.stream(any).map(Math::exp).toArray();
    double[] special = {0.0, -0.0, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY};
    // The CUDA programming guide: exp and log within 1 ulp for doubles, 2 for floats, tanhf 2;
    // Java's within 1. log1p(expm1) and the sum with rsqrt add up a few.
    assertElementwise("exp_f64", any, Math::exp, 3 * 0x1p-52);
    assertElementwise("exp_f64", special, Math::exp, 0);
    assertElementwise("exp_f32", any, Math::exp, 4 * 0x1p-23);
    assertElementwise("exp_f32", special, Math::exp, 0);
    assertElementwise("log_f64", positive, Math::log, 3 * 0x1p-52);
    assertElementwise("log_f64", new double[] {0, 1, Double.POSITIVE_INFINITY}, Math::log, 0);
    assertElementwise("log_f32", positive, Math::log, 4 * 0x1p-23);
    assertElementwise("tanh_f32", normals(1000, 3), Math::tanh, 4 * 0x1p-23);
    assertElementwise("expm1_log1p_f64", normals(1000, 1), x -> x, 8 * 0x1p-52);
    assertElementwise(
        "square_root_f64", positive, x -> Math.sqrt(x) + 1 / Math.sqrt(x), 3 * 0x1p-52);
  }

  @Test
  void theFastExponentialIsCloseForSmallArguments() {
    // __expf is 2^(x log2 e), whose product is rounded: 2 + |1.17 x| ulps, by the guide.
    assertElementwise("fast_exp_f32", normals(100, 5), Math::exp, 8 * 0x1p-23);
  }

  @Test
  void divisionIsRoundedCorrectly() {
    double[] a = normals(500, 1e3);
    double[] b = normals(500, 1e-3);
    long to = runner.memory.allocate(500 * 8);
    runner.launch(
        ELEMENTWISE, "divide_f64", 16, 32, 0, runner.doubles(a), runner.doubles(b), to, 500);
    assertArrayEquals(
        IntStream.range(0, 500).mapToDouble(i -> a[i] / b[i]).toArray(),
        runner.readDoubles(to, 500));
    long floats = runner.memory.allocate(500 * 4);
    runner.launch(
        ELEMENTWISE, "divide_f32", 16, 32, 0, runner.floats(a), runner.floats(b), floats, 500);
    assertArrayEquals(
        IntStream.range(0, 500).mapToDouble(i -> (float) a[i] / (float) b[i]).toArray(),
        runner.readFloats(floats, 500));
  }

  @Test
  void vectorAccessesMoveSixteenBytesAtATime() {
    double[] x = normals(64, 1);
    long to = runner.memory.allocate(64 * 8);
    LaunchReport report =
        runner.launch(ELEMENTWISE, "scale_double2", 1, 32, 0, runner.doubles(x), to, 3.0, 32);
    assertArrayEquals(Arrays.stream(x).map(v -> 3 * v).toArray(), runner.readDoubles(to, 64));
    assertEquals(64 * 8, report.bytesRead());
    double[] small = {1, 2, 3, 4, 5, 6, 7, 8};
    runner.launch(ELEMENTWISE, "scale_float4", 1, 32, 0, runner.floats(small), to, 0.5f, 2);
    assertArrayEquals(Arrays.stream(small).map(v -> v / 2).toArray(), runner.readFloats(to, 8));
  }

  @Test
  void argmaxTakesTheFirstOfEqualOnes() {
    double[] x = new double[3 * 70];
    x[69] = 2;
    x[70 + 40] = 1;
    x[70 + 8] = 1;
    long to = runner.memory.allocate(3 * 4);
    runner.launch(ELEMENTWISE, "row_argmax_f64", 3, 32, 0, runner.doubles(x), to, 3, 70);
    assertArrayEquals(new int[] {69, 8, 0}, runner.readInts(to, 3));
  }

  @Test
  void aStructIsAParameterAndATableIsInConstantMemory() {
    long to = runner.memory.allocate(5 * 8);
    // double scale, int mode, float shift
    runner.launch(ELEMENTWISE, "struct_argument", 1, 32, 0, to, 10.0, 1, 0.5f, 5);
    assertArrayEquals(new double[] {10.5, 20.5, 40.5, 80.5, 10.5}, runner.readDoubles(to, 5));
    runner.launch(ELEMENTWISE, "struct_argument", 1, 32, 0, to, 10.0, 3, 0.5f, 5);
    assertArrayEquals(new double[] {0, 1, 2, 1, 2}, runner.readDoubles(to, 5));
  }

  @Test
  void atomicOperationsOfManyBlocksAddUp() {
    int[] labels = IntStream.range(0, 1000).map(i -> i * i % 7).toArray();
    long counts = runner.ints(new int[7]);
    runner.launch(ELEMENTWISE, "histogram", 8, 128, 0, runner.ints(labels), counts, 1000);
    int[] expected = new int[7];
    Arrays.stream(labels).forEach(label -> expected[label]++);
    assertArrayEquals(expected, runner.readInts(counts, 7));
  }

  @Test
  void theLastBlockMayReadWhatTheOthersWroteBehindAFence() {
    double[] x = IntStream.range(0, 500).mapToDouble(i -> i).toArray();
    long partial = runner.memory.allocate(8 * 8);
    long to = runner.memory.allocate(8);
    runner.launch(
        ELEMENTWISE,
        "last_block_sum",
        8,
        64,
        0,
        runner.doubles(x),
        partial,
        to,
        runner.ints(0),
        500);
    assertEquals(499 * 250, runner.readDoubles(to, 1)[0]);
  }

  @Test
  void votesAndTheActiveMaskSeeTheLanesThatAreThere() {
    int[] x = IntStream.range(0, 32).map(i -> i % 4 == 1 ? 1 : -1).toArray();
    long to = runner.ints(new int[6]);
    runner.launch(ELEMENTWISE, "ballot_count", 1, 32, 0, runner.ints(x), to, 30);
    int ballot = 0x22222222;
    assertArrayEquals(
        new int[] {
          Integer.bitCount(ballot),
          Integer.numberOfTrailingZeros(ballot) + 1,
          Integer.numberOfLeadingZeros(ballot),
          Integer.reverse(ballot),
          1,
          0xAAAAAAAA
        },
        runner.readInts(to, 6));
  }
}
