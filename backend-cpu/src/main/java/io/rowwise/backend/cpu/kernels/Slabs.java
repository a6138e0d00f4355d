package io.rowwise.backend.cpu.kernels;

import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.backend.cpu.blas.Blas;
import io.rowwise.backend.cpu.parallel.Parts;
import io.rowwise.backend.cpu.rows.RowForm;

/**
 * How much each product of {@link LinearLogits} covers, and in which order its result lies. It
 * depends on the shapes alone.
 */
final class Slabs {
  // With so few features OpenBLAS is asked for the logits class by class, as ClassMajorRows wants
  // them; with more it is faster row by row, and putting them in order is little beside the
  // product.
  private static final int FEW_FEATURES = 32;

  // Up to so many multiply-adds OpenBLAS (interface/gemm.c, the SkylakeX kernels) takes a path that
  // does not rearrange the operands first, two to four times faster.
  private static final int SMALL_PRODUCT = 1_000_000;
  // Beyond this many weights that would be too few rows.
  private static final int LARGEST_SMALL_WEIGHTS = 1 << 15;
  private static final int ROWS_OF_A_LARGE_PRODUCT = 256;
  // Of fewer than these, rearranging the weights would take as long as the product.
  private static final int FEWEST_OF_A_LARGE_PRODUCT = 32;
  private static final int PIECES_OF_A_BATCH = 4;
  // Logits that stay in the cache until they are used.
  private static final int SLAB_ELEMENTS = 8192;
  private static final int FEWEST_ROWS = 16;

  // Without AVX-512 the two products of an objective of 784 features of float32 and 10 classes take
  // three quarters of the time by vectors, class after class (Zen 3); of float64 as long.
  private static final int MOST_VECTORS = 24;
  // Of x, so that it stays in the second cache from class to class.
  private static final int SLAB_BYTES = 200_000;

  // Nanoseconds of one thread, roughly.
  private static final double A_MULTIPLY_ADD = 0.02;
  private static final double A_POWER = 4;

  private Slabs() {}

  /** Whether the logits lie class by class. */
  static boolean areByClass(int features, int classes) {
    return RowForm.of(classes) == RowForm.CLASS_MAJOR && features <= FEW_FEATURES;
  }

  /** How many rows a product covers. */
  static int rows(int rows, int features, int classes) {
    long weights = (long) features * classes;
    int shared = Math.max(FEWEST_OF_A_LARGE_PRODUCT, Parts.count(rows, PIECES_OF_A_BATCH));
    int most = Math.min(ROWS_OF_A_LARGE_PRODUCT, shared);
    if (weights <= LARGEST_SMALL_WEIGHTS) {
      int forCache = Math.max(FEWEST_ROWS, SLAB_ELEMENTS / classes);
      most = (int) Math.min(forCache, SMALL_PRODUCT / Math.max(1, weights));
    }
    return Parts.evenly(rows, most);
  }

  /** Whether an objective's products are made of vectors. */
  static boolean areByVectors(ElementType type, int classes) {
    return type == ElementType.FLOAT32 && classes <= MOST_VECTORS && !Blas.library().usesAvx512();
  }

  /** How many rows they go through, class after class. */
  static int rowsByVectors(Matrix x) {
    int bytesOfARow = x.columns() * x.type().bytes();
    return Parts.evenly(x.rows(), Math.max(FEWEST_ROWS, SLAB_BYTES / bytesOfARow));
  }

  /** How many features a product for the weights covers. */
  static int features(int rows, int features, int classes) {
    long logits = (long) rows * classes;
    int most =
        logits <= LARGEST_SMALL_WEIGHTS
            ? (int) (SMALL_PRODUCT / Math.max(1, logits))
            : ROWS_OF_A_LARGE_PRODUCT;
    return Parts.evenly(features, most);
  }

  /** What one thread needs for the logits of rows and for their powers. */
  static double nanoseconds(int rows, int features, int classes) {
    return rows * (double) classes * (features * A_MULTIPLY_ADD + A_POWER);
  }

  /** What one thread needs for a product for the weights. */
  static double productNanoseconds(int rows, int features, int classes) {
    return (double) rows * classes * features * A_MULTIPLY_ADD;
  }
}
