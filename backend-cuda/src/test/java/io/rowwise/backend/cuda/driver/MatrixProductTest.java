package io.rowwise.backend.cuda.driver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.rowwise.backend.ElementType;
import io.rowwise.backend.Transpose;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class MatrixProductTest {
  private static MatrixProduct product(ElementType factors, ElementType type) {
    return new MatrixProduct(
        factors, type, 1, 1, 1, 64, Transpose.NO, 1, 128, Transpose.NO, 1, 256, 1);
  }

  @ParameterizedTest
  @EnumSource(ElementType.class)
  void theResultIsOfWhatTheFactorsAreComputedIn(ElementType factors) {
    assertEquals(factors.computedIn(), product(factors, factors.computedIn()).type());
  }

  @ParameterizedTest
  @CsvSource({
    "BFLOAT16, BFLOAT16, a product of bfloat16 with a result of bfloat16; wanted one of float32",
    "FLOAT16, FLOAT64, a product of float16 with a result of float64; wanted one of float32",
    "FLOAT64, FLOAT32, a product of float64 with a result of float32; wanted one of float64",
    "FLOAT32, FLOAT16, a product of float32 with a result of float16; wanted one of float32"
  })
  void noOtherIs(ElementType factors, ElementType type, String message) {
    assertEquals(
        message,
        assertThrows(IllegalArgumentException.class, () -> product(factors, type)).getMessage());
  }
}
