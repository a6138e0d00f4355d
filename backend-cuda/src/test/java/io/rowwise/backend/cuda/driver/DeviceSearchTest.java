package io.rowwise.backend.cuda.driver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.rowwise.backend.BackendUnavailableException;
import io.rowwise.backend.Device;
import io.rowwise.backend.cuda.driver.FakeDriver.FakeDevice;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class DeviceSearchTest {
  private static final FakeDevice H100 = new FakeDevice("NVIDIA H100", 90, 80L << 30);
  private static final FakeDevice B300 = new FakeDevice("NVIDIA B300", 103, 270L << 30);
  private static final FakeDevice T4 = new FakeDevice("Tesla T4", 75, 15L << 30);
  private static final FakeDevice V100 = new FakeDevice("Tesla V100", 70, 16L << 30);
  private static final FakeDevice K80 = new FakeDevice("Tesla K80", 37, 12L << 30);
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
    }
  }

  @Test
  void tellsTheDevicesMemory() {
    Device device = new DeviceSearch(FakeDriver.with(T4, H100)).find(OptionalInt.of(1)).device();

    assertEquals("cuda:1", device.id());
    assertEquals("NVIDIA H100", device.name());
    assertEquals(80L << 30, device.memoryBytes());
  }
}
