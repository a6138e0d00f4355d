package io.rowwise.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

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
    assertEquals("bfloat16", ElementType.BFLOAT16.toString());
    assertEquals("float16", ElementType.FLOAT16.toString());
    assertEquals(2, ElementType.BFLOAT16.bytes());
    assertEquals(2, ElementType.FLOAT16.bytes());
  }

  @Test
  void onlyTheTypesOf16BitsAreComputedInAnother() {
    for (ElementType type : ElementType.arithmetic()) {
      assertSame(type, type.computedIn());
      assertThrows(IllegalStateException.class, () -> type.ofBits((short) 0));
      assertThrows(IllegalStateException.class, () -> type.bits(1f));
      assertThrows(IllegalStateException.class, () -> type.bits(1.0));
    }
    assertSame(ElementType.FLOAT32, ElementType.BFLOAT16.computedIn());
    assertSame(ElementType.FLOAT32, ElementType.FLOAT16.computedIn());
  }

  @Test
  void numbersAreRoundedToTheNearestOfTheType() {
    assertEquals(0.1f, ElementType.FLOAT32.rounded(0.1));
    assertEquals(0.1, ElementType.FLOAT64.rounded(0.1));
    assertEquals(0.10009765625, ElementType.BFLOAT16.rounded(0.1));
    assertEquals(0.0999755859375, ElementType.FLOAT16.rounded(0.1));
    assertTrue(ElementType.FLOAT16.isFinite(65519.9));
    assertFalse(ElementType.FLOAT16.isFinite(65520));
    assertTrue(ElementType.BFLOAT16.isFinite(0x1.fep127));
    assertFalse(ElementType.BFLOAT16.isFinite(0x1.ffp127));
    assertFalse(ElementType.FLOAT32.isFinite(1e39));
    assertTrue(ElementType.FLOAT64.isFinite(1e39));
  }

  @Test
  void anUnknownNameIsAnErrorThatListsTheNames() {
    assertEquals(
        "element type 'double' is not known: choose float32 or float64 or bfloat16 or float16",
        assertThrows(IllegalArgumentException.class, () -> ElementType.of("double")).getMessage());
  }

  @Test
  void whatIsComputedInHasMoreThan16Bits() {
    assertSame(ElementType.FLOAT32, ElementType.ofArithmetic("float32"));
    assertEquals(
        "element type 'float16' is not one to compute in: choose float32 or float64",
        assertThrows(IllegalArgumentException.class, () -> ElementType.ofArithmetic("float16"))
            .getMessage());
  }
}
