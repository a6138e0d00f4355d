package io.rowwise.backend.cuda.ptx;

/**
 * A PTX text is not as PTX is written, or has what its reader does not know; the message begins
 * with the line.
 *
 * <p>Public for the packages beside this one; programs do not use it.
 */
public final class PtxException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int line;

  /**
   * @param line where in the text, counted from 1
   * @param problem in one line
   */
  public PtxException(int line, String problem) {
    super("line " + line + ": " + problem);
    this.line = line;
  }

  /** The line in the text, counted from 1. */
  public int line() {
    return line;
  }
}
