package io.rowwise.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.rowwise.backend.contract.ReferenceBackend;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The names of several devices, and that a backend is of one. */
final class BackendDevicesTest {
  private int opened;

  /** A provider of devices by number. */
  private BackendProvider machine(String name, Supplier<List<Device>> devices) {
    return new BackendProvider() {
      @Override
      public String name() {
        return name;
      }

      @Override
      public int priority() {
        return 100;
      }

      @Override
      public Backend open(OptionalInt index) {
        opened++;
        return new ReferenceBackend(name(), List.of());
      }

      @Override
      public List<Device> devices() {
        return devices.get();
      }

      @Override
      public OptionalInt number(String device) {
        if (device.startsWith("GPU-")) {
          return OptionalInt.of(Integer.parseInt(device.substring(4)));
        }
        if (device.startsWith("MIG-")) {
          throw new BackendUnavailableException("there is no " + device);
        }
        return OptionalInt.empty();
      }
    };
  }

  private static Device gpu(int number, String name) {
    return new Device("cuda:" + number, name, 1L << 30, Map.of());
  }

  private final BackendProvider machine =
      machine("cuda", () -> List.of(gpu(0, "H100"), gpu(2, "T4"), gpu(3, "T4")));

  private static List<String> devices(String requested, BackendProvider... providers) {
    BackendRequest request =
        new BackendRequest(requested, false, Optional.of("-Dbackend"))
            .options(BackendOptions.defaults().threads(3));
    List<BackendRequest> devices = Backends.devices(request, List.of(providers));
    for (BackendRequest each : devices) {
      assertFalse(each.fallback());
      assertEquals(request.options(), each.options());
      assertEquals(each.backend().equals(requested), each.origin().isPresent());
    }
    return devices.stream().map(BackendRequest::backend).toList();
  }

  @Test
  void aRequestForSeveralDevicesIsOneForEach() {
    assertEquals(List.of("cuda:0", "cuda:2", "cuda:3"), devices("cuda:all", machine));
    assertEquals(List.of("cuda:2", "cuda:7"), devices("cuda:2,07,2,7", machine));
    assertEquals(0, opened);
  }

  /** So that a device that is named twice is opened once. */
  @Test
  void namesBecomeNumbersWhereThereIsSuchADevice() {
    assertEquals(List.of("cuda:2"), devices("cuda:GPU-2", machine));
    assertEquals(List.of("cuda:2", "cuda:3"), devices("cuda:2,GPU-3,GPU-2,3", machine));
    assertEquals(List.of("cuda:0", "cuda:MIG-2", "cuda:x"), devices("cuda:GPU-0,MIG-2,x", machine));
    assertEquals(List.of("cuda:MIG-2"), devices("cuda:MIG-2", machine));
    assertEquals(List.of("cuda:GPU-2"), devices("cuda:GPU-2"));
    assertEquals(0, opened);
  }

  @ParameterizedTest
  @ValueSource(strings = {"auto", "cpu", "cuda", "cuda:1", "banana", "cpu:all", "banana:0,1", ""})
  void anyOtherRequestIsForItself(String requested) {
    assertEquals(List.of(requested), devices(requested, machine));
  }

  @Test
  void whereNoDeviceIsFoundTheNameAloneSaysWhy() {
    BackendProvider broken =
        machine(
            "cuda",
            () -> {
              throw new BackendUnavailableException("no driver was found");
            });
    assertEquals(List.of("cuda"), devices("cuda:all", broken));
    assertEquals(List.of("cuda"), devices("cuda:all", machine("cuda", List::of)));
    assertEquals(List.of("cuda"), devices("cuda:all"));
    assertEquals(List.of("metal"), devices("metal:all", machine("metal", List::of)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"cuda:all", "cuda:0,2", "cuda:GPU-0,GPU-0"})
  void aBackendIsOfOneDevice(String requested) {
    assertEquals(
        "backend '"
            + requested
            + "' is several devices, which are for the class Predictor; choose one here: cuda or"
            + " cuda:N",
        assertThrows(
                IllegalArgumentException.class,
                () ->
                    Backends.choose(
                        new BackendRequest(requested, true, Optional.empty()), List.of(machine)))
            .getMessage());
    assertEquals(0, opened);
  }

  @Test
  void describesHowEachDeviceIsNamedWhereThereIsAChoice() {
    assertEquals(
        List.of(
            "cuda: cuda plain Java (cores 1)",
            "every other kernel: composed of primitives",
            "device cuda:0 H100",
            "device cuda:2 T4",
            "device cuda:3 T4",
            "the class Predictor takes all of these as cuda:all"),
        Backends.describe(List.of(machine)).lines().toList());
    assertEquals(
        List.of("cuda: cuda plain Java (cores 1)", "every other kernel: composed of primitives"),
        Backends.describe(List.of(machine("cuda", () -> List.of(gpu(0, "H100")))))
            .lines()
            .toList());
  }
}
