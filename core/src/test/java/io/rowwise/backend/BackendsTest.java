package io.rowwise.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.rowwise.backend.contract.ReferenceBackend;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The choice among providers, with providers that write down what they were asked for. */
final class BackendsTest {
  private static final String ALSO =
      "; N is a number, or a GPU's UUID or PCI id; the class Predictor also takes cuda:all and"
          + " cuda:0,2";

  private final List<String> asked = new ArrayList<>();
  private final List<Backend> opened = new ArrayList<>();

  @AfterEach
  void close() {
    opened.forEach(Backend::close);
  }

  /** A provider that is usable unless there is a reason why not. */
  private BackendProvider provider(String name, int priority, String reason) {
    return new BackendProvider() {
      @Override
      public String name() {
        return name;
      }

      @Override
      public int priority() {
        return priority;
      }

      @Override
      public Backend open(OptionalInt index) {
        asked.add(name + (index.isPresent() ? ":" + index.getAsInt() : ""));
        if (reason != null) {
          throw new BackendUnavailableException(reason);
        }
        Backend backend = new ReferenceBackend(name, List.of());
        opened.add(backend);
        return backend;
      }
    };
  }

  /** A provider that is usable, and opened for who asks for it alone. */
  private BackendProvider onRequest(String name, int priority) {
    BackendProvider usable = provider(name, priority, null);
    return new BackendProvider() {
      @Override
      public String name() {
        return usable.name();
      }

      @Override
      public int priority() {
        return usable.priority();
      }

      @Override
      public boolean isAutomatic() {
        return false;
      }

      @Override
      public Backend open(OptionalInt index) {
        return usable.open(index);
      }
    };
  }

  private final BackendProvider cpu = provider("cpu", 0, null);
  private final BackendProvider cuda = provider("cuda", 100, null);
  private final BackendProvider noCpu = provider("cpu", 0, "no OpenBLAS for this platform");
  private final BackendProvider noCuda = provider("cuda", 100, "no driver was found");

  private static BackendChoice choose(
      String requested, boolean fallback, List<BackendProvider> providers) {
    return Backends.choose(new BackendRequest(requested, fallback, Optional.empty()), providers);
  }

  private static String unavailable(
      String requested, boolean fallback, BackendProvider... providers) {
    return assertThrows(
            BackendUnavailableException.class,
            () -> choose(requested, fallback, List.of(providers)))
        .getMessage();
  }

  private static String unknown(String requested, BackendProvider... providers) {
    return assertThrows(
            IllegalArgumentException.class, () -> choose(requested, true, List.of(providers)))
        .getMessage();
  }

  @Test
  void autoTakesTheHighestPriorityWhateverTheOrderOfTheClassPath() {
    for (List<BackendProvider> providers : List.of(List.of(cpu, cuda), List.of(cuda, cpu))) {
      BackendChoice choice = choose("auto", true, providers);
      assertEquals("cuda", choice.backend().name());
      assertEquals("auto", choice.requested());
      assertEquals(Optional.empty(), choice.fallbackReason());
    }
    assertEquals(List.of("cuda", "cuda"), asked);
  }

  @Test
  void autoGoesOnToTheNextAndKeepsTheReason() {
    BackendProvider noTpu = provider("tpu", 200, "none of those here");
    BackendChoice choice = choose("auto", true, List.of(cpu, noTpu, noCuda));
    assertEquals("cpu", choice.backend().name());
    assertEquals(
        Optional.of(
            "tpu is not usable: none of those here; cuda is not usable: no driver was found"),
        choice.fallbackReason());
    assertEquals(List.of("tpu", "cuda", "cpu"), asked);
  }

  @Test
  void autoPrefersByNameAmongEqualPriorities() {
    BackendProvider b = provider("b", 5, null);
    BackendProvider a = provider("a", 5, null);
    assertEquals("a", choose("auto", true, List.of(b, a)).backend().name());
  }

  @Test
  void autoPassesOverWhatHasToBeAskedFor() {
    BackendProvider other = onRequest("other", 300);
    BackendChoice choice = choose("auto", true, List.of(other, cpu, noCuda));
    assertEquals("cpu", choice.backend().name());
    assertEquals(Optional.of("cuda is not usable: no driver was found"), choice.fallbackReason());
    assertEquals(
        "no backend: cpu is not usable: no OpenBLAS for this platform",
        unavailable("auto", true, other, noCpu));
    assertEquals(
        "cuda is not usable: no driver was found; nor is cpu: no OpenBLAS for this platform",
        unavailable("cuda", true, other, noCpu, noCuda));
    assertEquals(List.of("cuda", "cpu", "cpu", "cuda", "cpu"), asked);
    assertEquals("other", choose("other", true, List.of(other, cpu)).backend().name());
  }

