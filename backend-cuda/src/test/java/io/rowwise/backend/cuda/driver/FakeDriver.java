package io.rowwise.backend.cuda.driver;

import java.util.List;
import java.util.Optional;

/**
 * A driver that says what it is told to.
 *
 * @param version as {@link Driver#version} gives it
 * @param initialized what {@code cuInit} returns
 * @param devices what it finds
 */
public record FakeDriver(int version, int initialized, List<FakeDevice> devices) implements Driver {
  record FakeDevice(String name, int computeCapability, long totalMemory) {}

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
