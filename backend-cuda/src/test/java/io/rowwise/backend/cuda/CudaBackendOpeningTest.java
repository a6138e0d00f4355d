package io.rowwise.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rowwise.backend.Backend;
import io.rowwise.backend.BackendUnavailableException;
import io.rowwise.backend.Device;
import io.rowwise.backend.cuda.driver.Driver;
import io.rowwise.backend.cuda.driver.DriverException;
import io.rowwise.backend.cuda.driver.FakeDriver;
import io.rowwise.backend.cuda.driver.Gpu;
import io.rowwise.backend.cuda.driver.InterpretedGpu;
import io.rowwise.backend.cuda.driver.MemoryLimit;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How a device that was found becomes a backend, or why it does not. */
final class CudaBackendOpeningTest {
  private static final OptionalInt FIRST_USABLE = OptionalInt.empty();

  private final InterpretedGpu gpu = new InterpretedGpu();

  @AfterEach
  void clearProperties() {
    System.clearProperty(CudaBackendProvider.TENSOR_FLOAT_PROPERTY);
    System.clearProperty(MemoryLimit.PROPERTY);
  }

  private static final class OneDevice implements Driver {
    private final Gpu gpu;
    private final DriverException failure;
    private boolean tensorFloat32;
    private String missing;

    OneDevice(Gpu gpu, DriverException failure) {
      this.gpu = gpu;
      this.failure = failure;
    }

    @Override
    public int version() {
      return 12_060;
    }

    @Override
    public Optional<String> missing() {
      return Optional.ofNullable(missing);
    }

    @Override
    public void initialize() {}

    @Override
    public int deviceCount() {
      return 1;
    }

    @Override
    public String deviceName(int device) {
      return "NVIDIA H100";
    }

    @Override
    public UUID uuid(int device) {
      return UUID.fromString("5dd3fd0d-7a1c-4b21-9e6f-0c1d2e3f4a5b");
    }

    @Override
    public String pciBusId(int device) {
      return "0000:3B:00.0";
    }

    @Override
    public int computeCapability(int device) {
      return 90;
    }

    @Override
    public long totalMemory(int device) {
      return 80L << 30;
    }

    @Override
    public Gpu open(int device, boolean tensorFloat32) {
      this.tensorFloat32 = tensorFloat32;
      if (failure != null) {
        throw failure;
      }
      return gpu;
    }
  }

  private interface Replacement {
    Object call(String method, Object[] arguments);
  }

