package io.rowwise.benchmarks.contender;

import java.util.function.Supplier;

/**
 * Work whose memory the garbage collector gives back.
 *
 * @param running does it
 * @param out what came out, as {@link Work#result} gives it
 */
record HeapWork(Runnable running, Supplier<double[]> out) implements Work {
  @Override
  public void run() {
    running.run();
  }

  @Override
  public double[] result() {
    return out.get();
  }

  @Override
  public void close() {
    // The garbage collector does.
  }
}
