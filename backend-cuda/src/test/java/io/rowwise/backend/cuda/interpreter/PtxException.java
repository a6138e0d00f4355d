package io.rowwise.backend.cuda.interpreter;

/** PTX that is malformed, or that asks for what the interpreter does not implement. */
public final class PtxException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int line;

  PtxException(int line, String problem) {
    super("PTX line " + line + ": " + problem);
    this.line = line;
  }

  /** The line in the text, counted from 1. */
  public int line() {
    return line;
  }
}
