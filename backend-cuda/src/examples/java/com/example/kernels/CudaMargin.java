package com.example.kernels;

import io.rowwise.backend.Matrix;
import io.rowwise.backend.cuda.CudaModule;

/** A thread for each row. */
final class CudaMargin implements Margin {
  private static final int THREADS = 128;

  private final CudaModule module;

  /**
   * @param module {@code margin.cu}; belongs to the caller
   */
  CudaMargin(CudaModule module) {
    this.module = module;
  }

  @Override
  public void apply(Matrix probabilities, Matrix margin) {
    module
        .function("margin_" + probabilities.type())
        .blocks((probabilities.rows() - 1) / THREADS + 1)
        .threads(THREADS)
        .reads(probabilities)
        .int64(probabilities.leadingDimension())
        .writes(margin)
        .int64(margin.leadingDimension())
        .int32(probabilities.rows())
        .int32(probabilities.columns())
        .launch();
  }
}
