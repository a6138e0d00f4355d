package io.rowwise.backend.cpu;

import io.rowwise.backend.ElementType;

/** The softmax by {@link RowBlock}, which takes every logit there is. */
final class ExactSoftmax extends RowSoftmax {
  private final RowBlock block;

  /**
   * @param loops or null
   */
  ExactSoftmax(ElementType type, int classes, NativeLoops loops) {
    super(type, classes);
    this.block = RowBlock.inDouble(classes, loops);
  }

  @Override
  int capacity() {
    return block.capacity();
  }

  @Override
  void apply(
      CpuStorage from,
      long position,
      long leadingDimension,
      int rows,
      double[] bias,
      CpuStorage to,
      long toPosition,
      long toLeadingDimension) {
    block.load(from, position, leadingDimension, rows);
    if (bias != null) {
      block.takeBias(bias);
      block.addBias();
    }
    block.normalize();
    block.toProbabilities();
    block.store(to, toPosition, toLeadingDimension);
  }
}
