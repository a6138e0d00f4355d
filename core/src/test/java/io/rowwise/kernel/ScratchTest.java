package io.rowwise.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rowwise.backend.Backend;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.backend.contract.ReferenceBackend;
import org.junit.jupiter.api.Test;

final class ScratchTest {
  @Test
  void memoryIsKeptWhileItIsLargeEnoughAndOfTheSameKind() {
    try (Backend backend = new ReferenceBackend();
        Scratch scratch = new Scratch(backend)) {
      assertEquals(0, backend.openMatrices());
      Matrix first = scratch.get(ElementType.FLOAT64, 5, 3);
      assertEquals("float64 5x3", first.toString());
      assertSame(first, scratch.get(ElementType.FLOAT64, 5, 3));
      Matrix fewer = scratch.get(ElementType.FLOAT64, 2, 3);
      assertEquals("float64 2x3", fewer.toString());
      assertFalse(first.isClosed());
      assertEquals("float64 6x3", scratch.get(ElementType.FLOAT64, 6, 3).toString());
      assertTrue(first.isClosed());
      assertEquals("float64 5x2", scratch.get(ElementType.FLOAT64, 5, 2).toString());
      assertEquals("float32 5x2", scratch.get(ElementType.FLOAT32, 5, 2).toString());
      assertEquals(1, backend.openMatrices());
    }
  }

  @Test
  void closingFreesTheMemoryAndMoreCanBeTaken() {
    try (Backend backend = new ReferenceBackend()) {
      Scratch scratch = new Scratch(backend);
      scratch.get(ElementType.FLOAT64, 5, 3);
      scratch.close();
      scratch.close();
      assertEquals(0, backend.openMatrices());
      assertEquals("float64 1x1", scratch.get(ElementType.FLOAT64, 1, 1).toString());
      scratch.close();
      assertEquals(0, backend.openMatrices());
    }
  }
}
