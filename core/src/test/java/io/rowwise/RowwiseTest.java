package io.rowwise;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

final class RowwiseTest {
  @Test
  void describesTheProgramItIsIn() {
    String first = Rowwise.describe().lines().findFirst().orElseThrow();
    assertTrue(
        first.matches("Rowwise .+ on Java .+ \\(.+\\), .+, \\d+ processors, \\d+ MiB of heap.*"),
        first);
  }
}
