package io.rowwise.backend.cuda.kernel;

import io.rowwise.backend.ElementType;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** One kernel of the PTX that ships: what it computes, how, and on which rows and elements. */
public record CudaKernel(
    Operation operation, Algorithm algorithm, Layout layout, ElementType type) {
  /**
   * The compute capability, {@code 10 * major + minor}, of the oldest devices that take all of
   * them. Older ones do not take those that compute with elements of 16 bits, nor {@link
   * Algorithm#PREFETCHED}: these are in PTX files of their own.
   */
  public static final int AMPERE = 80;

  /**
   * @throws IllegalArgumentException if the operation is not done by that algorithm, or not on such
   *     rows or elements
   */
  public CudaKernel {
    if (!operation.algorithms().contains(algorithm)) {
      throw new IllegalArgumentException(
          "there is no kernel for %s by algorithm %s: it is done by %s"
              .formatted(operation, algorithm, operation.algorithms()));
    }
    if (!operation.layouts().contains(layout)) {
      throw new IllegalArgumentException(
          "there is no kernel for %s on rows of %s: there is one for %s"
              .formatted(operation, layout, operation.layouts()));
    }
    if (!isFor(algorithm, layout, type)) {
      throw new IllegalArgumentException(
          "there is no kernel by algorithm %s for %s of %s".formatted(algorithm, layout, type));
    }
  }

  private static boolean isFor(Algorithm algorithm, Layout layout, ElementType type) {
    return algorithm != Algorithm.PREFETCHED || (layout == Layout.PACKS && !type.isHalf());
  }

  /** Whether an operation has a kernel by {@link Algorithm#PREFETCHED} for such rows. */
  static boolean isPrefetched(Operation operation, Layout layout, ElementType type) {
    return operation.algorithms().contains(Algorithm.PREFETCHED)
        && isFor(Algorithm.PREFETCHED, layout, type);
  }

  /** All of them; the PTX has no others. */
  public static List<CudaKernel> all() {
    List<CudaKernel> all = new ArrayList<>();
    for (Operation operation : Operation.values()) {
      for (Algorithm algorithm : operation.algorithms()) {
        for (Layout layout : operation.layouts()) {
          for (ElementType type : operation.types()) {
            if (isFor(algorithm, layout, type)) {
              all.add(new CudaKernel(operation, algorithm, layout, type));
            }
          }
        }
      }
    }
    return List.copyOf(all);
  }

  static CudaKernel only(Operation operation, ElementType type) {
    return of(operation, Algorithm.ONLY, type);
  }

  /** One that looks for itself how rows lie. */
  static CudaKernel of(Operation operation, Algorithm algorithm, ElementType type) {
    return new CudaKernel(operation, algorithm, Layout.ANY, type);
  }

  /** Its name in the PTX: {@code softmax_warp_packs_f32}. */
  public String name() {
    String suffix =
        switch (type) {
          case FLOAT32 -> "_f32";
          case FLOAT64 -> "_f64";
          case BFLOAT16 -> "_bf16";
          case FLOAT16 -> "_f16";
        };
    return operation.name().toLowerCase(Locale.ROOT)
        + algorithm.suffix()
        + layout.suffix()
        + suffix;
  }

  /** The PTX file with it, without {@code .ptx}. */
  public String module() {
    return isOfAmpere() ? operation.module() + "_ampere" : operation.module();
  }

  /** Whether devices older than {@link #AMPERE} do not take it. */
  private boolean isOfAmpere() {
    return algorithm == Algorithm.PREFETCHED
        || (type.isHalf() && operation.layouts().contains(Layout.PACKS));
  }

  Launch launch(int gridX, int blockX, int sharedBytes, KernelArguments arguments) {
    return new Launch(module(), name(), gridX, blockX, sharedBytes, arguments, false);
  }
}
