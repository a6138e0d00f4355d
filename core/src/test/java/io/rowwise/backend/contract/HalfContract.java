package io.rowwise.backend.contract;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.kernel.CrossEntropy;
import io.rowwise.kernel.CrossEntropyGradient;
import io.rowwise.kernel.LinearSoftmax;
import io.rowwise.kernel.LogSoftmax;
import io.rowwise.kernel.Softmax;
import io.rowwise.kernel.Targets;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Matrices of {@code bfloat16} and {@code float16}: what is made, read, written and copied of them,
 * and who takes them. How exact the results are is in {@link SoftmaxContract}, {@link
 * CrossEntropyContract} and {@link ClassifierContract}: an element is within the bound of {@code
 * float32} and half an ulp of its own type, for it is the result in {@code float32} rounded once.
 */
public interface HalfContract extends BackendUnderTest {
  /** In bfloat16, and a little more. */
  double HALF_AN_ULP_OF_A_HALF = 0x1.01p-10;

  /** All that 16 bits can say. */
  private static short[] allBits() {
    short[] bits = new short[1 << 16];
    for (int i = 0; i < bits.length; i++) {
      bits[i] = (short) i;
    }
    return bits;
  }

  private static float[] numbers(ElementType type, short[] bits) {
    float[] numbers = new float[bits.length];
    for (int i = 0; i < bits.length; i++) {
      numbers[i] = type.ofBits(bits[i]);
    }
    return numbers;
  }

  private static double[] doubles(float[] floats) {
    double[] doubles = new double[floats.length];
    Arrays.setAll(doubles, i -> floats[i]);
    return doubles;
  }

