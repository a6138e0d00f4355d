package io.rowwise.backend.cuda.jcuda;

import io.rowwise.backend.cuda.driver.Driver;
import io.rowwise.backend.cuda.driver.DriverException;
import io.rowwise.backend.cuda.driver.Gpu;
import io.rowwise.backend.cuda.library.Binding;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.UUID;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdevice_attribute;
import jcuda.driver.CUresult;
import jcuda.driver.CUuuid;
import jcuda.driver.JCudaDriver;
import jcuda.jcublas.JCublas2;

/** {@link Driver} on JCuda. */
public final class NativeDriver implements Driver {
  private static final int NAME_BYTES = 256;
  private static final int PCI_ID_BYTES = 32;

  private final Optional<String> missing;

  /**
   * Loads JCuda's native libraries, and with them the driver and cuBLAS. All that is native loads
   * in here: when it returns, the libraries' files may go.
   *
   * @param library what {@link System#loadLibrary} is to load for the driver
   * @param cublas the other one for the driver's version, asked for when the driver has been loaded
   * @throws UnsatisfiedLinkError if the driver does not load; the first line says why
   */
  public NativeDriver(String library, IntFunction<Binding> cublas) {
    NativeLibraries.load(library);
    // Makes JCuda's initialisers run now, while the libraries' files are there to be found.
    int[] version = new int[1];
    JCudaDriver.cuDriverGetVersion(version);
    missing = NativeLibraries.load(cublas.apply(version[0]));
    if (missing.isEmpty()) {
      JCublas2.setExceptionsEnabled(false);
    }
  }

  @Override
  public Optional<String> missing() {
    return missing;
  }

  @Override
  public int version() {
    int[] version = new int[1];
    check("cuDriverGetVersion", JCudaDriver.cuDriverGetVersion(version));
    return version[0];
  }

  @Override
  public void initialize() {
    check("cuInit", JCudaDriver.cuInit(0));
  }

  @Override
  public int deviceCount() {
    int[] count = new int[1];
    check("cuDeviceGetCount", JCudaDriver.cuDeviceGetCount(count));
    return count[0];
  }

  @Override
  public String deviceName(int device) {
    byte[] name = new byte[NAME_BYTES];
    check("cuDeviceGetName", JCudaDriver.cuDeviceGetName(name, name.length, handle(device)));
    int length = 0;
    while (length < name.length && name[length] != 0) {
      length++;
    }
    return new String(name, 0, length, StandardCharsets.UTF_8);
  }

  @Override
  public UUID uuid(int device) {
    CUuuid uuid = new CUuuid();
    check("cuDeviceGetUuid", JCudaDriver.cuDeviceGetUuid(uuid, handle(device)));
    ByteBuffer bytes = ByteBuffer.wrap(uuid.bytes);
    return new UUID(bytes.getLong(), bytes.getLong());
  }

  @Override
  public String pciBusId(int device) {
    String[] id = new String[1];
    check("cuDeviceGetPCIBusId", JCudaDriver.cuDeviceGetPCIBusId(id, PCI_ID_BYTES, handle(device)));
    return id[0];
  }

  @Override
  public int computeCapability(int device) {
    return computeCapability(handle(device));
  }

  static int computeCapability(CUdevice handle) {
    return 10 * attribute(CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR, handle)
        + attribute(CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR, handle);
  }

  @Override
  public long totalMemory(int device) {
    long[] bytes = new long[1];
    check("cuDeviceTotalMem", JCudaDriver.cuDeviceTotalMem(bytes, handle(device)));
    return bytes[0];
  }

  @Override
  public Gpu open(int device, boolean tensorFloat32) {
    return new NativeGpu(handle(device), tensorFloat32);
  }

  private static CUdevice handle(int device) {
    CUdevice handle = new CUdevice();
    check("cuDeviceGet", JCudaDriver.cuDeviceGet(handle, device));
    return handle;
  }

  static int attribute(int attribute, CUdevice handle) {
    int[] value = new int[1];
    check("cuDeviceGetAttribute", JCudaDriver.cuDeviceGetAttribute(value, attribute, handle));
    return value[0];
  }

  static void check(String call, int result) {
    check(call, result, () -> "");
  }

  /**
   * Throws the driver's error, if it is one.
   *
   * @param log what the driver has to say about it
   */
  static void check(String call, int result, Supplier<String> log) {
    if (result != CUresult.CUDA_SUCCESS) {
      throw new DriverException(
          DriverException.Library.DRIVER, call, result, name(result), log.get());
    }
  }

  /** An error's name; newer drivers have some that JCuda does not know. */
  private static String name(int result) {
    String name = CUresult.stringFor(result);
    String[] said = new String[1];
    if (name.startsWith("CUDA_") || JCudaDriver.cuGetErrorName(result, said) != 0) {
      return name;
    }
    return said[0];
  }
}
