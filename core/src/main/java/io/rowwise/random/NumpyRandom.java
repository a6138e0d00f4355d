package io.rowwise.random;

/**
 * NumPy's legacy generator, {@code numpy.random.RandomState(seed)}: the same seed and the same
 * calls in the same order give the same numbers.
 *
 * <p>The bits come from MT19937 (Matsumoto and Nishimura, <i>Mersenne Twister</i>, ACM TOMACS 8(1),
 * 1998), seeded by its {@code init_genrand}. Every method says which bits it takes, because that is
 * what decides the numbers after it.
 *
 * <p>Integers, uniform doubles and permutations equal NumPy's bit for bit. Normal values rest on a
 * logarithm, which no standard fixes to the last bit: see {@link #standardNormal()}.
 *
 * <p>Not thread-safe: give each thread a generator of its own. Not for secrets.
 */
public final class NumpyRandom {
  private static final long LARGEST_SEED = 0xFFFF_FFFFL;

  private static final int STATE_SIZE = 624;
  private static final int SHIFT_SIZE = 397;
  private static final int TWIST = 0x9908_B0DF;
  private static final int UPPER_BIT = 0x8000_0000;
  private static final int LOWER_BITS = 0x7FFF_FFFF;

  private final int[] state = new int[STATE_SIZE];
  private int position = STATE_SIZE;

  private double secondNormal;
  private boolean hasSecondNormal;

  /**
   * Starts the sequence of {@code RandomState(seed)}.
   *
   * @param seed 0 to 4294967295
   * @throws IllegalArgumentException if the seed is outside that range
   */
  public NumpyRandom(long seed) {
    if (seed < 0 || seed > LARGEST_SEED) {
      throw new IllegalArgumentException(
          "seed: " + seed + " is outside 0.." + LARGEST_SEED + ", the seeds that NumPy takes");
    }
    state[0] = (int) seed;
    for (int i = 1; i < STATE_SIZE; i++) {
      state[i] = 1812433253 * (state[i - 1] ^ (state[i - 1] >>> 30)) + i;
    }
  }

  /**
   * The next 32 bits of the sequence.
   *
   * @return 0 to 4294967295, each equally likely
   */
  public long nextUnsignedInt() {
    return Integer.toUnsignedLong(nextBits());
  }

  /**
   * NumPy's {@code random_sample()}. Takes 64 bits of the sequence.
   *
   * @return a multiple of 2<sup>-53</sup> in [0, 1)
   */
  public double nextDouble() {
    int high = nextBits() >>> 5;
    int low = nextBits() >>> 6;
    return (high * 67108864.0 + low) * 0x1p-53;
  }

  /**
   * NumPy's {@code uniform(low, high)}: {@code low + (high - low) * nextDouble()}. Takes 64 bits of
   * the sequence.
   *
   * @return a value from {@code low} to {@code high}; {@code high} itself only by rounding
   * @throws IllegalArgumentException if {@code high - low} is not finite
   */
  public double uniform(double low, double high) {
    double range = high - low;
    if (!Double.isFinite(range)) {
      throw new IllegalArgumentException(
          "uniform: the range from " + low + " to " + high + " is not finite");
    }
    return low + range * nextDouble();
  }

  /**
   * NumPy's {@code standard_normal()}, by the polar method (Marsaglia and Bray, SIAM Review 6(3),
   * 1964). Values are made in pairs: a call takes 128 bits of the sequence, more when a pair is
   * rejected, and keeps the second value for the next call, which then takes none. Other methods do
   * not disturb the value that is kept.
   *
   * <p>The value equals NumPy's unless this JVM's {@link Math#log} and NumPy's C library round the
   * logarithm differently, which is rare; then it differs by a few units in the last place. The
   * bits that are taken, and so the numbers that follow, are not affected.
   *
   * @return a value of mean 0 and variance 1
   */
  public double standardNormal() {
    if (hasSecondNormal) {
      hasSecondNormal = false;
      return secondNormal;
    }
    double first;
    double second;
    double radiusSquared;
    do {
      first = 2.0 * nextDouble() - 1.0;
      second = 2.0 * nextDouble() - 1.0;
      radiusSquared = first * first + second * second;
    } while (radiusSquared >= 1.0 || radiusSquared == 0.0);
    // Math.log, not StrictMath.log: its rounding is nearer to that of the C library below NumPy. Of
    // the 50500 features of a data set that scikit-learn made, 12 differ in their last bits with
    // it,
    // and 1497 with StrictMath. The square root is exact in both.
    double factor = Math.sqrt(-2.0 * Math.log(radiusSquared) / radiusSquared);
    secondNormal = factor * first;
    hasSecondNormal = true;
    return factor * second;
  }

