package io.rowwise.backend.cuda.driver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.rowwise.backend.BackendUnavailableException;
import io.rowwise.backend.Device;
import io.rowwise.backend.cuda.driver.FakeDriver.FakeDevice;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class DeviceSearchTest {
  private static final FakeDevice H100 = new FakeDevice("NVIDIA H100", 90, 80L << 30);
  private static final FakeDevice B300 = new FakeDevice("NVIDIA B300", 103, 270L << 30);
  private static final FakeDevice T4 = new FakeDevice("Tesla T4", 75, 15L << 30);
  private static final FakeDevice V100 = new FakeDevice("Tesla V100", 70, 16L << 30);
  private static final FakeDevice K80 = new FakeDevice("Tesla K80", 37, 12L << 30);
  private static final FakeDevice FIRST =
      new FakeDevice(
          "NVIDIA H100", 90, 80L << 30, "5dd3fd0d-7a1c-4b21-9e6f-0c1d2e3f4a5b", "0000:3B:00.0");
  private static final FakeDevice SECOND =
      new FakeDevice(
          "Tesla V100", 70, 16L << 30, "5dd3aa00-1111-2222-3333-444455556666", "000A:5E:00.0");
  private static final String FIRST_NAMES =
      "cuda:0 GPU-5dd3fd0d-7a1c-4b21-9e6f-0c1d2e3f4a5b 0000:3b:00.0";
  private static final String SECOND_NAMES =
      "cuda:1 GPU-5dd3aa00-1111-2222-3333-444455556666 000a:5e:00.0";
  private static final OptionalInt FIRST_USABLE = OptionalInt.empty();

  @ParameterizedTest
  @MethodSource
  void saysInOneLineWhyThereIsNoDevice(FakeDriver driver, OptionalInt index, String reason) {
    BackendUnavailableException thrown =
        assertThrows(BackendUnavailableException.class, () -> new DeviceSearch(driver).find(index));

    assertEquals(reason, thrown.getMessage());
  }

  static Stream<Arguments> saysInOneLineWhyThereIsNoDevice() {
    return Stream.of(
        arguments(
            new FakeDriver(11080, 0, List.of(H100)),
            FIRST_USABLE,
            "the NVIDIA driver is made for CUDA 11.8, 12.0 or newer is needed"),
        arguments(
            // What it is made for says more than what starting it brings.
            new FakeDriver(11080, 999, List.of()),
            FIRST_USABLE,
            "the NVIDIA driver is made for CUDA 11.8, 12.0 or newer is needed"),
        arguments(
            new FakeDriver(12000, 100, List.of()), FIRST_USABLE, "the NVIDIA driver finds no GPU"),
        arguments(FakeDriver.with(), FIRST_USABLE, "the NVIDIA driver finds no GPU"),
        arguments(FakeDriver.with(), OptionalInt.of(0), "the NVIDIA driver finds no GPU"),
        arguments(
            new FakeDriver(12060, 803, List.of(H100)),
            FIRST_USABLE,
            "the NVIDIA driver's cuInit failed with CUDA_ERROR_OF_803 (803)"),
        arguments(
            FakeDriver.with(H100, T4), OptionalInt.of(3), "there are 2 devices, cuda:0 to cuda:1"),
        arguments(
            FakeDriver.with(H100, T4), OptionalInt.of(2), "there are 2 devices, cuda:0 to cuda:1"),
        arguments(
            FakeDriver.with(H100, T4), OptionalInt.of(-1), "there are 2 devices, cuda:0 to cuda:1"),
        arguments(FakeDriver.with(H100), OptionalInt.of(1), "there is 1 device, cuda:0"),
        arguments(
            FakeDriver.with(V100),
            FIRST_USABLE,
            "cuda:0 Tesla V100 has compute capability 7.0; 7.5 or higher is needed"),
        arguments(
            FakeDriver.with(H100, V100),
            OptionalInt.of(1),
            "cuda:1 Tesla V100 has compute capability 7.0; 7.5 or higher is needed"),
        arguments(
            FakeDriver.with(V100, K80),
            FIRST_USABLE,
            "cuda:0 Tesla V100 has compute capability 7.0, "
                + "cuda:1 Tesla K80 has compute capability 3.7; 7.5 or higher is needed"));
  }

  @ParameterizedTest
  @MethodSource
  void findsADevice(FakeDriver driver, OptionalInt index, String line) {
    assertEquals(line, new DeviceSearch(driver).find(index).device().toString());
  }

  static Stream<Arguments> findsADevice() {
    return Stream.of(
        arguments(
            FakeDriver.with(H100, T4),
            FIRST_USABLE,
            "cuda:0 NVIDIA H100 (compute capability 9.0, driver for CUDA 12.6)"),
        arguments(
            FakeDriver.with(H100, T4),
            OptionalInt.of(1),
            "cuda:1 Tesla T4 (compute capability 7.5, driver for CUDA 12.6)"),
        arguments(
            FakeDriver.with(K80, V100, T4, H100),
            FIRST_USABLE,
            "cuda:2 Tesla T4 (compute capability 7.5, driver for CUDA 12.6)"),
        arguments(
            new FakeDriver(12000, 0, List.of(H100)),
            FIRST_USABLE,
            "cuda:0 NVIDIA H100 (compute capability 9.0, driver for CUDA 12.0)"),
        arguments(
            new FakeDriver(13000, 0, List.of(B300)),
            FIRST_USABLE,
            "cuda:0 NVIDIA B300 (compute capability 10.3, driver for CUDA 13.0)"));
  }

  @Test
  void findsAllThatAreUsable() {
    List<Device> devices = new DeviceSearch(FakeDriver.with(H100, V100, T4, K80)).usable();

    assertEquals(
        List.of(
            "cuda:0 NVIDIA H100 (compute capability 9.0, driver for CUDA 12.6)",
            "cuda:2 Tesla T4 (compute capability 7.5, driver for CUDA 12.6)"),
        devices.stream().map(Device::toString).toList());
    assertEquals(List.of(), new DeviceSearch(FakeDriver.with(V100)).usable());
  }

  @Test
  void whereThereIsNoDeviceItSaysWhyToWhoWantsAllAsToWhoWantsOne() {
    for (FakeDriver driver :
        List.of(
            new FakeDriver(11080, 0, List.of(H100)),
            new FakeDriver(12060, 803, List.of(H100)),
            FakeDriver.with())) {
      DeviceSearch search = new DeviceSearch(driver);
      assertEquals(
          assertThrows(BackendUnavailableException.class, () -> search.find(FIRST_USABLE))
              .getMessage(),
          assertThrows(BackendUnavailableException.class, search::usable).getMessage());
      assertEquals(
          assertThrows(BackendUnavailableException.class, search::usable).getMessage(),
          assertThrows(
                  BackendUnavailableException.class,
                  () -> search.number("GPU-5dd3", Optional.empty()))
              .getMessage());
    }
  }

  @Test
  void tellsTheDevicesMemory() {
    Device device = new DeviceSearch(FakeDriver.with(T4, H100)).find(OptionalInt.of(1)).device();

    assertEquals("cuda:1", device.id());
    assertEquals("NVIDIA H100", device.name());
    assertEquals(80L << 30, device.memoryBytes());
  }

  /** Whether it is usable or not, which opening it says. */
  @ParameterizedTest
  @CsvSource({
    "GPU-5dd3fd0d-7a1c-4b21-9e6f-0c1d2e3f4a5b, 0",
    "GPU-5dd3aa00-1111-2222-3333-444455556666, 1",
    "GPU-5dd3f, 0",
    "gpu-5DD3A, 1",
    "0000:3b:00.0, 0",
    "00000000:3B:00.0, 0",
    "3b:00.0, 0",
    "000a:5e:00.0, 1",
    "0000000A:5E:00.0, 1",
  })
  void findsADeviceByName(String name, int number) {
    assertTrue(DeviceSearch.isName(name));
    DeviceSearch search = new DeviceSearch(FakeDriver.with(FIRST, SECOND));
    assertEquals(number, search.number(name, Optional.empty()));
  }

  @ParameterizedTest
  @MethodSource
  void saysWhichDevicesThereAre(String name, String visible, String reason) {
    DeviceSearch search = new DeviceSearch(FakeDriver.with(FIRST, SECOND));
    assertEquals(
        reason,
        assertThrows(
                BackendUnavailableException.class,
                () -> search.number(name, Optional.ofNullable(visible)))
            .getMessage());
  }

  static Stream<Arguments> saysWhichDevicesThereAre() {
    String there = FIRST_NAMES + ", " + SECOND_NAMES + "; choose one of these";
    return Stream.of(
        arguments("gpu-77", null, "this process sees no gpu-77, but " + there),
        arguments(
            // A whole UUID and more is nobody's.
            "GPU-5dd3fd0d-7a1c-4b21-9e6f-0c1d2e3f4a5b0",
            null,
            "this process sees no GPU-5dd3fd0d-7a1c-4b21-9e6f-0c1d2e3f4a5b0, but " + there),
        arguments(
            "GPU-77",
            "2,3",
            "this process sees no GPU-77, but "
                + there
                + ", or add it to CUDA_VISIBLE_DEVICES, which is 2,3"),
        arguments("0A:00.0", null, "this process sees no 0A:00.0, but " + there),
        arguments("5e:00.0", null, "this process sees no 5e:00.0, but " + there),
        arguments(
            "GPU-5dd3",
            null,
            "GPU-5dd3 is "
                + FIRST_NAMES
                + " as well as "
                + SECOND_NAMES
                + "; give its number, or more of its UUID"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "x",
        "GPU-",
        "GPU-xy",
        "GPU5dd3",
        "MIG-",
        "3b:00",
        "3b:00.8",
        "1:2",
        "0:3b:00.0",
        "000000000:3b:00.0",
        "1234567890"
      })
  void whatNoGpuIsCalledIsNoName(String text) {
    assertFalse(DeviceSearch.isName(text));
    DeviceSearch search = new DeviceSearch(FakeDriver.with(FIRST, SECOND));
    assertThrows(IllegalArgumentException.class, () -> search.number(text, Optional.empty()));
  }

  /** CUDA does not tell a slice's own name, and shows no slice that is not named there. */
  @ParameterizedTest
  @CsvSource(
      nullValues = "NULL",
      value = {
        "MIG-3eb87630-93d5, MIG-3eb87630-93d5, 0",
        "mig-3EB87630-93d5, ' MIG-3eb87630-93d5 ', 0",
        "MIG-GPU-5dd3fd0d/1/0, MIG-GPU-5dd3fd0d/1/0, 0",
        "MIG-b, 'GPU-5dd3f,MIG-b', 1",
        "MIG-c, 'GPU-5dd3f,MIG-b,MIG-c', -1",
        "MIG-3eb87630, MIG-3eb87630-93d5, -1",
        "MIG-GPU-5DD3/1/0, '0,1', -1",
        "MIG-b, NULL, -1",
      })
  void aMigSliceIsTheDeviceThatTheEnvironmentNames(String name, String visible, int number) {
    DeviceSearch search = new DeviceSearch(FakeDriver.with(FIRST, SECOND));
    Optional<String> value = Optional.ofNullable(visible);
    if (number >= 0) {
      assertEquals(number, search.number(name, value));
      return;
    }
    String expected =
        "CUDA shows a MIG slice to a process alone whose CUDA_VISIBLE_DEVICES is its name; it is "
            + value.orElse("not set")
            + ": start this process with CUDA_VISIBLE_DEVICES="
            + name
            + ", and choose that or cuda";
    assertEquals(
        expected,
        assertThrows(BackendUnavailableException.class, () -> search.number(name, value))
            .getMessage());
  }

  @Test
  void namesAreToldAndADeviceWithoutThemIsUsedByItsNumber() {
    DeviceSearch search = new DeviceSearch(FakeDriver.with(H100, FIRST));
    assertEquals(
        "cuda:1 NVIDIA H100 (compute capability 9.0, driver for CUDA 12.6,"
            + " UUID GPU-5dd3fd0d-7a1c-4b21-9e6f-0c1d2e3f4a5b, PCI 0000:3b:00.0)",
        search.usable().get(1).toString());
    assertEquals(1, search.number("GPU-5", Optional.empty()));
    assertEquals(
        "this process sees no GPU-77, but cuda:0; choose one of these",
        assertThrows(
                BackendUnavailableException.class,
                () -> new DeviceSearch(FakeDriver.with(H100)).number("GPU-77", Optional.empty()))
            .getMessage());
  }

  @Test
  void twoDevicesOfOnePciIdAreChosenByNumber() {
    DeviceSearch search = new DeviceSearch(FakeDriver.with(FIRST, FIRST));
    assertTrue(
        assertThrows(
                BackendUnavailableException.class, () -> search.number("3b:00.0", Optional.empty()))
            .getMessage()
            .endsWith("; give its number, or more of its UUID"));
  }
}
