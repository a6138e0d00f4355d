package io.rowwise.backend.cuda.interpreter;

/**
 * A variable or a kernel's parameter.
 *
 * @param offset where it starts in its space: the kernel's parameters, shared or local memory; 0
 *     for the variables of a module, which get their address when the module is first launched
 * @param initial the bytes that it starts with, or null
 */
record Variable(
    String name, StateSpace space, int alignment, long bytes, long offset, Bytes initial) {

  /** Bytes that a variable starts with. */
  static final class Bytes {
    private final byte[] content;

    Bytes(byte[] content) {
      this.content = content.clone();
    }

    byte[] content() {
      return content.clone();
    }
  }
}
