package io.rowwise.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rowwise.backend.Backend;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.backend.OutOfDeviceMemoryException;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What of memory shows only at sizes that the contract does not have. */
final class CpuStorageTest {
  @Test
  void aRowMayCrossFromOneBufferIntoTheNext() {
    int columns = 1000;
    int crossing = CpuStorage.WINDOW / columns;
    assertTrue(CpuStorage.WINDOW % columns != 0);
    try (Backend backend = new CpuBackend(1);
        // Half a gigabyte, the least that takes two buffers.
        Matrix matrix = backend.matrix(ElementType.FLOAT32, crossing + 2, columns)) {
      Matrix row = matrix.rows(crossing, crossing + 1);
      double[] values = new double[columns];
      for (int i = 0; i < columns; i++) {
        values[i] = i + 1;
      }
      row.write(values);
      assertArrayEquals(values, row.toDoubles());
      assertArrayEquals(new double[columns], matrix.rows(crossing - 1, crossing).toDoubles());
      assertArrayEquals(new double[columns], matrix.rows(crossing + 1, crossing + 2).toDoubles());
      // The native view of the same memory.
      try (Matrix ones = backend.matrix(ElementType.FLOAT32, columns, 1);
          Matrix sum = backend.matrix(ElementType.FLOAT32, 1, 1)) {
        backend.fill(1, ones);
        backend.matmul(row, ones, sum);
        assertEquals(columns * (columns + 1) / 2.0, sum.toDoubles()[0]);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void memoryIsZeroAndBeginsWithALineOfTheCaches(ElementType type) {
    // Of sizes that the C library takes from different places, used before where it can be.
    for (int elements : new int[] {1, 2, 3, 7, 100, 5000, 100_000, 1 << 20}) {
      for (int i = 0; i < 3; i++) {
        CpuStorage storage = CpuStorage.allocate(type, elements);
        try {
          double[] values = new double[elements];
          Arrays.fill(values, 1);
          storage.read(0, 1, elements, elements, values);
          assertArrayEquals(new double[elements], values);
          assertEquals(0, storage.address(0) % CpuStorage.ALIGNMENT);
          assertEquals(storage.address(0), storage.before(0) + NativeLoops.before(type));
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
    assertNull(CpuStorage.allocate(ElementType.FLOAT64, 1L << 60));
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
