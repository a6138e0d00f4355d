package io.rowwise.kernel;

import io.rowwise.backend.Backend;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;

/** The cross-entropy from primitives, a block of rows at a time, so that it needs little memory. */
final class ComposedCrossEntropy implements CrossEntropy {
  private static final int ELEMENTS_OF_A_BLOCK = 1 << 18;

  private final Backend backend;
  private final int elementsOfABlock;
  private final LogSoftmax logSoftmax;
  private final TargetRows targetRows;
  private final Scratch logarithms;
  private final Scratch bounds;
  private final Scratch wanted;
  private final Scratch lost;
  private final Scratch perRow;

  ComposedCrossEntropy(Backend backend) {
    this(backend, ELEMENTS_OF_A_BLOCK);
  }

  ComposedCrossEntropy(Backend backend, int elementsOfABlock) {
    this.backend = backend;
    this.elementsOfABlock = elementsOfABlock;
    this.logSoftmax = backend.kernel(LogSoftmax.TYPE);
    this.targetRows = new TargetRows(backend);
    this.logarithms = new Scratch(backend);
    this.bounds = new Scratch(backend);
    this.wanted = new Scratch(backend);
    this.lost = new Scratch(backend);
    this.perRow = new Scratch(backend);
  }

  @Override
  public void apply(Matrix logits, Targets targets, Matrix loss) {
    Matrix shares = targets.countEachRowOnce() ? null : targetRows.shares(targets);
    Matrix column = perRow.get(logits.type(), logits.rows(), 1);
    int rows = Math.max(1, elementsOfABlock / logits.columns());
    for (long from = 0; from < logits.rows(); from += rows) {
      int first = (int) from;
      int last = (int) Math.min(logits.rows(), from + rows);
      Matrix wanted =
          targetRows.of(
              targets.rows(first, last),
              logits.columns(),
              shares == null ? null : shares.rows(first, last));
      sumTerms(logits.rows(first, last), wanted, column.rows(first, last));
    }
    backend.columnSum(column, loss);
    backend.divide(loss, -logits.rows(), loss);
  }

  /** The sum of {@code y * ln p} of each row. */
  private void sumTerms(Matrix logits, Matrix targets, Matrix sums) {
    ElementType type = logits.type();
    Matrix logarithm = logarithms.get(type, logits.rows(), logits.columns());
    logSoftmax.apply(logits, logarithm);
    Matrix isLost = lost.get(type, logits.rows(), logits.columns());
    backend.equal(logarithm, Double.NEGATIVE_INFINITY, isLost);
    raiseToFinite(logarithm);
    Matrix isWanted = wanted.get(type, logits.rows(), logits.columns());
    backend.equal(targets, 0, isWanted);
    backend.multiply(isWanted, -1, isWanted);
    backend.add(isWanted, 1, isWanted);
    // ln(1 - wanted * lost): -inf where both hold, else 0.
    backend.multiply(isLost, isWanted, isLost);
    backend.multiply(isLost, -1, isLost);
    backend.add(isLost, 1, isLost);
    backend.log(isLost, isLost);
    backend.add(logarithm, isLost, logarithm);
    backend.multiply(targets, logarithm, logarithm);
    backend.rowSum(logarithm, sums);
  }

  /** Replaces -inf by the lowest number, as 0 times that is 0. */
  private void raiseToFinite(Matrix logarithm) {
    double lowest = logarithm.type() == ElementType.FLOAT32 ? -Float.MAX_VALUE : -Double.MAX_VALUE;
    int elements = logarithm.rows() * logarithm.columns();
    Matrix column = logarithm.reshape(elements, 1);
    Matrix pairs = bounds.get(logarithm.type(), elements, 2);
    backend.copy(column, pairs.columns(0, 1));
    backend.fill(lowest, pairs.columns(1, 2));
    backend.rowMax(pairs, column);
  }

  @Override
  public void close() {
    logSoftmax.close();
    targetRows.close();
    logarithms.close();
    bounds.close();
    wanted.close();
    lost.close();
    perRow.close();
  }
}
