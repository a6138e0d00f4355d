package io.rowwise.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.rowwise.backend.Backend;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Outside the heap elements are what they are on it, wherever they begin and however many. */
final class NativeElementsTest {
  private static final int BEFORE = 3;
  private static final int AFTER = 2;

  /** What no result is. */
  private static final double UNTOUCHED = -77;

  private static final double[] SPECIAL = {
    0, -0.0, 1, -1, Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, Float.MIN_VALUE
  };

  static Stream<Arguments> lengths() {
    return Stream.of(ElementType.values())
        .flatMap(
            type ->
                IntStream.concat(
                        IntStream.rangeClosed(1, 70),
                        IntStream.of(255, 256, 257, 1023, 1024, 1025, 1100, 2050, 5000))
                    .mapToObj(count -> Arguments.of(type, count)));
  }

  private static Elements<?> elements(ElementType type) {
    return switch (type) {
      case FLOAT32 -> Elements.FLOATS;
      case FLOAT64 -> Elements.DOUBLES;
    };
  }

  private static double[] values(SplittableRandom random, int count) {
    double[] values = new double[count];
    for (int i = 0; i < count; i++) {
      boolean special = random.nextInt(20) == 0;
      values[i] = special ? SPECIAL[random.nextInt(SPECIAL.length)] : random.nextInt(-9, 10) / 8.0;
    }
    return values;
  }

  private static Matrix padded(Backend backend, ElementType type, double[] values) {
    double[] all = new double[BEFORE + values.length + AFTER];
    Arrays.fill(all, UNTOUCHED);
    System.arraycopy(values, 0, all, BEFORE, values.length);
    return backend.matrix(type, 1, all.length, all);
  }

  private static void assertPadded(String what, double[] expected, Matrix actual) {
    double[] all = actual.toDoubles();
    for (int i = 0; i < all.length; i++) {
      boolean inside = i >= BEFORE && i < BEFORE + expected.length;
      int at = i - BEFORE;
      assertEquals(inside ? expected[at] : UNTOUCHED, all[i], () -> what + ", element " + at);
    }
  }

  private static <A> void check(
      Elements<A> elements, Functions.Operation operation, ElementType type, int count, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    try (Backend backend = new CpuBackend(1);
        Matrix a = padded(backend, type, values(random, count));
        Matrix b = padded(backend, type, values(random, count));
        Matrix out = padded(backend, type, new double[count]);
        Matrix other = padded(backend, type, new double[count])) {
      NativeElements<A> outside = elements.outsideTheHeap(a);
      assumeTrue(outside != null, "this JVM denies Unsafe");
      Scratch scratch = new Scratch();
      A left = elements.array(scratch, a.columns());
      A right = elements.array(scratch, a.columns());
      A results = elements.array(scratch, a.columns());
      long[] bits = outside.bitsAtOnce(scratch);
      elements.load(a.columns(BEFORE, BEFORE + count), 0, 1, left);
      elements.load(b.columns(BEFORE, BEFORE + count), 0, 1, right);
      operation.of(elements).apply(left, right, results, count);
      elements.store(results, other.columns(BEFORE, BEFORE + count), 0, 1);
      double[] expected = other.columns(BEFORE, BEFORE + count).toDoubles();
      operation.of(outside).apply(place(a), place(b), place(out), count, bits);
      assertPadded("both outside", expected, out);

      backend.fill(UNTOUCHED, out);
      operation.of(outside).apply(left, right, place(out), count);
      assertPadded("both on the heap", expected, out);

      operation.of(outside).apply(place(a), place(b), place(a), count, bits);
      assertPadded("in the place of the left", expected, a);

      double number = SPECIAL[random.nextInt(SPECIAL.length)];
      elements.fill(right, count, number);
      elements.load(b.columns(BEFORE, BEFORE + count), 0, 1, left);
      operation.of(elements).apply(left, right, results, count);
      elements.store(results, other.columns(BEFORE, BEFORE + count), 0, 1);
      expected = other.columns(BEFORE, BEFORE + count).toDoubles();
      operation.of(outside).apply(place(b), number, place(out), count, bits);
      assertPadded("with a number", expected, out);
      operation.of(outside).apply(place(b), number, place(b), count, bits);
      assertPadded("with a number, in its place", expected, b);

      outside.fill(number, place(out), count);
      elements.store(right, other.columns(BEFORE, BEFORE + count), 0, 1);
      assertPadded("filled", other.columns(BEFORE, BEFORE + count).toDoubles(), out);
    }
  }

  private static long place(Matrix matrix) {
    return CpuStorage.of(matrix).before(BEFORE);
  }

  @ParameterizedTest
  @MethodSource("lengths")
  void functionsOfTwoOperands(ElementType type, int count) {
    check(elements(type), Functions::add, type, count, 1);
    check(elements(type), Functions::subtract, type, count, 2);
    check(elements(type), Functions::multiply, type, count, 3);
    check(elements(type), Functions::divide, type, count, 4);
    check(elements(type), Functions::equal, type, count, 5);
  }

  @ParameterizedTest
  @MethodSource("lengths")
  void copies(ElementType type, int count) {
    checkCopies(elements(type), type, count);
  }

  private static <A> void checkCopies(Elements<A> elements, ElementType type, int count) {
    double[] values = values(new SplittableRandom(6), count);
    try (Backend backend = new CpuBackend(1);
        Matrix x = padded(backend, type, values);
        Matrix out = padded(backend, type, new double[count])) {
      NativeElements<A> outside = elements.outsideTheHeap(x);
      assumeTrue(outside != null, "this JVM denies Unsafe");
      outside.copy(place(x), place(out), count);
      assertPadded("outside", values, out);
      A array = elements.array(new Scratch(), count);
      outside.copy(place(x), array, count);
      backend.fill(UNTOUCHED, out);
      elements.store(array, out.columns(BEFORE, BEFORE + count), 0, 1);
      assertPadded("to an array", values, out);
    }
  }

