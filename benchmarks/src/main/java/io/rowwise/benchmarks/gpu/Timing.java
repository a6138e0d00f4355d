package io.rowwise.benchmarks.gpu;

import java.util.Arrays;

/**
 * How long something takes, in microseconds.
 *
 * @param median of the samples
 * @param least of them
 * @param most of them
 */
record Timing(double median, double least, double most) {
  private static final int SAMPLES = 7;

  /**
   * Times it.
   *
   * @param work ends with a wait for the device
   * @param operations how many there are in one call
   * @param seconds about how long the samples take, all together; the warm-up takes a third more
   */
  static Timing of(Runnable work, int operations, double seconds) {
    long calls = 0;
    long start = System.nanoTime();
    double once;
    do {
      work.run();
      calls++;
      once = (System.nanoTime() - start) / 1e9 / calls;
    } while (calls < 2 || once * calls < seconds / 3);
    int repetitions = (int) Math.max(1, Math.round(seconds / SAMPLES / once));
    double[] samples = new double[SAMPLES];
    for (int i = 0; i < SAMPLES; i++) {
      long before = System.nanoTime();
      for (int j = 0; j < repetitions; j++) {
        work.run();
      }
      samples[i] = (System.nanoTime() - before) / 1e3 / repetitions / operations;
    }
    Arrays.sort(samples);
    return new Timing(samples[SAMPLES / 2], samples[0], samples[SAMPLES - 1]);
  }
}
