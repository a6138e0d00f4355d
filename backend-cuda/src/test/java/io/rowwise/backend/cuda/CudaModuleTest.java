package io.rowwise.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rowwise.backend.Backend;
import io.rowwise.backend.DeviceLostException;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.backend.contract.ReferenceBackend;
import io.rowwise.backend.cuda.driver.Compilation;
import io.rowwise.backend.cuda.driver.Compiler;
import io.rowwise.backend.cuda.driver.DriverException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of a module from outside, from its making to its end. */
final class CudaModuleTest {
  /** Compiles one source, and has something to say about every other. */
  private static final Compiler COMPILER =
      new Compiler() {
        @Override
        public String version() {
          return "NVRTC 99.0";
        }

        @Override
        public List<Integer> computeCapabilities() {
          return List.of(75);
        }

        @Override
        public Compilation compile(String name, String source, List<String> options) {
          if (source.equals("right")) {
            return Compilation.to(OutsideKernels.PTX);
          }
          return Compilation.failed("NVRTC 99.0 says no", name + "(1): error: this is wrong\n");
        }
      };

  private final OutsideKernels outside = new OutsideKernels(COMPILER);
  private final Backend cuda = outside.backend();

  @AfterEach
  void nothingIsLeft() {
    cuda.close();
    if (outside.failures.isEmpty()) {
      assertTrue(outside.gpu.holdsNothing());
    }
  }

  private CudaModule module() {
    return CudaModule.ofPtx(cuda, OutsideKernels.PTX);
  }

  private void add(CudaModule module, Matrix x, Matrix sum) {
    module.function("add").blocks(1).threads(32).reads(x).writes(sum).launch();
  }

  @Test
  void isForCudaBackendsOnly() {
    assertTrue(CudaModule.isSupported(cuda));
    try (Backend reference = new ReferenceBackend()) {
      assertFalse(CudaModule.isSupported(reference));
      for (Consumer<Backend> making :
          List.<Consumer<Backend>>of(
              backend -> CudaModule.ofPtx(backend, OutsideKernels.PTX),
              backend -> CudaModule.ofSource(backend, "a.cu", "right"))) {
        String message =
            assertThrows(IllegalArgumentException.class, () -> making.accept(reference))
                .getMessage();
        assertTrue(
            message.endsWith(
                ": the backend is reference (reference plain Java (cores 1)), wanted a CUDA"
                    + " backend; ask CudaModule.isSupported before"),
            message);
      }
    }
  }

  @Test
  void aMissingKernelsErrorListsThoseThereAre() {
    CudaModule module = module();

    assertEquals(Set.of("add", "echo", "nothing", "structure"), module.functions());
    assertEquals(
        "function: there is no kernel sum; this module has [add, echo, nothing, structure]",
        assertThrows(IllegalArgumentException.class, () -> module.function("sum")).getMessage());
    assertEquals(0, outside.count("kernel"));
  }

  @Test
  void aMangledNamesErrorSaysHowToKeepIt() {
    CudaModule module =
        CudaModule.ofPtx(cuda, ".version 7.0\n.target sm_75\n.entry _Z3sumPf() { ret; }");

    assertEquals(
        "function: there is no kernel sum; this module has [_Z3sumPf];"
            + " declare it extern \"C\" to keep its name",
        assertThrows(IllegalArgumentException.class, () -> module.function("sum")).getMessage());
  }

  @Test
  void aFunctionIsLookedUpOnce() {
    CudaModule module = module();

    assertSame(module.function("add"), module.function("add"));
    assertEquals(1, outside.count("kernel"));
    assertEquals("add(.u64, .u64)", module.function("add").toString());
  }

  @Test
  void sourceIsCompiledAndItsPtxKept() {
    CudaModule module = CudaModule.ofSource(cuda, "a.cu", "right");

    assertEquals(OutsideKernels.PTX, module.ptx());
    try (Matrix x = cuda.matrix(1, 3, 1, 2, 3)) {
      add(module, x, x);
      assertArrayEquals(new double[] {2, 4, 6}, x.toDoubles());
    }
  }

