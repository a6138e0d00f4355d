package io.rowwise.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

final class ElementTypeTest {
  @Test
  void namesAreThoseOfNumPyAndReadBack() {
    assertEquals("float32", ElementType.FLOAT32.toString());
    assertEquals("float64", ElementType.FLOAT64.toString());
    for (ElementType type : ElementType.values()) {
      assertSame(type, ElementType.of(type.toString()));
    }
    assertEquals(4, ElementType.FLOAT32.bytes());
    assertEquals(8, ElementType.FLOAT64.bytes());
  }

  @Test
  void anUnknownNameIsAnErrorThatListsTheNames() {
    assertEquals(
        "element type 'double' is not known: choose float32 or float64",
        assertThrows(IllegalArgumentException.class, () -> ElementType.of("double")).getMessage());
  }
}
