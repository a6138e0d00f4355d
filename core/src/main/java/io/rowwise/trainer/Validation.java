package io.rowwise.trainer;

import io.rowwise.backend.Arguments;
import io.rowwise.backend.Matrix;
import io.rowwise.kernel.Targets;
import java.util.Objects;

/**
 * Rows that are kept aside, to see how good parameters are that were not found by them. The
 * matrices are on the backend of the objective, and stay the caller's.
 *
 * @param x m x features, m at least 1
 * @param targets of m rows
 */
public record Validation(Matrix x, Targets targets) {
  /**
   * Checks that there are rows.
   *
   * @throws IllegalArgumentException if there are none
   */
  public Validation {
    Objects.requireNonNull(targets, "targets");
    Arguments.requireSome("validation", "x", "rows", x.rows());
  }
}