  @Test
  void aSourceThatDoesNotCompileShowsTheCompilersLog() {
    CompilationException thrown =
        assertThrows(
            CompilationException.class, () -> CudaModule.ofSource(cuda, "a.cu", "wrong", "-DN=3"));

    assertEquals("a.cu(1): error: this is wrong\n", thrown.log());
    assertEquals(
        List.of(
            "a.cu does not compile with --gpu-architecture=compute_75 -DN=3: NVRTC 99.0 says no",
            "a.cu(1): error: this is wrong"),
        thrown.getMessage().lines().toList());
    assertEquals(0, outside.count("load"));
  }

  @Test
  void whatIsNoPtxDoesNotReachTheDriver() {
    assertEquals(
        "this PTX cannot be read: line 1: wanted .version first, found `__global__`; CUDA C++ is"
            + " for CudaModule.ofSource",
        assertThrows(
                InvalidPtxException.class, () -> CudaModule.ofPtx(cuda, "__global__ void f() {}"))
            .getMessage());
    assertThrows(NullPointerException.class, () -> CudaModule.ofPtx(cuda, null));
    assertEquals(0, outside.count("load"));
  }

  @ParameterizedTest
  @CsvSource({
    "200, CUDA_ERROR_INVALID_IMAGE, ''",
    "209, CUDA_ERROR_NO_BINARY_FOR_GPU, ''",
    "218, CUDA_ERROR_INVALID_PTX, ''",
    "222, CUDA_ERROR_UNSUPPORTED_PTX_VERSION, '; it was made by a newer CUDA than the driver is"
        + " for: update the driver, or make it with the driver''s CUDA or an older one'",
    "300, CUDA_ERROR_INVALID_SOURCE, ''"
  })
  void whatTheDriverRefusesIsSaidWithItsVersionAndTarget(int code, String name, String hint) {
    outside.failures.put("load", new DriverException("cuModuleLoadDataEx", code, name));

    InvalidPtxException thrown = assertThrows(InvalidPtxException.class, this::module);

    assertEquals(
        "cuda:0 interpreter (driver for CUDA 12.4) does not take this PTX of .version 7.0 for"
            + " .target sm_75: cuModuleLoadDataEx failed with "
            + name
            + " ("
            + code
            + ")"
            + hint,
        thrown.getMessage());
    assertEquals(code, ((DriverException) thrown.getCause()).code());
  }

  @Test
  void otherErrorsOfTheDriverStayWhatTheyAre() {
    outside.failures.put(
        "load", new DriverException("cuModuleLoadDataEx", 304, "CUDA_ERROR_OPERATING_SYSTEM"));

    assertEquals(304, assertThrows(DriverException.class, this::module).code());
  }

  @Test
  void closingWaitsForItsKernelsAndGivesItBackOnce() {
    try (Matrix x = cuda.matrix(1, 3, 1, 2, 3)) {
      CudaModule module = module();
      add(module, x, x);
      module.close();
      module.close();

      assertEquals(1, outside.count("unload"));
      assertArrayEquals(new double[] {2, 4, 6}, x.toDoubles());
    }
  }

  static Stream<Consumer<CudaModule>> uses() {
    return Stream.of(
        module -> module.function("nothing"),
        // It was asked for before; see below.
        module -> module.function("add"));
  }

  @ParameterizedTest
  @MethodSource("uses")
  void aClosedModuleSaysSo(Consumer<CudaModule> use) {
    CudaModule module = module();
    CudaLaunch prepared = module.function("nothing").blocks(1).threads(1);
    module.function("add");
    module.close();

    String message =
        assertThrows(IllegalStateException.class, () -> use.accept(module)).getMessage();
    assertTrue(
        message.endsWith(": the module is closed; use its kernels before it is closed"), message);
    assertEquals(
        "nothing: the module is closed; use its kernels before it is closed",
        assertThrows(IllegalStateException.class, prepared::launch).getMessage());
    assertEquals(0, outside.count("launch"));
  }