  @Test
  void autoWithNothingUsableGivesEveryReason() {
    assertEquals(
        "no backend: cuda is not usable: no driver was found;"
            + " cpu is not usable: no OpenBLAS for this platform",
        unavailable("auto", true, noCpu, noCuda));
    assertEquals(
        "no backend: there is none on the class path;"
            + " add rowwise-backend-cpu or rowwise-backend-cuda",
        unavailable("auto", true));
  }

  @ParameterizedTest
  @ValueSource(strings = {"cpu", "cuda"})
  void aNameTakesThatOne(String name) {
    BackendChoice choice = choose(name, true, List.of(cuda, cpu));
    assertEquals(name, choice.backend().name());
    assertEquals(name, choice.requested());
    assertEquals(Optional.empty(), choice.fallbackReason());
    assertEquals(List.of(name), asked);
    assertEquals(choice.backend().device().toString(), choice.toString());
  }

  @Test
  void aNumberIsPassedOn() {
    BackendChoice choice = choose("cuda:12", true, List.of(cuda, cpu));
    assertEquals("cuda:12", choice.requested());
    assertEquals(List.of("cuda:12"), asked);
  }

  /** A provider whose device 3 is called GPU-5a, and the others nothing that it finds. */
  private BackendProvider named() {
    return new BackendProvider() {
      @Override
      public String name() {
        return cuda.name();
      }

      @Override
      public int priority() {
        return cuda.priority();
      }

      @Override
      public Backend open(OptionalInt index) {
        return cuda.open(index);
      }

      @Override
      public OptionalInt number(String device) {
        return switch (device) {
          case "GPU-5a", "0000:3b:00.0", "MIG-GPU-5a/1/0" -> OptionalInt.of(3);
          case "broken" -> throw new IllegalStateException("a fault");
          case "x" -> OptionalInt.empty();
          default -> throw new BackendUnavailableException("there is no " + device);
        };
      }
    };
  }

  @ParameterizedTest
  @ValueSource(strings = {"GPU-5a", "0000:3b:00.0", "MIG-GPU-5a/1/0"})
  void aNameOfADeviceIsItsNumber(String device) {
    BackendChoice choice = choose("cuda:" + device, false, List.of(named(), cpu));
    assertEquals("cuda:" + device, choice.requested());
    assertEquals(Optional.empty(), choice.fallbackReason());
    assertEquals(List.of("cuda:3"), asked);
  }

  @Test
  void aNameOfNobodyIsAReason() {
    String reason = "cuda:GPU-77 is not usable: there is no GPU-77";
    assertEquals(reason, unavailable("cuda:GPU-77", false, named(), cpu));
    BackendChoice choice = choose("cuda:GPU-77", true, List.of(named(), cpu));
    assertEquals("cpu", choice.backend().name());
    assertEquals(Optional.of(reason), choice.fallbackReason());
    assertEquals(
        "cuda:broken is not usable: looking for the device failed with"
            + " java.lang.IllegalStateException: a fault",
        unavailable("cuda:broken", false, named()));
    assertEquals(
        "cuda:GPU-5a is not usable: rowwise-backend-cuda is not on the class path",
        unavailable("cuda:GPU-5a", false, cpu));
  }

  @Test
  void whatNoDeviceIsCalledIsNotKnown() {
    for (String device : List.of("x", "GPU_5a", "GPU-5a ", "'GPU-5a'")) {
      assertEquals(
          "backend 'cuda:" + device + "' is not known: choose auto, cpu, cuda or cuda:N" + ALSO,
          unknown("cuda:" + device, named(), cpu));
    }
    assertEquals(List.of(), asked);
  }

  @Test
  void whatIsNotUsableFallsBackToTheCpuAndKeepsTheReason() {
    BackendChoice choice = choose("cuda:1", true, List.of(cpu, noCuda));
    assertEquals("cpu", choice.backend().name());
    assertEquals("cuda:1", choice.requested());
    assertEquals(Optional.of("cuda:1 is not usable: no driver was found"), choice.fallbackReason());
    assertEquals(
        "cpu plain Java (cores 1) (cuda:1 is not usable: no driver was found)", choice.toString());
    // The number was one of the other's devices.
    assertEquals(List.of("cuda:1", "cpu"), asked);
  }

  @Test
  void aModuleThatIsMissingIsAReasonToo() {
    BackendChoice choice = choose("cuda", true, List.of(cpu));
    assertEquals("cpu", choice.backend().name());
    assertEquals(
        Optional.of("cuda is not usable: rowwise-backend-cuda is not on the class path"),
        choice.fallbackReason());
  }

