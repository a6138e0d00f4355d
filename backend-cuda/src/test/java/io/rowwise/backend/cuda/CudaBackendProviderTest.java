package io.rowwise.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rowwise.backend.BackendProvider;
import io.rowwise.backend.BackendUnavailableException;
import io.rowwise.backend.Backends;
import java.util.List;
import java.util.OptionalInt;
import java.util.ServiceLoader;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CudaBackendProviderTest {
  private final BackendProvider provider = new CudaBackendProvider();

  @AfterEach
  void clearSwitch() {
    System.clearProperty(CudaBackendProvider.SWITCH_PROPERTY);
  }

  @Test
  void isFoundByCore() {
    assertTrue(
        ServiceLoader.load(BackendProvider.class).stream()
            .anyMatch(found -> found.type().equals(CudaBackendProvider.class)));
  }

  @Test
  void comesBeforeTheCpu() {
    assertEquals("cuda", provider.name());
    assertEquals(100, provider.priority());
  }

  @Test
  void canBeSwitchedOff() {
    System.setProperty(CudaBackendProvider.SWITCH_PROPERTY, "off");

    BackendUnavailableException thrown =
        assertThrows(BackendUnavailableException.class, () -> provider.open(OptionalInt.empty()));

    assertEquals("switched off by -Drowwise.cuda=off", thrown.getMessage());
    assertEquals(
        thrown.getMessage(),
        assertThrows(BackendUnavailableException.class, provider::devices).getMessage());
  }

  /** Without looking for a driver, so that a slip is told on every machine. */
  @Test
  void whatNoGpuIsCalledIsNotKnown() {
    System.setProperty(CudaBackendProvider.SWITCH_PROPERTY, "off");

    assertEquals(OptionalInt.empty(), provider.number("x"));
    assertThrows(IllegalArgumentException.class, () -> Backends.choose("cuda:x", true));
    assertEquals(
        "switched off by -Drowwise.cuda=off",
        assertThrows(BackendUnavailableException.class, () -> provider.number("GPU-5dd3"))
            .getMessage());
  }

  @Test
  void namesAnUnknownPositionOfTheSwitch() {
    System.setProperty(CudaBackendProvider.SWITCH_PROPERTY, "false");

    IllegalArgumentException thrown =
        assertThrows(IllegalArgumentException.class, () -> provider.open(OptionalInt.empty()));

    assertEquals("-Drowwise.cuda=false: choose on or off", thrown.getMessage());
  }

  @Test
  void looksForNoLibraryWhenItIsSwitchedOff() {
    System.setProperty(CudaBackendProvider.SWITCH_PROPERTY, "off");

    assertEquals(List.of(), provider.libraries());
  }

  @Test
  void tellsALineForEachLibrary() {
    List<String> libraries = provider.libraries();

    if (!libraries.isEmpty()) {
      assertEquals(3, libraries.size(), libraries::toString);
      assertTrue(libraries.get(0).contains("NVIDIA driver"), libraries::toString);
      assertTrue(libraries.get(1).startsWith("cuBLAS"), libraries::toString);
      assertTrue(libraries.get(2).startsWith("NVRTC"), libraries::toString);
    }
  }

  @Test
  void saysTheSameEachTime() {
    BackendUnavailableException first =
        assertThrows(BackendUnavailableException.class, () -> provider.open(OptionalInt.empty()));
    BackendUnavailableException second =
        assertThrows(
            BackendUnavailableException.class,
            () -> new CudaBackendProvider().open(OptionalInt.empty()));

    assertEquals(first.getMessage(), second.getMessage());
    assertEquals(1, first.getMessage().lines().count(), first.getMessage());
  }

  @Test
  void isNotUsableWithoutFallback() {
    BackendUnavailableException reason =
        assertThrows(BackendUnavailableException.class, () -> provider.open(OptionalInt.empty()));

    BackendUnavailableException thrown =
        assertThrows(BackendUnavailableException.class, () -> Backends.choose("cuda", false));

    assertEquals("cuda is not usable: " + reason.getMessage(), thrown.getMessage());
  }
}