  @ParameterizedTest
  @MethodSource("uses")
  void aModuleEndsWithItsBackend(Consumer<CudaModule> use) {
    CudaModule module = module();
    CudaLaunch prepared = module.function("nothing").blocks(1).threads(1);
    module.function("add");
    cuda.close();

    String message =
        assertThrows(IllegalStateException.class, () -> use.accept(module)).getMessage();
    assertTrue(
        message.endsWith(": the backend cuda:0 is closed; open another with Backends.open()"),
        message);
    assertThrows(IllegalStateException.class, prepared::launch);
    assertThrows(IllegalStateException.class, this::module);
    module.close();
    assertEquals(0, outside.count("unload"), "the device has given it back with all else");
    assertTrue(outside.gpu.isClosed());
  }

  @Test
  void nothingIsCompiledForAClosedBackend() {
    cuda.close();

    assertEquals(
        "ofSource: the backend cuda:0 is closed; open another with Backends.open()",
        assertThrows(IllegalStateException.class, () -> CudaModule.ofSource(cuda, "a.cu", "wrong"))
            .getMessage());
  }

  /** As on a device: the launch is taken, and a later call has the error. */
  @Test
  void aKernelThatFaultsIsALostDeviceAtTheNextRead() {
    Matrix x = cuda.matrix(1, 3, 1, 2, 3);
    CudaModule module = module();
    add(module, x, x);
    outside.failures.put(
        "awaitCopies",
        new DriverException("cuEventSynchronize", 700, "CUDA_ERROR_ILLEGAL_ADDRESS"));

    assertThrows(DeviceLostException.class, x::toDoubles);
    assertThrows(DeviceLostException.class, () -> add(module, x, x));
    module.close();
    assertEquals(0, outside.count("unload"));
  }

  @Test
  void closingGoesOnWhenTheDriverFails() {
    CudaModule module = module();
    outside.failures.put("unload", new DriverException("cuModuleUnload", 1, "CUDA_ERROR_INVALID"));

    module.close();
    assertThrows(IllegalStateException.class, () -> module.function("add"));
  }

  @Test
  void whoLoadsAModuleWaitsForNobodyElses() throws InterruptedException {
    CudaModule module = module();
    CountDownLatch compiling = new CountDownLatch(1);
    CountDownLatch end = new CountDownLatch(1);
    outside.before.put(
        "load",
        () -> {
          compiling.countDown();
          awaitQuietly(end);
        });
    Thread slow = new Thread(this::module);
    slow.start();
    compiling.await();
    outside.before.clear();

    module().close();
    module.close();
    assertEquals(2, outside.count("unload"));
    Thread closing = new Thread(cuda::close);
    closing.start();
    while (closing.getState() != Thread.State.WAITING) {
      assertTrue(closing.isAlive(), "the device was closed under a compilation");
      Thread.onSpinWait();
    }
    end.countDown();
    slow.join();
    closing.join();
    assertTrue(outside.gpu.isClosed());
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void closingWaitsForALaunchThatHasBegun() throws InterruptedException {
    CudaModule module = module();
    Thread closing = new Thread(module::close);
    outside.before.put(
        "launch",
        () -> {
          closing.start();
          while (closing.getState() != Thread.State.BLOCKED && closing.isAlive()) {
            Thread.onSpinWait();
          }
          assertTrue(closing.isAlive(), "the module was closed under a launch");
        });

    module.function("nothing").blocks(1).threads(1).launch();
    closing.join();

    assertEquals(1, outside.count("unload"));
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 8})
  void manyThreadsUseOneModule(int threads) throws InterruptedException, ExecutionException {
    CudaModule module = module();
    ExecutorService executor = Executors.newFixedThreadPool(threads);
    try {
      List<Future<?>> futures =
          IntStream.range(0, threads)
              .<Future<?>>mapToObj(
                  thread ->
                      executor.submit(
                          () -> {
                            try (Matrix x = cuda.matrix(1, 3, thread, 1, 2);
                                Matrix sum = cuda.matrix(ElementType.FLOAT64, 1, 3)) {
                              for (int i = 0; i < 20; i++) {
                                add(module, x, sum);
                              }
                              assertArrayEquals(
                                  new double[] {20.0 * thread, 20, 40}, sum.toDoubles());
                            }
                          }))
              .toList();
      for (Future<?> future : futures) {
        future.get();
      }
    } finally {
      executor.shutdownNow();
    }
    assertEquals(1, outside.count("kernel"));
  }
}
