package io.rowwise.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rowwise.backend.Backend;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.OutOfDeviceMemoryException;
import io.rowwise.backend.cpu.memory.CpuStorage;
import io.rowwise.backend.cpu.memory.ScratchPool;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What of memory shows only at sizes that the contract does not have. */
final class CpuStorageTest {
  @ParameterizedTest
  @EnumSource
  void memoryIsZeroAndBeginsWithALineOfTheCaches(ElementType type) {
    // Of sizes that the C library takes from different places, used before where it can be.
    for (int elements : new int[] {1, 2, 3, 7, 100, 5000, 100_000, 1 << 20}) {
      for (int i = 0; i < 3; i++) {
        CpuStorage storage = CpuStorage.allocate(type, elements, new ScratchPool(1));
        try {
          double[] values = new double[elements];
          Arrays.fill(values, 1);
          storage.read(0, 1, elements, elements, values);
          assertArrayEquals(new double[elements], values);
          assertEquals(0, storage.address(0) % CpuStorage.ALIGNMENT);
          Arrays.fill(values, 2);
          storage.write(0, 1, elements, elements, values);
        } finally {
          storage.free();
        }
      }
    }
  }

  @Test
  void whatCannotBeAllocatedIsNull() {
    // Half of all that an address could say.
    assertNull(CpuStorage.allocate(ElementType.FLOAT64, 1L << 60, new ScratchPool(1)));
  }

  @Test
  void moreThanTheMachineHasIsRefused() {
    try (Backend backend = new CpuBackend(1)) {
      OutOfDeviceMemoryException e =
          assertThrows(
              OutOfDeviceMemoryException.class,
              () -> backend.matrix(ElementType.FLOAT64, Integer.MAX_VALUE, Integer.MAX_VALUE));
      assertTrue(e.requestedBytes() > e.availableBytes());
      assertEquals(backend.device().memoryBytes(), e.availableBytes());
      assertEquals(0, backend.openMatrices());
    }
  }
}
