package io.rowwise.backend.cuda.driver;

import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * A driver that says what it is told to.
 *
 * @param version as {@link Driver#version} gives it
 * @param initialized what {@code cuInit} returns
 * @param devices what it finds
 */
public record FakeDriver(int version, int initialized, List<FakeDevice> devices) implements Driver {
  /**
   * One of its devices.
   *
   * @param uuid null where the driver does not say it
   */
  record FakeDevice(
      String name, int computeCapability, long totalMemory, String uuid, String pciBusId) {
    FakeDevice(String name, int computeCapability, long totalMemory) {
      this(name, computeCapability, totalMemory, null, null);
    }
  }

  public static FakeDriver with(FakeDevice... devices) {
    return new FakeDriver(12060, 0, List.of(devices));
  }

  @Override
  public Optional<String> missing() {
    return Optional.empty();
  }

  @Override
  public void initialize() {
    if (initialized != 0) {
      throw new DriverException("cuInit", initialized, "CUDA_ERROR_OF_" + initialized);
    }
  }

  @Override
  public int deviceCount() {
    return devices.size();
  }

  @Override
  public String deviceName(int device) {
    return devices.get(device).name();
  }

  @Override
  public UUID uuid(int device) {
    return UUID.fromString(said("cuDeviceGetUuid", devices.get(device).uuid()));
  }

  @Override
  public String pciBusId(int device) {
    return said("cuDeviceGetPCIBusId", devices.get(device).pciBusId());
  }

  private static String said(String call, String name) {
    if (name == null) {
      throw new DriverException(call, 801, "CUDA_ERROR_NOT_SUPPORTED");
    }
    return name;
  }

  @Override
  public int computeCapability(int device) {
    return devices.get(device).computeCapability();
  }

  @Override
  public long totalMemory(int device) {
    return devices.get(device).totalMemory();
  }

  @Override
  public Gpu open(int device, boolean tensorFloat32) {
    return new InterpretedGpu();
  }
}
