package io.rowwise.backend.cuda.driver;

import io.rowwise.backend.BackendUnavailableException;
import io.rowwise.backend.Device;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;

/**
 * Finds the device to compute on, or says in one line why there is none.
 *
 * <p>Public for the packages beside this one; programs do not use it.
 */
public final class DeviceSearch {
  /** CUDA 12.0, which JCuda's native library is built with. */
  private static final int OLDEST_DRIVER = 12000;

  /** Turing, the oldest hardware that CUDA 13's compiler still knows. */
  private static final int LOWEST_COMPUTE_CAPABILITY = 75;

  private final Driver driver;

  /**
   * A device that is usable.
   *
   * @param number its number for the driver
   */
  public record Found(int number, Device device) {}

  public DeviceSearch(Driver driver) {
    this.driver = driver;
  }

  /**
   * The device.
   *
   * @param index which one, counted from 0; empty for the first usable one
   * @throws BackendUnavailableException if it is not usable, or there is none
   */
  public Found find(OptionalInt index) {
    try {
      requireDriver();
      int count = requireDevices();
      Found found =
          index.isPresent() ? require(index.getAsInt(), count) : requireFirstUsable(0, count);
      requireLibraries();
      return found;
    } catch (DriverException e) {
      throw new BackendUnavailableException("the NVIDIA driver's " + e.getMessage(), e);
    }
  }

  /**
   * Those that are usable, in the driver's order.
   *
   * @throws BackendUnavailableException if the driver cannot be used, or finds no device
   */
  public List<Device> usable() {
    try {
      requireDriver();
      List<Device> usable = new ArrayList<>();
      int count = requireDevices();
      for (int device = 0; device < count; device++) {
        int capability = driver.computeCapability(device);
        if (capability >= LOWEST_COMPUTE_CAPABILITY) {
          usable.add(describe(device, capability));
        }
      }
      return usable;
    } catch (DriverException e) {
      throw new BackendUnavailableException("the NVIDIA driver's " + e.getMessage(), e);
    }
  }

  private void requireDriver() {
    int version = driver.version();
    if (version < OLDEST_DRIVER) {
      throw new BackendUnavailableException(
          "the NVIDIA driver is made for CUDA %s, %s or newer is needed"
              .formatted(cudaVersion(version), cudaVersion(OLDEST_DRIVER)));
    }
  }

  private void requireLibraries() {
    if (driver.missing().isPresent()) {
      throw new BackendUnavailableException(driver.missing().get());
    }
  }

  private int requireDevices() {
    int count;
    try {
      driver.initialize();
      count = driver.deviceCount();
    } catch (DriverException e) {
      if (!e.is(DriverException.NO_DEVICE)) {
        throw e;
      }
      count = 0;
    }
    if (count == 0) {
      throw new BackendUnavailableException("the NVIDIA driver finds no GPU");
    }
    return count;
  }

  private Found require(int index, int count) {
    if (index < 0 || index >= count) {
      throw new BackendUnavailableException(
          count == 1
              ? "there is 1 device, cuda:0"
              : String.format(
                  Locale.ROOT, "there are %d devices, cuda:0 to cuda:%d", count, count - 1));
    }
    return requireFirstUsable(index, index + 1);
  }

  private Found requireFirstUsable(int from, int to) {
    List<String> tooOld = new ArrayList<>();
    for (int device = from; device < to; device++) {
      int capability = driver.computeCapability(device);
      if (capability >= LOWEST_COMPUTE_CAPABILITY) {
        return new Found(device, describe(device, capability));
      }
      tooOld.add(
          String.format(
              Locale.ROOT,
              "cuda:%d %s has compute capability %s",
              device,
              driver.deviceName(device),
              dotted(capability)));
    }
    throw new BackendUnavailableException(
        "%s; %s or higher is needed"
            .formatted(String.join(", ", tooOld), dotted(LOWEST_COMPUTE_CAPABILITY)));
  }

  private Device describe(int device, int capability) {
    Map<String, String> details = new LinkedHashMap<>();
    details.put("compute capability", dotted(capability));
    details.put("driver for CUDA", cudaVersion(driver.version()));
    return new Device(
        "cuda:" + device, driver.deviceName(device), driver.totalMemory(device), details);
  }

  public static String cudaVersion(int version) {
    return version / 1000 + "." + version % 1000 / 10;
  }

  public static String dotted(int computeCapability) {
    return computeCapability / 10 + "." + computeCapability % 10;
  }
}
