package io.rowwise.backend.cuda.kernel;

import static io.rowwise.backend.cuda.kernel.Geometry.WARP;
import static io.rowwise.backend.cuda.kernel.Geometry.ceilDiv;

import java.util.List;

/**
 * Launches of products of sparse rows and a matrix. All have at least one row and one column, and
 * the sparse rows a value.
 */
public final class SparseProductPlan {
  private static final int GROUP_THREADS = 256;
  private static final int BLOCK_THREADS = 128;

  private SparseProductPlan() {}

  /** For rows of about as many values each, of which some lanes of a warp have one. */
  public static List<Launch> apply(DeviceSparseRows x, DeviceMatrix right, DeviceMatrix product) {
    int lanes = lanes(product);
    KernelArguments arguments =
        arguments(x, right, product)
            .int32(x.rows())
            .int32(product.columns())
            .int32(Geometry.bits(lanes));
    int blocks = (int) ceilDiv(x.rows(), GROUP_THREADS / lanes);
    return List.of(
        CudaKernel.of(Operation.SPARSE_PRODUCT, Algorithm.GROUP, x.type())
            .launch(blocks, GROUP_THREADS, 0, arguments));
  }

  /**
   * For rows of which some may have very many values, such as those that were columns before: a
   * block has one.
   */
  public static List<Launch> applyToUneven(
      DeviceSparseRows x, DeviceMatrix right, DeviceMatrix product) {
    KernelArguments arguments =
        arguments(x, right, product).int32(product.columns()).int32(Geometry.bits(lanes(product)));
    return List.of(
        CudaKernel.of(Operation.SPARSE_PRODUCT, Algorithm.BLOCK, x.type())
            .launch(x.rows(), BLOCK_THREADS, 0, arguments));
  }

  private static int lanes(DeviceMatrix product) {
    return Geometry.powerOfTwo(product.columns(), 1, WARP);
  }

  private static KernelArguments arguments(
      DeviceSparseRows x, DeviceMatrix right, DeviceMatrix product) {
    return new KernelArguments()
        .pointer(x.starts())
        .pointer(x.columns())
        .pointer(x.values())
        .matrix(right)
        .matrix(product);
  }
}
