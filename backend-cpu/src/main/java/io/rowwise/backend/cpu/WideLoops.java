package io.rowwise.backend.cpu;

/**
 * Loops of the {@code float32} softmax in one pass each, where C2 needs several: it does not
 * vectorise a loop that takes a float's bits and uses them, or one that adds up. They need the
 * Vector API, which a JVM has that was started with {@code --add-modules jdk.incubator.vector}.
 * There are none for {@code float64}: C2 does with its own loops what JDK 17's Vector API does.
 */
abstract class WideLoops {
  /** Those of this JVM; null where it has none. */
  static final WideLoops PRESENT = find();

  private static final String VECTOR_API = "jdk.incubator.vector";

  private static WideLoops find() {
    if (ModuleLayer.boot().findModule(VECTOR_API).isEmpty()) {
      return null;
    }
    try {
      // Compiled apart from all else, which does without that module.
      return Class.forName("io.rowwise.backend.cpu.VectorLoops")
          .asSubclass(WideLoops.class)
          .getDeclaredConstructor()
          .newInstance();
    } catch (ReflectiveOperationException | LinkageError e) {
      // Another version of an API that is not final.
      return null;
    }
  }

  /** The fewest elements that a row must have. */
  abstract int fewest();

  /**
   * {@code out[i] = e^x[i] / 2^(N + lowestExponent)}, see {@link ExponentialInFloat}.
   *
   * @param base the bits of the rounded largest, and the lowest exponent
   * @return whether all powers are in the range
   */
  abstract boolean powers(float[] x, int count, int base, float[] out);

  /** The sum of {@code x[from]} to {@code x[to - 1]}, with few additions one after the other. */
  abstract double sum(float[] x, int from, int to);

  /** {@code out[i] = x[i] * factor} from {@code from} to {@code to - 1}. */
  abstract void multiply(float[] x, int from, int to, float factor, float[] out);
}