  private static float[] floats(double[] doubles) {
    float[] floats = new float[doubles.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) doubles[i];
    }
    return floats;
  }

  /** Numbers of the type, what lies halfway between neighbours, and what is next to that. */
  private static double[] betweenNeighbours(ElementType type) {
    double[] values = new double[4 << 15];
    for (int i = 0; i < 1 << 15; i++) {
      double low = type.ofBits((short) i);
      double high = type.ofBits((short) (i + 1));
      double middle = Double.isFinite(high) ? low + (high - low) / 2 : low + Math.ulp((float) low);
      float sign = i % 3 == 0 ? -1 : 1;
      values[4 * i] = sign * low;
      values[4 * i + 1] = sign * (double) Math.nextDown((float) middle);
      values[4 * i + 2] = sign * middle;
      values[4 * i + 3] = sign * (double) Math.nextUp((float) middle);
    }
    return values;
  }

  private void assumeHas(ElementType type) {
    assumeTrue(backend().has(type), () -> type + " on " + backend().device().id());
  }

  private static void assertRefused(String message, Executable call) {
    String thrown = assertThrows(IllegalArgumentException.class, call).getMessage();
    assertTrue(thrown.contains(message), "the message '%s' has no '%s'".formatted(thrown, message));
  }

  @Test
  default void theOtherTypesAreAlwaysThere() {
    for (ElementType type : ElementType.arithmetic()) {
      assertTrue(backend().has(type), type.toString());
    }
  }

  @ParameterizedTest
  @MethodSource("io.rowwise.backend.contract.Cases#halves")
  default void aBackendWithoutTheTypeSaysSo(ElementType type) {
    if (!backend().has(type)) {
      ByteBuffer memory = ByteBuffer.allocateDirect(8).order(ByteOrder.nativeOrder());
      assertRefused("matrix: " + type, () -> backend().matrix(type, 2, 2));
      assertRefused("view: " + type, () -> backend().view(type, 2, 2, memory));
      assertRefused("use float32", () -> backend().matrix(type, 2, 2, new double[4]));
      assertEquals(0, backend().openMatrices());
    }
  }

  @ParameterizedTest
  @MethodSource("io.rowwise.backend.contract.Cases#halves")
  default void everyNumberComesBack(ElementType type) {
    assumeHas(type);
    short[] bits = allBits();
    float[] numbers = numbers(type, bits);
    try (Matrix matrix = backend().matrix(type, 256, 256)) {
      assertEquals(2L * bits.length, backend().openBytes());
      matrix.writeBits(bits);
      assertArrayEquals(numbers, matrix.toFloats());
      Accuracy.assertSame("toDoubles", doubles(numbers), matrix.toDoubles());
      assertSameBits(type, bits, matrix);
      matrix.write(new float[bits.length]);
      matrix.write(numbers);
      assertSameBits(type, bits, matrix);
      matrix.write(new double[bits.length]);
      matrix.write(doubles(numbers));
      assertSameBits(type, bits, matrix);
    }
  }

  private static void assertSameBits(ElementType type, short[] expected, Matrix matrix) {
    short[] read = new short[expected.length];
    matrix.readBits(read);
    for (int i = 0; i < read.length; i++) {
      // Any NaN is as good as another.
      if (!Float.isNaN(type.ofBits(expected[i])) || !Float.isNaN(type.ofBits(read[i]))) {
        assertEquals(expected[i], read[i], "bits " + Integer.toHexString(expected[i] & 0xFFFF));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("io.rowwise.backend.contract.Cases#halves")
  default void whatIsWrittenIsRoundedToTheNearest(ElementType type) {
    assumeHas(type);
    double[] values = betweenNeighbours(type);
    try (Matrix matrix = backend().matrix(type, 512, 256)) {
      matrix.write(values);
      Accuracy.assertSame("doubles", RandomValues.rounded(type, values), matrix.toDoubles());
      float[] floats = floats(values);
      matrix.write(floats);
      Accuracy.assertSame(
          "floats", RandomValues.rounded(type, doubles(floats)), matrix.toDoubles());
    }
  }

  @ParameterizedTest
  @EnumSource(ElementType.class)
  default void copiesConvertFromEveryType(ElementType to) {
    assumeHas(to);
    for (ElementType from : ElementType.values()) {
      for (Layout layout : Layout.values()) {
        ElementType narrow = to.isHalf() ? to : ElementType.BFLOAT16;
        double[] values = RandomValues.rounded(from, betweenNeighbours(narrow));
        for (int[] shape : new int[][] {{1, 1}, {7, 3}, {3, 1500}, {512, 256}}) {
          if (layout == Layout.WHOLE || shape[1] < 100) {
            checkCopy(from, to, layout, shape[0], shape[1], values);
          }
        }
      }
    }
  }

  private void checkCopy(
      ElementType from, ElementType to, Layout layout, int rows, int columns, double[] values) {
    double[] some = Arrays.copyOfRange(values, values.length - rows * columns, values.length);
    try (Workspace source = new Workspace(backend(), from);
        Workspace target = new Workspace(backend(), to)) {
      Matrix x = source.input(layout, rows, columns, some);
      Matrix out = target.output(layout, rows, columns);
      backend().copy(x, out);
      Accuracy.assertSame(from + " to " + to, RandomValues.rounded(to, some), out.toDoubles());
      source.check();
      target.check();
    }
  }

  @ParameterizedTest
  @EnumSource(ElementType.class)
  default void copiesKeepWhatIsSpecial(ElementType to) {
    assumeHas(to);
    double[] special = {
      0,
      -0.0,
      Double.NaN,
      Double.POSITIVE_INFINITY,
      Double.NEGATIVE_INFINITY,
      65504,
      65519.9,
      65520,
      -65520,
      0x1.fep127,
      0x1.ffp127,
      0x1.fffffep127,
      -0x1.fffffep127,
      0x1p-24,
      0x1p-25,
      0x1.8p-25,
      0x1p-133,
      0x1p-134,
      0x1p-149,
      1e300,
      -1e-300,
      // Halfway in the shorter types but for what float32 would have rounded away.
      1 + 0x1p-8 + 0x1p-40,
      1 + 0x1p-11 + 0x1p-40,
      1 + 0x1p-8 - 0x1p-40,
      1 + 0x1p-11 - 0x1p-40
    };
    for (ElementType from : ElementType.values()) {
      checkCopy(from, to, Layout.WHOLE, 1, special.length, RandomValues.rounded(from, special));
    }
  }

  @ParameterizedTest
  @MethodSource("io.rowwise.backend.contract.Cases#halves")
  default void aViewHasTheNumbersOfItsBuffer(ElementType type) {
    assumeHas(type);
    ByteBuffer memory = ByteBuffer.allocateDirect(2 + 2 * 6).order(ByteOrder.nativeOrder());
    double[] values = {1, -2, 0.5, 0.25, 3, -0.125};
    for (int i = 0; i < values.length; i++) {
      memory.putShort(2 + 2 * i, type.bits(values[i]));
    }
    try (Matrix view = backend().view(type, 2, 3, memory.position(2))) {
      Accuracy.assertSame("a view", values, view.toDoubles());
    }
    assertRefused(
        "view: the buffer has 12 bytes", () -> backend().view(type, 2, 2, memory.position(2)));
  }

  @ParameterizedTest
  @MethodSource("io.rowwise.backend.contract.Cases#halves")
  default void operationsThatDoNotTakeTheTypeSayWhatTo(ElementType type) {
    assumeHas(type);
    Call.all()
        .filter(call -> !call.takesHalves())
        .forEach(
            call -> {
              Matrix[] matrices = call.make(backend(), type);
              assertRefused(
                  call.operation() + ": " + call.arguments().get(0).name() + " is " + type,
                  () -> call.body().run(backend(), matrices));
              assertRefused(
                  "copy it to a float32 matrix first", () -> call.body().run(backend(), matrices));
              for (Matrix matrix : matrices) {
                matrix.close();
              }
            });
  }

  @ParameterizedTest
  @MethodSource("io.rowwise.backend.contract.Cases#halves")
  default void matricesOfOtherTypesAreRefused(ElementType type) {
    assumeHas(type);
    for (ElementType other : ElementType.values()) {
      Call.all()
          .filter(call -> call.takesHalves() && !call.operation().equals("copy"))
          .forEach(
              call -> {
                for (int i = 1; other != type && i < call.arguments().size(); i++) {
                  Matrix[] matrices = call.make(backend(), type);
                  if (other != matrices[i].type()) {
                    matrices[i].close();
                    matrices[i] = call.arguments().get(i).make(backend(), other);
                    assertRefused(
                        call.arguments().get(i).name() + " is " + other + ", wanted ",
                        () -> call.body().run(backend(), matrices));
                  }
                  for (Matrix matrix : matrices) {
                    matrix.close();
                  }
                }
              });
    }
  }

  @ParameterizedTest
  @MethodSource("io.rowwise.backend.contract.Cases#halves")
  default void bitsAreOfTypesThatHaveSoFew(ElementType type) {
    assumeHas(type);
    try (Matrix matrix = backend().matrix(type, 2, 2);
        Matrix wide = backend().matrix(type.computedIn(), 2, 2)) {
      assertRefused("writeBits: the array has 3 values", () -> matrix.writeBits(new short[3]));
      assertRefused("readBits: the array has 5 values", () -> matrix.readBits(new short[5]));
      assertRefused("wanted bfloat16 or float16", () -> wide.writeBits(new short[4]));
      assertRefused("wanted bfloat16 or float16", () -> wide.readBits(new short[4]));
    }
  }

  @ParameterizedTest
  @MethodSource("io.rowwise.backend.contract.Cases#halves")
  default void specialRowsAreThoseOfFloat32(ElementType type) {
    assumeHas(type);
    double infinity = Double.POSITIVE_INFINITY;
    for (int columns : new int[] {3, 10, 64, 1001}) {
      double[] z = new RandomValues(type, 91).normal(6 * columns);
      z[columns] = Double.NaN;
      z[2 * columns + 1] = infinity;
      Arrays.fill(z, 3 * columns, 4 * columns, -infinity);
      Arrays.fill(z, 4 * columns, 5 * columns - 1, -infinity);
      z[5 * columns] = 30_000;
      z[5 * columns + 1] = -30_000;
      z = RandomValues.rounded(type, z);
      try (Workspace narrow = new Workspace(backend(), type);
          Workspace wide = new Workspace(backend(), ElementType.FLOAT32);
          Softmax softmax = backend().kernel(Softmax.TYPE);
          LogSoftmax logSoftmax = backend().kernel(LogSoftmax.TYPE)) {
        Matrix in = narrow.input(6, columns, z);
        Matrix out = narrow.output(6, columns);
        Matrix wideIn = wide.input(6, columns, z);
        Matrix wideOut = wide.output(6, columns);
        softmax.apply(in, out);
        softmax.apply(wideIn, wideOut);
        assertRounded(type + " softmax of " + columns, type, wideOut, out);
        logSoftmax.apply(in, out);
        logSoftmax.apply(wideIn, wideOut);
        assertRounded(type + " log-softmax of " + columns, type, wideOut, out);
      }
    }
  }

  /** Both kernels may add up in different orders. */
  private static void assertRounded(String what, ElementType type, Matrix wide, Matrix narrow) {
    double[] values = wide.toDoubles();
    Expected expected = Expected.given(wide.rows(), wide.columns(), values);
    Accuracy.assertUlps(what, type, expected.values(), narrow.toDoubles(), i -> 16);
  }

  @ParameterizedTest
  @MethodSource("io.rowwise.backend.contract.Cases#halves")
  default void classNumbersAndWeightsAreOfFloat32(ElementType type) {
    assumeHas(type);
    int rows = 5;
    // More classes than either type can count.
    int classes = 2100;
    double[] z = new RandomValues(type, 92).normal(rows * classes);
    double[] labels = {0, 2099, 257, -1, 2049};
    double[] weights = {1, 0.3, 2, 1, 0.7};
    try (Workspace narrow = new Workspace(backend(), type);
        Workspace wide = new Workspace(backend(), ElementType.FLOAT32);
        CrossEntropy crossEntropy = backend().kernel(CrossEntropy.TYPE);
        CrossEntropyGradient gradient = backend().kernel(CrossEntropyGradient.TYPE)) {
      Targets targets =
          Targets.ofClasses(wide.input(rows, 1, labels))
              .ignoring(-1)
              .weights(wide.input(rows, 1, floatsAsDoubles(weights)));
      Matrix in = narrow.input(rows, classes, z);
      Matrix wideIn = wide.input(rows, classes, z);
      Matrix loss = wide.output(1, 1);
      Matrix expectedLoss = wide.output(1, 1);
      crossEntropy.apply(in, targets, loss);
      crossEntropy.apply(wideIn, targets, expectedLoss);
      assertEquals(expectedLoss.toDoubles()[0], loss.toDoubles()[0], 1e-5);
      Matrix out = narrow.output(rows, classes);
      Matrix wideOut = wide.output(rows, classes);
      gradient.apply(in, targets, out);
      gradient.apply(wideIn, targets, wideOut);
      assertRounded(type + " gradient", type, wideOut, out);
      narrow.check();
      wide.check();
    }
  }

  private static double[] floatsAsDoubles(double[] values) {
    return RandomValues.rounded(ElementType.FLOAT32, values);
  }

  @ParameterizedTest
  @MethodSource("io.rowwise.backend.contract.Cases#halves")
  default void oneKernelServesOneTypeAfterAnother(ElementType type) {
    assumeHas(type);
    try (Softmax softmax = backend().kernel(Softmax.TYPE);
        LinearSoftmax linear = backend().kernel(LinearSoftmax.TYPE)) {
      for (int columns : new int[] {3, 12, 3}) {
        for (ElementType current :
            new ElementType[] {ElementType.FLOAT64, type, ElementType.FLOAT32, type}) {
          try (Workspace workspace = new Workspace(backend(), current)) {
            double[] zeros = new double[40 * columns];
            Matrix out = workspace.output(40, columns);
            softmax.apply(workspace.input(40, columns, zeros), out);
            assertEquals(1.0 / columns, out.toDoubles()[columns], HALF_AN_ULP_OF_A_HALF);
            linear.apply(
                workspace.input(40, 5, new double[200]),
                workspace.input(5, columns, Arrays.copyOf(zeros, 5 * columns)),
                workspace.input(1, columns, Arrays.copyOf(zeros, columns)),
                out);
            assertEquals(1.0 / columns, out.toDoubles()[columns], HALF_AN_ULP_OF_A_HALF);
          }
        }
      }
    }
  }
}
