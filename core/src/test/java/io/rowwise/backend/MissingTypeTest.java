package io.rowwise.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A backend that has no matrices of a type says so before it takes any memory. */
final class MissingTypeTest {
  @Test
  void whatIsMissingIsRefusedByName() {
    List<String> events = new ArrayList<>();
    try (IdleBackend backend = new IdleBackend(Long.MAX_VALUE, events)) {
      assertFalse(backend.has(ElementType.FLOAT16));
      assertTrue(backend.has(ElementType.BFLOAT16));
      assertTrue(backend.has(ElementType.FLOAT32));
      ByteBuffer memory = ByteBuffer.allocateDirect(8).order(ByteOrder.nativeOrder());
      assertEquals(
          "matrix: float16 is not there on idle; use float32",
          assertThrows(
                  IllegalArgumentException.class, () -> backend.matrix(ElementType.FLOAT16, 2, 2))
              .getMessage());
      assertEquals(
          "view: float16 is not there on idle; use float32",
          assertThrows(
                  IllegalArgumentException.class,
                  () -> backend.view(ElementType.FLOAT16, 2, 2, memory))
              .getMessage());
      assertEquals(List.of(), events);
      assertEquals(0, backend.openBytes());
      backend.matrix(ElementType.BFLOAT16, 2, 2).close();
    }
  }
}