  @Test
  void withoutFallbackTheReasonIsAnException() {
    assertEquals(
        "cuda is not usable: no driver was found", unavailable("cuda", false, cpu, noCuda));
    assertEquals(
        "cuda is not usable: rowwise-backend-cuda is not on the class path",
        unavailable("cuda", false, cpu));
    assertEquals(List.of("cuda"), asked);
  }

  @Test
  void theCpuHasNothingToFallBackTo() {
    assertEquals(
        "cpu is not usable: no OpenBLAS for this platform", unavailable("cpu", true, noCpu, cuda));
    assertEquals(
        "cpu is not usable: rowwise-backend-cpu is not on the class path",
        unavailable("cpu", true, cuda));
    assertEquals(List.of("cpu"), asked);
  }

  @Test
  void bothReasonsAreGivenIfTheCpuIsNotUsableEither() {
    BackendUnavailableException thrown =
        assertThrows(
            BackendUnavailableException.class, () -> choose("cuda", true, List.of(noCpu, noCuda)));
    assertEquals(
        "cuda is not usable: no driver was found; nor is cpu: no OpenBLAS for this platform",
        thrown.getMessage());
    assertEquals("no OpenBLAS for this platform", thrown.getCause().getMessage());
    assertEquals("no driver was found", thrown.getCause().getSuppressed()[0].getMessage());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "banana",
        "",
        "cpu:0",
        "auto:0",
        "CUDA",
        "cuda:",
        "cuda:-1",
        "cuda:x",
        " cuda",
        "cuda:1234567890",
        "cuda:1,",
        "cuda:,1",
        "cuda:0,all",
        "cuda:ALL",
        "cpu:all",
        "auto:all",
        "banana:all",
        "banana:1"
      })
  void whatIsNotKnownIsAnErrorThatListsTheChoices(String requested) {
    assertEquals(
        "backend '" + requested + "' is not known: choose auto, cpu, cuda or cuda:N" + ALSO,
        unknown(requested, cpu, noCuda));
    assertEquals(List.of(), asked);
  }

  @Test
  void theChoicesAreThoseOfTheClassPathAndCuda() {
    BackendProvider metal = provider("metal", 50, null);
    assertEquals(
        "backend 'banana' is not known: choose auto, cpu, cuda or cuda:N, metal or metal:N" + ALSO,
        unknown("banana", metal));
    BackendChoice choice = choose("metal:3", false, List.of(cpu, metal));
    assertSame(opened.get(0), choice.backend());
    assertEquals(List.of("metal:3"), asked);
  }

  @Test
  void theChoiceMayNotBeMissing() {
    assertThrows(NullPointerException.class, () -> choose(null, true, List.of(cpu)));
  }

  @Test
  void describesEveryBackendTheBestFirst() {
    BackendProvider failing =
        new BackendProvider() {
          @Override
          public String name() {
            return "failing";
          }

          @Override
          public int priority() {
            return 50;
          }

          @Override
          public Backend open(OptionalInt index) {
            throw new IllegalArgumentException("-Dx=y: choose z");
          }

          @Override
          public List<String> libraries() {
            return List.of("libx.so.1: missing");
          }
        };
    System.setProperty("rowwise.test", "on");
    try {
      assertEquals(
          List.of(
              "-Drowwise.test=on (nobody reads it)",
              "",
              "cuda is not usable: no driver was found",
              "",
              "failing is not usable: -Dx=y: choose z",
              "library libx.so.1: missing",
              "",
              "cpu: cpu plain Java (cores 1)",
              "every other kernel: composed of primitives"),
          Backends.describe(List.of(cpu, failing, noCuda)).lines().toList());
    } finally {
      System.clearProperty("rowwise.test");
    }
    assertEquals(1, opened.size());
    assertThrows(IllegalStateException.class, () -> opened.get(0).describe(), "it was closed");
  }

  @Test
  void describesWhatHasToBeAskedForOnlyWhereItIs() {
    List<BackendProvider> providers = List.of(onRequest("other", 300), cpu);
    List<String> ofCpu =
        List.of("cpu: cpu plain Java (cores 1)", "every other kernel: composed of primitives", "");
    List<String> expected = new ArrayList<>(ofCpu);
    expected.add("other is not opened, as auto never chooses it; ask for it by name");
    assertEquals(expected, Backends.describe(providers).lines().toList());
    assertEquals(List.of("cpu"), asked);

    System.setProperty("rowwise.backend", "other:1");
    try {
      expected = new ArrayList<>(List.of("-Drowwise.backend=other:1", ""));
      expected.addAll(ofCpu);
      expected.add("other: other plain Java (cores 1)");
      expected.add("every other kernel: composed of primitives");
      assertEquals(expected, Backends.describe(providers).lines().toList());
    } finally {
      System.clearProperty("rowwise.backend");
    }
  }
}
