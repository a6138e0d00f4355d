package io.rowwise.backend.cuda.driver;

/**
 * What the compiler made of a source.
 *
 * <p>It is public because who makes it lives in another class loader; programs do not use it.
 *
 * @param ptx null if the source does not compile
 * @param problem in one line, why it does not; null if it does
 * @param log what the compiler wrote when it did not compile
 */
public record Compilation(String ptx, String problem, String log) {
  /** A source that compiles. */
  public static Compilation to(String ptx) {
    return new Compilation(ptx, null, "");
  }

  /** A source that does not. */
  public static Compilation failed(String problem, String log) {
    return new Compilation(null, problem, log);
  }
}
