package com.example.kernels;

import io.rowwise.backend.Matrix;
import io.rowwise.backend.cuda.CudaModule;
import io.rowwise.kernel.Softmax;

/** A warp for each row. */
final class CudaOnlineSoftmax implements Softmax {
  private final CudaModule module;

  /**
   * @param module {@code online_softmax.ptx}; belongs to the caller
   */
  CudaOnlineSoftmax(CudaModule module) {
    this.module = module;
  }

  @Override
  public void apply(Matrix logits, Matrix probabilities) {
    module
        .function("online_softmax_" + logits.type())
        .blocks(logits.rows())
        .threads(32)
        .reads(logits)
        .int64(logits.leadingDimension())
        .writes(probabilities)
        .int64(probabilities.leadingDimension())
        .int32(logits.columns())
        .launch();
  }
}
