package io.rowwise.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.rowwise.backend.contract.ReferenceBackend;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class LeaksPropertyTest {
  @AfterEach
  void clear() {
    System.clearProperty(CheckedBackend.LEAKS_PROPERTY);
  }

  @ParameterizedTest
  @ValueSource(strings = {"trace", "report", " trace "})
  void knownValuesAreTaken(String value) {
    System.setProperty(CheckedBackend.LEAKS_PROPERTY, value);
    new ReferenceBackend().close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"yes", "true", "", "TRACE"})
  void anythingElseIsAnErrorAtOpening(String value) {
    System.setProperty(CheckedBackend.LEAKS_PROPERTY, value);
    assertEquals(
        "-Drowwise.leaks=" + value + ": choose report or trace",
        assertThrows(IllegalArgumentException.class, ReferenceBackend::new).getMessage());
  }
}
