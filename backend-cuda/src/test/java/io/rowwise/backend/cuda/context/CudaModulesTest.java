package io.rowwise.backend.cuda.context;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rowwise.backend.cuda.driver.DriverException;
import io.rowwise.backend.cuda.driver.GuardedGpu;
import io.rowwise.backend.cuda.driver.UnusedGpu;
import io.rowwise.backend.cuda.kernel.KernelArguments;
import io.rowwise.backend.cuda.kernel.Launch;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a device's kernels are loaded from, and who waits for it. */
@Timeout(60)
final class CudaModulesTest {
  private static final int CUDA_12 = 12_080;
  private static final int CUDA_13 = 13_000;

  /** Loads what it is not told to refuse, and says what that was. */
  private static final class LoadingGpu extends UnusedGpu {
    private final int capability;
    private final List<String> loaded = new CopyOnWriteArrayList<>();
    private volatile int binaryFails;
    private volatile int ptxFails;
    private volatile CountDownLatch release;
    private final CountDownLatch loading = new CountDownLatch(1);

    LoadingGpu(int capability) {
      this.capability = capability;
    }

    @Override
    public int computeCapability() {
      return capability;
    }

    @Override
    public long load(ByteBuffer image) {
      assertTrue(image.isDirect());
      assertEquals(0, image.get(image.limit() - 1));
      ByteBuffer elf = image.order(ByteOrder.LITTLE_ENDIAN);
      boolean binary = elf.get(0) == 0x7F;
      int flags = elf.getInt(48);
      loaded.add(binary ? "sm_" + (elf.get(8) < 8 ? flags & 0xFF : flags >> 8 & 0xFF) : "PTX");
      CountDownLatch awaited = release;
      if (awaited != null) {
        release = null;
        loading.countDown();
        try {
          awaited.await();
        } catch (InterruptedException e) {
          throw new IllegalStateException(e);
        }
      }
      int failure = binary ? binaryFails : ptxFails;
      if (failure != 0) {
        throw new DriverException("cuModuleLoadDataEx", failure, "AN_ERROR");
      }
      return loaded.size();
    }

    @Override
    public long kernel(long module, String name) {
      return 1000 * module + name.length();
    }
  }

  private static CudaModules modules(LoadingGpu gpu, int driver) {
    return new CudaModules(new GuardedGpu("cuda:0", gpu), driver);
  }

  private static Launch launch(String module, String kernel) {
    return new Launch(module, kernel, 1, 32, 0, new KernelArguments(), false);
  }

  @ParameterizedTest
  @CsvSource({
    "75, 12000, sm_75",
    "89, 12080, sm_80",
    "90, 12000, sm_90",
    "100, 13000, sm_100",
    "103, 13010, sm_100",
    "121, 14000, sm_120",
  })
  void aDeviceGetsTheBinariesThatRunOnIt(int capability, int driver, String target) {
    LoadingGpu gpu = new LoadingGpu(capability);
    CudaModules modules = modules(gpu, driver);

    modules.load("training");

    assertEquals(List.of(target), gpu.loaded);
    assertEquals(target + " binaries", modules.toString());
  }

  @ParameterizedTest
  @CsvSource({
    "90, 0, sm_90 binaries are for drivers for CUDA 12.0 or newer",
    "100, 12090, sm_100 binaries are for drivers for CUDA 13.0 or newer",
    "120, 12080, sm_120 binaries are for drivers for CUDA 13.0 or newer",
    "110, 13000, no binaries for compute capability 11.0",
  })
  void whereThereAreNoneItGetsThePtx(int capability, int driver, String reason) {
    LoadingGpu gpu = new LoadingGpu(capability);
    CudaModules modules = modules(gpu, driver);

    modules.load("training");

    assertEquals(List.of("PTX"), gpu.loaded);
    assertEquals("PTX, compiled by the driver (" + reason + ")", modules.toString());
  }

  @ParameterizedTest
  @ValueSource(ints = {200, 209, 218, 222, 300})
  void whoRefusesOneBinaryGetsNoOther(int code) {
    LoadingGpu gpu = new LoadingGpu(90);
    gpu.binaryFails = code;
    CudaModules modules = modules(gpu, CUDA_12);

    modules.load("training");
    modules.load("training");
    modules.load("softmax");

    assertEquals(List.of("sm_90", "PTX", "PTX"), gpu.loaded);
    assertEquals(
        "PTX, compiled by the driver (sm_90 binaries refused: cuModuleLoadDataEx"
            + " failed with AN_ERROR ("
            + code
            + "))",
        modules.toString());
  }

  @Test
  void whereThePtxIsRefusedTooBothReasonsAreKnown() {
    LoadingGpu gpu = new LoadingGpu(90);
    gpu.binaryFails = 209;
    gpu.ptxFails = 221;
    CudaModules modules = modules(gpu, CUDA_13);

    DriverException thrown = assertThrows(DriverException.class, () -> modules.load("training"));

    assertEquals(221, thrown.code());
    assertEquals(209, ((DriverException) thrown.getSuppressed()[0]).code());
  }

  @Test
  void anotherFailureIsThrownAndTheNextOneTriesAgain() {
    LoadingGpu gpu = new LoadingGpu(90);
    gpu.binaryFails = 1;
    CudaModules modules = modules(gpu, CUDA_13);
    Launch launch = launch("training", "epoch");

    assertEquals(1, assertThrows(DriverException.class, () -> modules.kernel(launch)).code());
    gpu.binaryFails = 0;

    assertEquals(2005, modules.kernel(launch));
    assertEquals(2005, modules.kernel(launch));
    assertEquals(List.of("sm_90", "sm_90"), gpu.loaded);
    assertEquals("sm_90 binaries", modules.toString());
  }

  @Test
  void nobodyWaitsForAnotherModule()
      throws InterruptedException, ExecutionException, TimeoutException {
    LoadingGpu gpu = new LoadingGpu(90);
    CudaModules modules = modules(gpu, CUDA_13);
    ExecutorService threads = Executors.newFixedThreadPool(3);
    try {
      CountDownLatch release = new CountDownLatch(1);
      gpu.release = release;
      Future<Long> first = threads.submit(() -> modules.kernel(launch("training", "slow")));
      gpu.loading.await();
      Future<Long> second = threads.submit(() -> modules.kernel(launch("training", "slower")));

      assertEquals(2004, threads.submit(() -> modules.kernel(launch("softmax", "fast"))).get());
      assertEquals(2004, modules.kernel(launch("softmax", "fast")));
      assertFalse(first.isDone());
      assertFalse(second.isDone());

      release.countDown();
      assertEquals(2, gpu.loaded.size());
      long handle = first.get(30, TimeUnit.SECONDS) / 1000;
      assertEquals(handle, second.get(30, TimeUnit.SECONDS) / 1000);
      assertEquals(2, gpu.loaded.size());
    } finally {
      threads.shutdownNow();
    }
  }
}