  /** The device, with calls done otherwise: where the replacement gives null, as they are. */
  private Gpu with(Replacement replacement) {
    return (Gpu)
        Proxy.newProxyInstance(
            Gpu.class.getClassLoader(),
            new Class<?>[] {Gpu.class},
            (proxy, method, arguments) -> {
              Object result = replacement.call(method.getName(), arguments);
              if (result != null) {
                return result;
              }
              try {
                return method.invoke(gpu, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  private static Backend open(Gpu gpu) {
    return CudaBackendProvider.open(new OneDevice(gpu, null), FIRST_USABLE);
  }

  @Test
  void theDeviceTellsItsVersions() {
    try (Backend backend = open(gpu)) {
      Device device = backend.device();
      assertEquals(
          "cuda:0 NVIDIA H100 (compute capability 9.0, driver for CUDA 12.6,"
              + " UUID GPU-5dd3fd0d-7a1c-4b21-9e6f-0c1d2e3f4a5b, PCI 0000:3b:00.0, cuBLAS 12.6.0,"
              + " kernels PTX, compiled by the driver (sm_80 binaries refused:"
              + " cuModuleLoadDataEx failed with CUDA_ERROR_NO_BINARY_FOR_GPU (209)))",
          device.toString());
      assertEquals(80L << 30, device.memoryBytes());
      assertEquals(0, backend.openMatrices());
    }
    assertTrue(gpu.holdsNothing());
    assertTrue(gpu.isClosed());
  }

  @ParameterizedTest
  @CsvSource({
    "cuDevicePrimaryCtxRetain, 2, CUDA_ERROR_OUT_OF_MEMORY",
    "cublasCreate, 3, CUBLAS_STATUS_ALLOC_FAILED"
  })
  void aDeviceThatDoesNotStartIsAReason(String call, int code, String name) {
    Driver driver = new OneDevice(gpu, new DriverException(call, code, name));
    BackendUnavailableException e =
        assertThrows(
            BackendUnavailableException.class,
            () -> CudaBackendProvider.open(driver, FIRST_USABLE));
    assertEquals(
        String.format(
            Locale.ROOT,
            "cuda:0 NVIDIA H100 does not start: %s failed with %s (%d)",
            call,
            name,
            code),
        e.getMessage());
  }

  @Test
  void aDeviceThatComputesWronglyIsAReason() {
    Gpu wrong =
        with(
            (method, arguments) -> {
              if (method.equals("multiply")) {
                arguments[1] = 2.0;
              }
              return null;
            });
    BackendUnavailableException e =
        assertThrows(BackendUnavailableException.class, () -> open(wrong));
    assertTrue(
        e.getMessage().startsWith("cuda:0 computes wrongly: a softmax in float32 gave "),
        e.getMessage());
    assertTrue(gpu.holdsNothing());
    assertTrue(gpu.isClosed());
  }

  @ParameterizedTest
  @CsvSource({
    "load, 222, cuda:0 NVIDIA H100 does not start: load failed with INJECTED (222)",
    "load, 700, cuda:0 NVIDIA H100 does not start: cuda:0 is lost: load failed with INJECTED (700)",
    "launch, 1, cuda:0 fails its first computation: launch failed with INJECTED (1)",
    "launch, 700, cuda:0 fails its first computation: cuda:0 is lost: launch failed with INJECTED"
  })
  void aDeviceThatFailsAtFirstIsAReason(String call, int code, String start) {
    Gpu failing =
        with(
            (method, arguments) -> {
              if (method.equals(call)) {
                throw new DriverException(method, code, "INJECTED");
              }
              return null;
            });
    BackendUnavailableException e =
        assertThrows(BackendUnavailableException.class, () -> open(failing));
    assertTrue(e.getMessage().startsWith(start), e.getMessage());
    assertTrue(gpu.isClosed());
  }

  @Test
  void tooLittleMemoryIsAReason() {
    System.setProperty(MemoryLimit.PROPERTY, "1k");
    BackendUnavailableException e =
        assertThrows(BackendUnavailableException.class, () -> open(gpu));
    assertTrue(
        e.getMessage().startsWith("cuda:0 fails its first computation: cuda:0: a matrix of "),
        e.getMessage());
    assertTrue(gpu.holdsNothing());
  }

  @Test
  void aLimitThatIsNoSizeIsAnErrorAndNotAReason() {
    System.setProperty(MemoryLimit.PROPERTY, "much");
    assertThrows(IllegalArgumentException.class, () -> open(gpu));
    assertTrue(gpu.isClosed());
  }

  @ParameterizedTest
  @CsvSource(
      value = {"on, true", "off, false", "NULL, false"},
      nullValues = "NULL")
  void tensorFloatsAreOffUnlessAskedFor(String position, boolean expected) {
    if (position != null) {
      System.setProperty(CudaBackendProvider.TENSOR_FLOAT_PROPERTY, position);
    }
    OneDevice driver = new OneDevice(gpu, null);
    CudaBackendProvider.open(driver, FIRST_USABLE).close();
    assertEquals(expected, driver.tensorFloat32);
  }

  @Test
  void aMissingLibraryIsAReason() {
    OneDevice driver = new OneDevice(gpu, null);
    driver.missing = "cuBLAS is missing: install it";
    BackendUnavailableException e =
        assertThrows(
            BackendUnavailableException.class,
            () -> CudaBackendProvider.open(driver, FIRST_USABLE));
    assertEquals("cuBLAS is missing: install it", e.getMessage());
  }

  @Test
  void noDeviceIsAReason() {
    BackendUnavailableException e =
        assertThrows(
            BackendUnavailableException.class,
            () -> CudaBackendProvider.open(new FakeDriver(12_060, 0, List.of()), FIRST_USABLE));
    assertEquals("the NVIDIA driver finds no GPU", e.getMessage());
  }
}