  @ParameterizedTest
  @MethodSource("lengths")
  void sumsAndLargest(ElementType type, int count) {
    checkReductions(elements(type), type, count);
  }

  // Eighths up to a few thousand: exact in both types, in any order.
  private static <A> void checkReductions(Elements<A> elements, ElementType type, int count) {
    SplittableRandom random = new SplittableRandom(7);
    double[] values = new double[count];
    for (int i = 0; i < count; i++) {
      values[i] = random.nextInt(-8, 9) / 8.0;
    }
    try (Backend backend = new CpuBackend(1);
        Matrix x = padded(backend, type, values)) {
      NativeElements<A> outside = elements.outsideTheHeap(x);
      assumeTrue(outside != null, "this JVM denies Unsafe");
      long[] bits = outside.bits(new Scratch(), NativeElements.BLOCK / 4);
      A few = elements.array(new Scratch(), NativeElements.BLOCK / 16);
      A array = elements.array(new Scratch(), x.columns());
      elements.load(x, 0, 1, array);
      double sum = Sums.sum(values, 0, count);
      assertEquals(sum, outside.sum(place(x), count, bits, few));
      assertEquals(sum, outside.sum(array, BEFORE, BEFORE + count, bits, few));
      assertEquals(Reduction.max(values, 0, count), outside.max(place(x), count, bits, few));
      assertEquals(Reduction.argMax(values, 0, count), outside.argMax(place(x), count, bits, few));
      for (int at : new int[] {0, count / 3, count / 2, count - 1}) {
        checkLargest(outside, x, at, count, bits, few);
      }
    }
  }

  private static <A> void checkLargest(
      NativeElements<A> outside, Matrix x, int at, int count, long[] bits, A few) {
    double[] all = x.toDoubles();
    double[] changed = all.clone();
    for (double largest : new double[] {2, Double.POSITIVE_INFINITY, Double.NaN}) {
      changed[BEFORE + at] = largest;
      x.write(changed);
      assertEquals(largest, outside.max(place(x), count, bits, few));
      assertEquals(at, outside.argMax(place(x), count, bits, few));
    }
    x.write(all);
  }

  @ParameterizedTest
  @MethodSource("lengths")
  void rowsAddUp(ElementType type, int count) {
    for (int rows = 1; rows <= NativeElements.ROWS; rows++) {
      checkRows(elements(type), type, rows, count);
    }
  }

  private static <A> void checkRows(Elements<A> elements, ElementType type, int rows, int count) {
    SplittableRandom random = new SplittableRandom(8);
    int gap = count + 5;
    double[] values = new double[rows * gap];
    double[] expected = new double[count];
    Arrays.fill(expected, 2);
    for (int i = 0; i < values.length; i++) {
      values[i] = random.nextInt(-8, 9) / 8.0;
      if (i % gap < count) {
        expected[i % gap] += values[i];
      }
    }
    try (Backend backend = new CpuBackend(1);
        Matrix x = backend.matrix(type, rows, gap, values)) {
      NativeElements<A> outside = elements.outsideTheHeap(x);
      assumeTrue(outside != null, "this JVM denies Unsafe");
      long[] sums = outside.bits(new Scratch(), count);
      double[] total = new double[count];
      Arrays.fill(total, 2);
      outside.addRows(CpuStorage.before(x, 0), gap, rows, sums, count);
      outside.addTo(total, sums, count);
      assertTrue(Arrays.equals(expected, total), rows + " rows of " + count);
    }
  }

  @ParameterizedTest
  @EnumSource(ElementType.class)
  void rowsMayBeLongerThanACallTakes(ElementType type) {
    int count = NativeLoops.MOST + 10;
    double[] values = new double[count];
    for (int i = 0; i < count; i++) {
      values[i] = i % 8;
    }
    try (Backend backend = new CpuBackend(1);
        Matrix x = backend.matrix(type, 1, count, values);
        Matrix number = backend.matrix(type, 1, 1, new double[] {1});
        Matrix out = backend.matrix(type, 1, count)) {
      backend.add(x, x, out);
      assertEach(out, i -> 2 * values[i]);
      backend.add(x, number, out);
      assertEach(out, i -> values[i] + 1);
      backend.multiply(x, 3, out);
      assertEach(out, i -> 3 * values[i]);
      backend.exp(out, out);
      backend.log(out, out);
      assertEach(out, i -> Math.rint(3 * values[i]), 1e-5);
      backend.copy(x, out);
      assertEach(out, i -> values[i]);
      backend.columnSum(x, out);
      assertEach(out, i -> values[i]);
      RowSoftmax.of(type, count, null)
          .applyToAll(CpuStorage.of(x), 0, count, 1, null, CpuStorage.of(out), 0, count);
      double sum = Arrays.stream(values).map(Math::exp).sum();
      assertEach(out, i -> Math.exp(values[i]) / sum, 1e-9);
    }
  }

  private static void assertEach(Matrix out, IntToDoubleFunction expected) {
    assertEach(out, expected, 0);
  }

  private static void assertEach(Matrix out, IntToDoubleFunction expected, double tolerance) {
    double[] actual = out.toDoubles();
    for (int i = 0; i < actual.length; i++) {
      int at = i;
      assertEquals(expected.applyAsDouble(i), actual[i], tolerance, () -> "element " + at);
    }
  }
}
