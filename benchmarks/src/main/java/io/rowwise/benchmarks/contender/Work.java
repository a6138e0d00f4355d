package io.rowwise.benchmarks.contender;

/** Something to be timed, with everything that it needs in place. For one thread at a time. */
public interface Work extends AutoCloseable {
  /** Does it, and waits until it is done. */
  void run();

  /**
   * What came out, on the host, row-major; for training, the weights (features x classes) and then
   * the bias. It is what the first {@link #run} starts from if there was none.
   */
  double[] result();

  @Override
  void close();
}
