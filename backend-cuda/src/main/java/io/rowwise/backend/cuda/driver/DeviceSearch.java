package io.rowwise.backend.cuda.driver;

import io.rowwise.backend.BackendUnavailableException;
import io.rowwise.backend.Device;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds the device to compute on, or says in one line why there is none.
 *
 * <p>Public for the packages beside this one; programs do not use it.
 */
public final class DeviceSearch {
  /** The environment variable by which CUDA shows a process some of the machine's devices. */
  public static final String VISIBLE = "CUDA_VISIBLE_DEVICES";

  private static final Logger LOG = LoggerFactory.getLogger(DeviceSearch.class);

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

  /** Whether a GPU may be called so: a UUID or its beginning, a PCI id, a MIG slice. */
  public static boolean isName(String text) {
    return DeviceName.of(text).isPresent();
  }

  /**
   * The number of the device that a name names, whether it is usable or not. A UUID may be cut off
   * where it is still that of one device. A MIG slice, whose own UUID the driver does not tell, is
   * found where {@link #VISIBLE} names it, as CUDA shows it to nobody else.
   *
   * @param text a UUID, {@code GPU-5dd3fd0d}; a PCI id, {@code 0000:3b:00.0}; a MIG slice, {@code
   *     MIG-3eb87630-93d5-...}
   * @param visible what {@link #VISIBLE} is, if it is set
   * @throws IllegalArgumentException if it is not {@linkplain #isName a name}
   * @throws BackendUnavailableException if the driver cannot be used, or if this process sees none
   *     of that name, or more than one
   */
  public int number(String text, Optional<String> visible) {
    DeviceName name =
        DeviceName.of(text)
            .orElseThrow(() -> new IllegalArgumentException(text + " is no name of a GPU"));
    try {
      requireDriver();
      int count = requireDevices();
      return name.kind() == DeviceName.Kind.MIG_SLICE
          ? requireSlice(text, name, count, visible)
          : requireNamed(text, name, count, visible);
    } catch (DriverException e) {
      throw new BackendUnavailableException("the NVIDIA driver's " + e.getMessage(), e);
    }
  }

  private int requireNamed(String text, DeviceName name, int count, Optional<String> visible) {
    int[] found = IntStream.range(0, count).filter(device -> isNamed(device, name)).toArray();
    if (found.length == 1) {
      return found[0];
    }
    if (found.length > 1) {
      throw new BackendUnavailableException(
          "%s is %s; give its number, or more of its UUID"
              .formatted(text, names(Arrays.stream(found), " as well as ")));
    }
    throw new BackendUnavailableException(
        "this process sees no %s, but %s; choose one of these%s"
            .formatted(
                text,
                names(IntStream.range(0, count), ", "),
                visible
                    .map(value -> ", or add it to %s, which is %s".formatted(VISIBLE, value))
                    .orElse("")));
  }

  private boolean isNamed(int device, DeviceName name) {
    return name.kind() == DeviceName.Kind.UUID
        ? uuid(device).filter(uuid -> uuid.startsWith(name.text())).isPresent()
        : pciId(device).filter(name.text()::equals).isPresent();
  }

  private static int requireSlice(
      String text, DeviceName name, int count, Optional<String> visible) {
    String[] shown = visible.orElse("").trim().split("\\s*,\\s*", -1);
    for (int device = 0; device < Math.min(count, shown.length); device++) {
      if (name.isSlice(shown[device])) {
        return device;
      }
    }
    throw new BackendUnavailableException(
        "CUDA shows a MIG slice to a process alone whose %s is its name; it is %s: start this"
                .formatted(VISIBLE, visible.orElse("not set"))
            + " process with %s=%s, and choose that or cuda".formatted(VISIBLE, text));
  }

  /** For messages: {@code cuda:0 GPU-5dd3fd0d-... 0000:3b:00.0}. */
  private String names(IntStream devices, String separator) {
    return devices
        .mapToObj(
            device ->
                "cuda:"
                    + device
                    + uuid(device).map(" "::concat).orElse("")
                    + pciId(device).map(" "::concat).orElse(""))
        .collect(Collectors.joining(separator));
  }

  private Optional<String> uuid(int device) {
    return said(() -> DeviceName.uuid(driver.uuid(device)));
  }

  private Optional<String> pciId(int device) {
    return said(() -> driver.pciBusId(device)).flatMap(DeviceName::pciId);
  }

  /** Nothing where a driver does not say it: a device is to be used by its number all the same. */
  private static Optional<String> said(Supplier<String> name) {
    try {
      return Optional.of(name.get());
    } catch (DriverException e) {
      LOG.debug("a device has no such name", e);
      return Optional.empty();
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
    uuid(device).ifPresent(uuid -> details.put("UUID", uuid));
    pciId(device).ifPresent(id -> details.put("PCI", id));
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
