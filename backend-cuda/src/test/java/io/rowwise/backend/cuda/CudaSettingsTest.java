package io.rowwise.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rowwise.backend.Backends;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Unknown values are errors on a machine without a GPU as well, and whatever may be fallen back to.
 */
final class CudaSettingsTest {
  private final CudaBackendProvider provider = new CudaBackendProvider();

  @AfterEach
  void clear() {
    provider.properties().forEach(System::clearProperty);
  }

  @ParameterizedTest
  @CsvSource({
    "rowwise.cuda, yes, choose on or off",
    "rowwise.cuda.tf32, true, choose on or off",
    "rowwise.cuda.memory, 4gb, 'wanted a number of bytes, more than 0, such as 4000000000, 4000m or"
        + " 4g'"
  })
  void anUnknownValueIsAnErrorThatNamesItsProperty(String property, String value, String wanted) {
    System.setProperty(property, value);
    for (String requested : List.of("cuda", "cuda:0", "auto")) {
      IllegalArgumentException e =
          assertThrows(
              IllegalArgumentException.class, () -> Backends.choose(requested, true).backend());
      assertEquals("-D" + property + "=" + value + ": " + wanted, e.getMessage());
    }
    String description = Backends.describe();
    assertTrue(
        description.contains("cuda is not usable: -D" + property + "=" + value + ": "),
        description);
  }

  @Test
  void allPropertiesAreNamed() {
    assertEquals(
        List.of(
            "rowwise.cuda", "rowwise.cuda.tf32", "rowwise.cuda.memory", "rowwise.cuda.libraries"),
        provider.properties());
  }
}
