package io.rowwise.backend.cuda.driver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class MemoryLimitTest {
  @AfterEach
  void clear() {
    System.clearProperty(MemoryLimit.PROPERTY);
  }

  @Test
  void withoutThePropertyItIsAllOfIt() {
    assertEquals(1000, MemoryLimit.of(1000));
  }

  @ParameterizedTest
  @CsvSource({
    "123, 123",
    "4k, 4096",
    "3m, 3145728",
    "2G, 2147483648",
    "80g, 4000000000",
    "9000000000g, 4000000000",
    "99999999999999999999, 4000000000"
  })
  void isASizeThatTheDeviceHas(String property, long bytes) {
    System.setProperty(MemoryLimit.PROPERTY, property);
    assertEquals(bytes, MemoryLimit.of(4_000_000_000L));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "0", "-1", "4gb", "lots", "1.5g"})
  void anythingElseIsAnError(String property) {
    System.setProperty(MemoryLimit.PROPERTY, property);
    String message =
        assertThrows(IllegalArgumentException.class, () -> MemoryLimit.of(1)).getMessage();
    assertTrue(
        message.startsWith("-Drowwise.cuda.memory=" + property + ": wanted a number of bytes"),
        message);
  }
}
