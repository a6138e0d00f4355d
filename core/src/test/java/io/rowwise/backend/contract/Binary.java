package io.rowwise.backend.contract;

import io.rowwise.backend.Backend;
import io.rowwise.backend.Matrix;
import java.util.function.DoubleBinaryOperator;

/** The element-wise operations of two operands, and what they mean. */
@SuppressWarnings("ImmutableEnumChecker") // The functions have no state.
enum Binary {
  ADD(Backend::add, Backend::add, (a, b) -> a + b),
  SUBTRACT(Backend::subtract, Backend::subtract, (a, b) -> a - b),
  MULTIPLY(Backend::multiply, Backend::multiply, (a, b) -> a * b),
  DIVIDE(Backend::divide, Backend::divide, (a, b) -> a / b),
  EQUAL(Backend::equal, Backend::equal, (a, b) -> a == b ? 1 : 0);

  interface OfMatrices {
    void apply(Backend backend, Matrix a, Matrix b, Matrix out);
  }

  interface OfScalar {
    void apply(Backend backend, Matrix a, double b, Matrix out);
  }

  private final OfMatrices ofMatrices;
  private final OfScalar ofScalar;
  private final DoubleBinaryOperator meaning;

  Binary(OfMatrices ofMatrices, OfScalar ofScalar, DoubleBinaryOperator meaning) {
    this.ofMatrices = ofMatrices;
    this.ofScalar = ofScalar;
    this.meaning = meaning;
  }

  void apply(Backend backend, Matrix a, Matrix b, Matrix out) {
    ofMatrices.apply(backend, a, b, out);
  }

  void apply(Backend backend, Matrix a, double b, Matrix out) {
    ofScalar.apply(backend, a, b, out);
  }

  /**
   * The result for one pair. Rounded to float it is also the float operation's, since a double has
   * more than twice a float's digits and two to spare.
   */
  double of(double a, double b) {
    return meaning.applyAsDouble(a, b);
  }
}