  /** Fills the array by {@link #standardNormal()}, first element first. */
  public void standardNormal(double[] values) {
    for (int i = 0; i < values.length; i++) {
      values[i] = standardNormal();
    }
  }

  /**
   * NumPy's {@code randint(bound)}: masks 32 bits of the sequence to the smallest power of two that
   * holds the range, until the value is in it. Takes none when {@code bound} is 1.
   *
   * @param bound at least 1
   * @return 0 to {@code bound - 1}, each equally likely
   * @throws IllegalArgumentException if {@code bound} is below 1
   */
  public int randint(int bound) {
    if (bound < 1) {
      throw new IllegalArgumentException("randint: the bound is " + bound + ", want at least 1");
    }
    int largest = bound - 1;
    if (largest == 0) {
      return 0;
    }
    int mask = -1 >>> Integer.numberOfLeadingZeros(largest);
    int value;
    do {
      value = nextBits() & mask;
    } while (value > largest);
    return value;
  }

  /**
   * NumPy's {@code shuffle(values)}: the last element changes place with a random one at or before
   * it, then the one before the last, down to the second.
   */
  public void shuffle(int[] values) {
    for (int i = values.length - 1; i > 0; i--) {
      int j = randint(i + 1);
      int swapped = values[i];
      values[i] = values[j];
      values[j] = swapped;
    }
  }

  /**
   * NumPy's {@code shuffle(values)} for a two-dimensional array: as {@link #shuffle(int[])}, with
   * whole rows in the place of elements.
   *
   * @param values rows x columns, row-major
   * @param columns how many values a row has, at least 1
   * @throws IllegalArgumentException if the values are not whole rows
   */
  public void shuffleRows(double[] values, int columns) {
    if (columns < 1 || values.length % columns != 0) {
      throw new IllegalArgumentException(
          "shuffleRows: " + values.length + " values are not whole rows of " + columns);
    }
    double[] swapped = new double[columns];
    for (int i = values.length / columns - 1; i > 0; i--) {
      int j = randint(i + 1);
      System.arraycopy(values, i * columns, swapped, 0, columns);
      System.arraycopy(values, j * columns, values, i * columns, columns);
      System.arraycopy(swapped, 0, values, j * columns, columns);
    }
  }

  /**
   * NumPy's {@code permutation(size)}: the numbers 0, 1, … {@code size - 1}, shuffled.
   *
   * @param size 0 or more
   * @throws IllegalArgumentException if {@code size} is negative
   */
  public int[] permutation(int size) {
    if (size < 0) {
      throw new IllegalArgumentException("permutation: the size is " + size + ", want 0 or more");
    }
    int[] values = new int[size];
    for (int i = 0; i < size; i++) {
      values[i] = i;
    }
    shuffle(values);
    return values;
  }

  private int nextBits() {
    if (position == STATE_SIZE) {
      twist();
      position = 0;
    }
    int bits = state[position++];
    bits ^= bits >>> 11;
    bits ^= (bits << 7) & 0x9D2C_5680;
    bits ^= (bits << 15) & 0xEFC6_0000;
    return bits ^ (bits >>> 18);
  }

  private void twist() {
    for (int i = 0; i < STATE_SIZE; i++) {
      int bits = (state[i] & UPPER_BIT) | (state[(i + 1) % STATE_SIZE] & LOWER_BITS);
      int twisted = (bits >>> 1) ^ ((bits & 1) == 0 ? 0 : TWIST);
      state[i] = state[(i + SHIFT_SIZE) % STATE_SIZE] ^ twisted;
    }
  }
}
