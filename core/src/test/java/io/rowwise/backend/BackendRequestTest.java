package io.rowwise.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Who is listened to: the program, then {@code rowwise.backend}, then {@code backend}. */
final class BackendRequestTest {
  private static final String ALSO =
      "; N is a number, or a GPU's UUID or PCI id; the class Predictor also takes cuda:all and"
          + " cuda:0,2";

  @BeforeEach
  @AfterEach
  void clear() {
    for (String property :
        List.of("backend", "backend.fallback", "rowwise.backend", "rowwise.backend.fallback")) {
      System.clearProperty(property);
    }
  }

  private static String error(BackendRequest request) {
    return assertThrows(IllegalArgumentException.class, () -> Backends.choose(request, List.of()))
        .getMessage();
  }

  @Test
  void nobodyAsksForTheBest() {
    assertEquals(new BackendRequest("auto", true, Optional.empty()), BackendRequest.ofProperties());
  }

  @Test
  void ourOwnPropertiesComeBeforeThoseThatAHostMayHave() {
    System.setProperty("backend", "jdbc");
    System.setProperty("backend.fallback", "primary-node");
    System.setProperty("rowwise.backend", "cuda:1");
    System.setProperty("rowwise.backend.fallback", "false");
    assertEquals(
        new BackendRequest("cuda:1", false, Optional.of("-Drowwise.backend")),
        BackendRequest.ofProperties());
  }

  @Test
  void eachOfThemIsLookedForByItself() {
    System.setProperty("rowwise.backend", "cuda");
    System.setProperty("backend.fallback", "false");
    assertEquals(
        new BackendRequest("cuda", false, Optional.of("-Drowwise.backend")),
        BackendRequest.ofProperties());
    System.clearProperty("rowwise.backend");
    System.setProperty("backend", "cpu");
    assertEquals(
        new BackendRequest("cpu", false, Optional.of("-Dbackend")), BackendRequest.ofProperties());
  }

  @Test
  void whatTheProgramSaysNeedsNoProperty() {
    System.setProperty("rowwise.backend", "banana");
    System.setProperty("rowwise.backend.fallback", "maybe");
    assertEquals(
        new BackendRequest("cpu", false, Optional.empty()),
        BackendRequest.of(Optional.of("cpu"), Optional.of(false)));
    System.clearProperty("rowwise.backend.fallback");
    assertEquals(
        new BackendRequest("cpu", true, Optional.empty()),
        BackendRequest.of(Optional.of("cpu"), Optional.empty()));
    assertEquals(
        new BackendRequest("banana", true, Optional.of("-Drowwise.backend")),
        BackendRequest.of(Optional.empty(), Optional.of(true)));
  }

  @Test
  void anUnknownValueIsAnErrorThatNamesItsProperty() {
    System.setProperty("backend", "jdbc");
    assertEquals(
        "-Dbackend=jdbc: choose auto, cpu, cuda or cuda:N" + ALSO,
        error(BackendRequest.ofProperties()));
    System.setProperty("rowwise.backend", "gpu");
    assertEquals(
        "-Drowwise.backend=gpu: choose auto, cpu, cuda or cuda:N" + ALSO,
        error(BackendRequest.ofProperties()));
    assertEquals(
        "backend 'tpu' is not known: choose auto, cpu, cuda or cuda:N" + ALSO,
        error(BackendRequest.of(Optional.of("tpu"), Optional.empty())));
    System.setProperty("rowwise.backend", "");
    assertEquals(
        "-Drowwise.backend=: choose auto, cpu, cuda or cuda:N" + ALSO,
        error(BackendRequest.ofProperties()));
  }

  @Test
  void anUnknownFallbackIsAnErrorThatNamesItsProperty() {
    System.setProperty("backend.fallback", "maybe");
    IllegalArgumentException plain =
        assertThrows(IllegalArgumentException.class, BackendRequest::ofProperties);
    assertEquals("-Dbackend.fallback=maybe: choose true or false", plain.getMessage());
    System.setProperty("rowwise.backend.fallback", "no");
    IllegalArgumentException own = assertThrows(IllegalArgumentException.class, Backends::open);
    assertEquals("-Drowwise.backend.fallback=no: choose true or false", own.getMessage());
  }

  @Test
  void openingReadsTheSameProperties() {
    System.setProperty("rowwise.backend", "gpu");
    String message = assertThrows(IllegalArgumentException.class, Backends::open).getMessage();
    assertTrue(message.startsWith("-Drowwise.backend=gpu: choose auto, cpu, "), message);
  }
}
