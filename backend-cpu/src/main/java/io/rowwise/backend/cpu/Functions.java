package io.rowwise.backend.cpu;

/**
 * Functions of two operands, element by element.
 *
 * @param <F> how one is computed
 */
interface Functions<F> {
  /** One of the functions below. */
  interface Operation {
    <F> F of(Functions<F> functions);
  }

  default F add() {
    return addScaled(1);
  }

  default F subtract() {
    return addScaled(-1);
  }

  /** {@code a + scale * b}, rounded once. */
  F addScaled(double scale);

  F multiply();

  F divide();

  /** 1 where the elements are equal, else 0. */
  F equal();
}
