package io.rowwise.backend.cuda.driver;

import java.util.Optional;
import java.util.UUID;

/**
 * What this backend uses of CUDA's driver API to find a device, and no more: one method for one
 * call, no decisions. Everything above it runs against a fake as well.
 *
 * <p>It is public because its real implementation lives in another class loader; programs do not
 * use it. Devices are counted from 0 in the driver's order. Nothing but {@link #version} and {@link
 * #missing} may be called before {@link #initialize}. Safe for use by many threads.
 */
public interface Driver {
  /**
   * The newest CUDA that the driver supports, as CUDA writes it: {@code 1000 * major + 10 * minor}.
   *
   * @throws DriverException if the driver says so
   */
  int version();

  /** One line that says which library of the CUDA toolkit cannot be used, if there is one. */
  Optional<String> missing();

  /**
   * Starts the driver; harmless when it has been started.
   *
   * @throws DriverException if it cannot start, with {@link DriverException#NO_DEVICE} if there is
   *     no GPU
   */
  void initialize();

  /**
   * The number of devices that this process may see.
   *
   * @throws DriverException if the driver says so
   */
  int deviceCount();

  /**
   * The maker's name for a device.
   *
   * @throws DriverException if the driver says so
   */
  String deviceName(int device);

  /**
   * The number that no other GPU has; of a MIG slice, its GPU's.
   *
   * @throws DriverException if the driver says so
   */
  UUID uuid(int device);

  /**
   * Where a device is on the PCI bus, {@code 0000:3B:00.0}: domain, bus, device and function, in
   * hexadecimal digits.
   *
   * @throws DriverException if the driver says so
   */
  String pciBusId(int device);

  /**
   * What a device's hardware can do, as in the compiler's {@code sm_90}: {@code 10 * major +
   * minor}.
   *
   * @throws DriverException if the driver says so
   */
  int computeCapability(int device);

  /**
   * A device's memory, in bytes.
   *
   * @throws DriverException if the driver says so
   */
  long totalMemory(int device);

  /**
   * Opens a device to compute on; the caller closes it.
   *
   * @param tensorFloat32 whether products of {@code float32} matrices may use TF32
   * @throws DriverException if the driver or cuBLAS says so
   */
  Gpu open(int device, boolean tensorFloat32);
}
