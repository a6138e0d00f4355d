package io.rowwise.backend.cuda.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BinariesTest {
  @ParameterizedTest
  @CsvSource({
    "70, ",
    "75, SM_75",
    "80, SM_80",
    "86, SM_80",
    "89, SM_80",
    "90, SM_90",
    "100, SM_100",
    "103, SM_100",
    "110, ",
    "120, SM_120",
    "121, SM_120",
    "130, ",
  })
  void runOnDevicesOfTheirGenerationThatAreAsNewAsThey(int computeCapability, Binaries expected) {
    assertEquals(Optional.ofNullable(expected), Binaries.runningOn(computeCapability));
  }
}
