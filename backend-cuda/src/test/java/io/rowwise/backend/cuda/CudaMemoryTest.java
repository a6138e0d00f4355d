package io.rowwise.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rowwise.backend.Backend;
import io.rowwise.backend.Device;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.backend.OutOfDeviceMemoryException;
import io.rowwise.backend.cuda.driver.InterpretedGpu;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A device's memory, and matrices on it that nobody holds. */
@Timeout(120)
final class CudaMemoryTest {
  private static Backend backend(long bytes) {
    return new CudaBackend(
        new Device("cuda:0", "interpreter", bytes, Map.of()), new InterpretedGpu());
  }

  @Test
  void matricesThatNobodyHoldsAreFreedBeforeTheDevicesMemoryRunsOut() {
    try (Backend backend = backend(1 << 20)) {
      for (int i = 0; i < 100; i++) {
        backend.matrix(ElementType.FLOAT32, 128, 256);
        assertTrue(backend.openBytes() <= 1 << 20);
      }
    }
  }

  @Test
  void matricesThatAreHeldAreNot() {
    try (Backend backend = backend(1 << 20)) {
      List<Matrix> held = new ArrayList<>();
      OutOfDeviceMemoryException e =
          assertThrows(
              OutOfDeviceMemoryException.class,
              () -> {
                while (held.size() < 100) {
                  held.add(backend.matrix(ElementType.FLOAT32, 128, 256));
                }
              });
      assertTrue(e.getMessage().startsWith("cuda:0: a matrix of 131072 bytes "), e.getMessage());
      assertEquals(held.size(), backend.openMatrices());
      held.forEach(Matrix::close);
      assertEquals(0, backend.openBytes());
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOAT32", "FLOAT64"})
  void noSizeIsTooLargeForATypedError(ElementType type) {
    for (long memory : new long[] {1 << 20, Long.MAX_VALUE}) {
      try (Backend backend = backend(memory)) {
        assertEquals(
            Long.MAX_VALUE,
            assertThrows(
                    OutOfDeviceMemoryException.class,
                    () -> backend.matrix(type, Integer.MAX_VALUE, Integer.MAX_VALUE))
                .requestedBytes());
        assertEquals(0, backend.openMatrices());
      }
    }
  }
}
