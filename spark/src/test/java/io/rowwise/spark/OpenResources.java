package io.rowwise.spark;

/** What fits have not given back in this JVM; the door to it for tests of other packages. */
public final class OpenResources {
  private OpenResources() {}

  /** How many fits keep something here. */
  public static int leases() {
    return FitLease.openLeases();
  }

  /** How many bytes of matrices are open. */
  public static long bytes() {
    return ExecutorBackend.openBytes();
  }
}
