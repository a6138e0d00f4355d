package io.rowwise.backend.cuda;

import io.rowwise.backend.Backend;
import io.rowwise.backend.BackendProvider;
import io.rowwise.backend.BackendUnavailableException;
import io.rowwise.backend.Device;
import io.rowwise.backend.DeviceLostException;
import io.rowwise.backend.OutOfDeviceMemoryException;
import io.rowwise.backend.Settings;
import io.rowwise.backend.cuda.context.CudaModules;
import io.rowwise.backend.cuda.driver.DeviceSearch;
import io.rowwise.backend.cuda.driver.Driver;
import io.rowwise.backend.cuda.driver.DriverException;
import io.rowwise.backend.cuda.driver.Gpu;
import io.rowwise.backend.cuda.driver.GuardedGpu;
import io.rowwise.backend.cuda.driver.MemoryLimit;
import io.rowwise.backend.cuda.kernel.Operation;
import io.rowwise.backend.cuda.library.CudaLibrary;
import io.rowwise.backend.cuda.library.LibraryMissingException;
import io.rowwise.backend.cuda.library.LibrarySearch;
import io.rowwise.backend.cuda.loader.CompilerLoader;
import io.rowwise.backend.cuda.loader.DriverLoader;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * NVIDIA GPUs, by the name {@code cuda}. {@code -Drowwise.cuda=off} switches them off; nothing
 * native is loaded then.
 *
 * <p>Safe for use by many threads.
 */
public final class CudaBackendProvider implements BackendProvider {
  /** The system property that switches this backend off when it is {@code off}. */
  public static final String SWITCH_PROPERTY = "rowwise.cuda";

  /**
   * The system property that, when it is {@code on}, lets products of {@code float32} matrices
   * round their factors to 11 bits of mantissa, which is faster.
   */
  public static final String TENSOR_FLOAT_PROPERTY = "rowwise.cuda.tf32";

  private static final Logger LOG = LoggerFactory.getLogger(CudaBackendProvider.class);

  /** Touches no native code. */
  public CudaBackendProvider() {}

  @Override
  public String name() {
    return "cuda";
  }

  @Override
  public int priority() {
    return 100;
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalArgumentException if a property has a value that is not known
   */
  @Override
  public Backend open(OptionalInt index) {
    requireKnownSettings();
    return open(driver(), index);
  }

  /**
   * {@inheritDoc}
   *
   * <p>Names are a GPU's UUID as {@code nvidia-smi -L} prints it, or the beginning of it; a PCI id;
   * and that of the MIG slice which {@code CUDA_VISIBLE_DEVICES} shows to this process.
   */
  @Override
  public OptionalInt number(String device) {
    if (!DeviceSearch.isName(device)) {
      return OptionalInt.empty();
    }
    requireKnownSettings();
    Optional<String> visible = Optional.ofNullable(System.getenv(DeviceSearch.VISIBLE));
    return OptionalInt.of(new DeviceSearch(driver()).number(device, visible));
  }

  @Override
  public List<Device> devices() {
    return new DeviceSearch(driver()).usable();
  }

  private static Driver driver() {
    if (!Settings.isOn(SWITCH_PROPERTY, true)) {
      throw new BackendUnavailableException("switched off by -D" + SWITCH_PROPERTY + "=off");
    }
    return DriverLoader.driver();
  }

  /** So that an error is told on a machine without a GPU as well. */
  private static void requireKnownSettings() {
    Settings.isOn(SWITCH_PROPERTY, true);
    Settings.isOn(TENSOR_FLOAT_PROPERTY, false);
    Settings.bytes(MemoryLimit.PROPERTY);
  }

  @Override
  public List<String> properties() {
    return List.of(
        SWITCH_PROPERTY, TENSOR_FLOAT_PROPERTY, MemoryLimit.PROPERTY, LibrarySearch.PROPERTY);
  }

  /** {@inheritDoc} */
  @Override
  public List<String> libraries() {
    String platform =
        DriverLoader.platform(System.getProperty("os.name"), System.getProperty("os.arch"));
    if (Settings.text(SWITCH_PROPERTY).filter("off"::equals).isPresent()
        || !platform.startsWith("linux")) {
      return List.of();
    }
    String driver;
    int version = LibrarySearch.ANY_DRIVER;
    try {
      version = DriverLoader.driver().version();
      driver = "NVIDIA driver for CUDA " + DeviceSearch.cudaVersion(version);
    } catch (BackendUnavailableException | DriverException e) {
      driver = e.getMessage();
    }
    LibrarySearch search = LibrarySearch.here(version);
    return List.of(
        driver,
        toolkitLibrary(CudaLibrary.CUBLAS, search),
        toolkitLibrary(CudaLibrary.NVRTC, search));
  }

  private static String toolkitLibrary(CudaLibrary library, LibrarySearch search) {
    try {
      return library.title() + ": " + search.find(library);
    } catch (LibraryMissingException e) {
      return e.getMessage();
    }
  }

  static Backend open(Driver driver, OptionalInt index) {
    DeviceSearch.Found found = new DeviceSearch(driver).find(index);
    boolean tensorFloat32 = Settings.isOn(TENSOR_FLOAT_PROPERTY, false);
    Backend backend =
        open(found.device(), driver.version(), () -> driver.open(found.number(), tensorFloat32));
    LOG.warn(
        "{}: this version has not been run on a GPU yet; compare its results with -Dbackend=cpu",
        backend.device());
    return backend;
  }

  /**
   * Opens a device that was found, and has it compute something.
   *
   * @param driver its version, as {@link CudaModules} takes it
   */
  static Backend open(Device device, int driver, Supplier<Gpu> gpu) {
    Backend backend;
    try {
      backend = start(device, driver, gpu.get());
    } catch (DriverException | DeviceLostException | OutOfDeviceMemoryException e) {
      throw new BackendUnavailableException(
          "%s %s does not start: %s".formatted(device.id(), device.name(), e.getMessage()), e);
    }
    try {
      SelfTest.require(backend);
    } catch (RuntimeException e) {
      backend.close();
      throw e;
    }
    return backend;
  }

  private static CudaBackend start(Device device, int driver, Gpu gpu) {
    try {
      Map<String, String> details = new LinkedHashMap<>(device.details());
      int cublas = gpu.cublasVersion();
      details.put(
          "cuBLAS",
          String.format(
              Locale.ROOT, "%d.%d.%d", cublas / 10_000, cublas / 100 % 100, cublas % 100));
      CudaModules modules = new CudaModules(new GuardedGpu(device.id(), gpu), driver);
      // The first computation needs it anyway; here it shows what this driver takes.
      modules.load(Operation.SOFTMAX.module());
      details.put("kernels", modules.toString());
      return new CudaBackend(
          new Device(device.id(), device.name(), MemoryLimit.of(device.memoryBytes()), details),
          modules,
          CompilerLoader::compiler);
    } catch (RuntimeException e) {
      gpu.close();
      throw e;
    }
  }
}
