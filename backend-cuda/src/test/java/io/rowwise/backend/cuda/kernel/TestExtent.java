package io.rowwise.backend.cuda.kernel;

/** How much is tested of what takes long: some in every build, all of it with {@code -Pwhole}. */
public final class TestExtent {
  /** Whether all of it is. */
  public static final boolean IS_WHOLE = "all".equals(System.getProperty("tests.kernels"));

  private TestExtent() {}
}
