package io.rowwise.backend.cuda.loader;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rowwise.backend.Backend;
import io.rowwise.backend.BackendUnavailableException;
import io.rowwise.backend.Backends;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Transpose;
import io.rowwise.backend.cuda.CudaBackendProvider;
import io.rowwise.backend.cuda.driver.Driver;
import io.rowwise.backend.cuda.driver.DriverException;
import io.rowwise.backend.cuda.driver.Gpu;
import io.rowwise.backend.cuda.driver.LaunchSize;
import io.rowwise.backend.cuda.driver.MatrixProduct;
import io.rowwise.backend.cuda.driver.ModuleImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** What {@link StubDriverTest} runs, each in a JVM of its own. */
final class StubDriverPrograms {
  static final String MODULE =
      """
      .version 7.0
      .target sm_75
      .address_size 64
      .visible .entry probe(
        .param .u32 probe_param_0,
        .param .u64 probe_param_1,
        .param .f32 probe_param_2,
        .param .f64 probe_param_3
      )
      { ret; }
      """;

  private StubDriverPrograms() {}

  /** Opens the backend as a program does, and prints what it says of the device. */
  static final class Open {
    private Open() {}

    public static void main(String[] arguments) {
      try (Backend backend = Backends.choose("cuda", false).backend()) {
        System.out.println(backend.device().details());
        new CudaBackendProvider().libraries().forEach(System.out::println);
      }
    }
  }

  /** Opens devices by name; prints which they are or why not, and what has no UUID any more. */
  static final class Names {
    private Names() {}

    public static void main(String[] arguments) throws IOException {
      for (String name : System.getProperty("names").split(" ", -1)) {
        try (Backend backend = Backends.choose("cuda:" + name, false).backend()) {
          System.out.println(name + " is " + backend.device().id());
        } catch (BackendUnavailableException e) {
          System.out.println(e.getMessage());
        }
      }
      Files.writeString(Path.of(System.getProperty("fail")), "cuDeviceGetUuid:801");
      System.out.println(new CudaBackendProvider().devices());
    }
  }

  /**
   * One of the driver's functions after another fails; each time it is said, and nothing is left.
   */
  static final class Failures {
    private static final String[][] FAILURES = {
      {"cuInit:999", "the NVIDIA driver's cuInit failed with CUDA_ERROR_UNKNOWN (999)"},
      {"cuDeviceGetCount:100", "the NVIDIA driver finds no GPU"},
      {"cuDeviceGetAttribute:1", "cuDeviceGetAttribute failed with CUDA_ERROR_INVALID_VALUE (1)"},
      {"cuDevicePrimaryCtxRetain:2", "cuDevicePrimaryCtxRetain failed with CUDA_ERROR_OUT_OF_MEM"},
      {"cuCtxPushCurrent_v2:201", "cuCtxPushCurrent failed with CUDA_ERROR_INVALID_CONTEXT (201)"},
      {"cublasGetVersion_v2:1", "cublasGetVersion failed with CUBLAS_STATUS_NOT_INITIALIZED (1)"},
      {"cuModuleLoadDataEx:222", "failed with CUDA_ERROR_UNSUPPORTED_PTX_VERSION (222)"},
      {"cuModuleGetFunction:500", "cuModuleGetFunction failed with CUDA_ERROR_NOT_FOUND (500)"},
      {"cuStreamCreate:2", "cuStreamCreate failed with CUDA_ERROR_OUT_OF_MEMORY (2)"},
      {"cuEventCreate:2", "cuEventCreate failed with CUDA_ERROR_OUT_OF_MEMORY (2)"},
      {"cuMemAlloc_v2:2", "a matrix of 24 bytes was asked for, 123456789 bytes are available"},
      {"cuMemHostAlloc:2", "cuMemHostAlloc failed with CUDA_ERROR_OUT_OF_MEMORY (2)"},
      {
        "cuMemcpyHtoDAsync_v2:700",
        "is lost: cuMemcpyHtoDAsync failed with CUDA_ERROR_ILLEGAL_ADDRESS"
      },
      {"cuLaunchKernel:719", "is lost: cuLaunchKernel failed with CUDA_ERROR_LAUNCH_FAILED (719)"},
      {"cuEventSynchronize:700", "is lost: cuEventSynchronize failed with CUDA_ERROR_ILLEGAL_ADD"},
    };

    private Failures() {}

    public static void main(String[] arguments) throws IOException {
      Path fail = Path.of(System.getProperty("fail"));
      for (String[] each : FAILURES) {
        Files.writeString(fail, each[0]);
        BackendUnavailableException thrown =
            assertThrows(
                BackendUnavailableException.class, () -> Backends.choose("cuda", false), each[0]);
        assertTrue(thrown.getMessage().contains(each[1]), thrown::getMessage);
      }
      Files.delete(fail);
      Backends.choose("cuda", false).backend().close();
      System.out.println("done");
    }
  }

  /** One thread, every method. */
  static final class EveryMethod {
    private EveryMethod() {}

    public static void main(String[] arguments) {
      Driver driver = DriverLoader.driver();
      driver.initialize();
      try (Gpu gpu = driver.open(0, false)) {
        assertEquals(4, gpu.multiprocessors());
        assertEquals(90, gpu.computeCapability());
        assertEquals(227 * 1024, gpu.sharedBytesPerBlock());
        assertEquals(130102, gpu.cublasVersion());
        assertEquals(123456789, gpu.freeMemory());
        sharing(gpu);
        copies(gpu);
        launches(gpu);
        products(gpu);
        recording(gpu);
        errors(gpu);
      }
      System.out.println("done");
    }

    private static void sharing(Gpu gpu) {
      long stream = gpu.createStream();
      long memory = gpu.allocate(100);
      assertEquals(100, gpu.bytesFrom(memory));
      assertEquals(1, gpu.bytesFrom(memory + 99));
      assertEquals(0, gpu.bytesFrom(16));
      long[] handles = new long[2];
      gpu.share(stream, handle -> handles[0] = handle);
      gpu.share(stream, handle -> handles[1] = handle);
      assertTrue(handles[0] != 0);
      assertEquals(handles[0], handles[1]);
      assertThrows(
          IllegalStateException.class,
          () ->
              gpu.share(
                  stream,
                  handle -> {
                    throw new IllegalStateException("theirs");
                  }));
      gpu.free(memory);
      gpu.destroyStream(stream);
    }

    private static void copies(Gpu gpu) {
      long stream = gpu.createStream();
      long second = gpu.createStream();
      long memory = gpu.allocate(3 * 40);
      ByteBuffer pinned = gpu.pin(3 * 24);
      assertEquals(3 * 24, pinned.capacity());
      assertEquals(ByteOrder.nativeOrder(), pinned.order());
      for (int i = 0; i < 9; i++) {
        pinned.putDouble(8 * i, i + 1);
      }
      gpu.clear(stream, memory, 3 * 40);
      // Rows of 3 elements, 5 from one to the next; then all of it back as one row.
      gpu.upload(stream, memory, 40, pinned, 24, 3);
      ByteBuffer back = gpu.pin(3 * 40);
      gpu.waitFor(second, stream);
      gpu.download(second, back, memory, 120, 120, 1);
      gpu.synchronize(second);
      double[] whole = new double[15];
      back.asDoubleBuffer().get(whole);
      assertArrayEquals(new double[] {1, 2, 3, 0, 0, 4, 5, 6, 0, 0, 7, 8, 9, 0, 0}, whole);
      gpu.download(second, back, memory + 8, 40, 16, 2);
      gpu.awaitCopies(back);
      double[] part = new double[4];
      back.asDoubleBuffer().get(part);
      assertArrayEquals(new double[] {2, 3, 5, 6}, part);
      gpu.clear(stream, memory + 8, 8);
      gpu.download(stream, back, memory, 16, 16, 1);
      gpu.synchronize(stream);
      assertEquals(1, back.getDouble(0));
      assertEquals(0, back.getDouble(8));
      waits(gpu, stream, second, memory, pinned, back);
      gpu.unpin(back);
      gpu.unpin(pinned);
      gpu.free(memory);
      gpu.destroyStream(stream);
      gpu.destroyStream(second);
    }

    /** Copies are waited for as far as they use a buffer, and on whatever streams. */
    private static void waits(
        Gpu gpu, long stream, long second, long memory, ByteBuffer pinned, ByteBuffer back) {
      ByteBuffer third = gpu.pin(16);
      third.putDouble(0, -1);
      gpu.clear(stream, memory, 24);
      gpu.download(stream, pinned, memory, 16, 16, 1);
      gpu.download(stream, third, memory, 16, 16, 1);
      gpu.awaitCopies(pinned);
      assertEquals(0, pinned.getDouble(0));
      assertEquals(-1, third.getDouble(0));
      gpu.awaitCopies(third);
      assertEquals(0, third.getDouble(0));
      pinned.putDouble(0, 5).putDouble(8, 6);
      gpu.upload(stream, memory, 16, pinned, 16, 1);
      gpu.upload(second, memory + 16, 16, pinned, 16, 1);
      gpu.awaitCopies(pinned);
      pinned.clear().put(new byte[16]);
      gpu.waitFor(stream, second);
      gpu.download(stream, back, memory, 32, 32, 1);
      gpu.awaitCopies(back);
      double[] numbers = new double[4];
      back.asDoubleBuffer().get(numbers);
      assertArrayEquals(new double[] {5, 6, 5, 6}, numbers);
      gpu.unpin(third);
      assertThrows(IllegalArgumentException.class, () -> gpu.unpin(third));
    }

    static final int[] OFFSETS = {0, 8, 16, 24};

    static ByteBuffer values(int a, long b, float c, double d) {
      ByteBuffer values = ByteBuffer.allocateDirect(32).order(ByteOrder.nativeOrder());
      return values.putInt(0, a).putLong(8, b).putFloat(16, c).putDouble(24, d);
    }

    private static void launches(Gpu gpu) {
      long stream = gpu.createStream();
      long module = gpu.load(ModuleImage.ofPtx(MODULE));
      long kernel = gpu.kernel(module, "probe");
      LaunchSize large = new LaunchSize(70_000, 3, 2, 8, 4, 2, 512);
      gpu.launch(stream, kernel, large, values(-2, 0x0123_4567_89AB_CDEFL, 1.5f, 1.5), OFFSETS);
      gpu.launch(stream, kernel, LaunchSize.of(1, 32), values(1, 2, 1, 2), OFFSETS);
      LaunchSize together = LaunchSize.of(4, 32).cooperating();
      gpu.launch(stream, kernel, together, values(5, 6, 1, 2), OFFSETS);
      LaunchSize tooMany = LaunchSize.of(5, 32).cooperating();
      DriverException refused =
          assertThrows(
              DriverException.class,
              () -> gpu.launch(stream, kernel, tooMany, values(5, 6, 1, 2), OFFSETS));
      assertTrue(refused.isTooLargeToCooperate(), refused::getMessage);
      gpu.unload(module);
      gpu.destroyStream(stream);
    }

    private static void recording(Gpu gpu) {
      long recorded = gpu.createStream();
      long stream = gpu.createStream();
      long module = gpu.load(ModuleImage.ofPtx(MODULE));
      long kernel = gpu.kernel(module, "probe");
      long memory = gpu.allocate(8 * 6);
      ByteBuffer pinned = gpu.pin(8 * 6);
      for (int i = 0; i < 5; i++) {
        pinned.putDouble(8 * i, i + 1);
      }
      pinned.putDouble(40, 0);
      gpu.upload(stream, memory, 48, pinned, 48, 1);
      gpu.beginRecording(recorded);
      gpu.launch(recorded, kernel, LaunchSize.of(1, 32), values(7, 0, 0, 0), OFFSETS);
      // The sum of what is there and 1 * 2.
      multiply(gpu, recorded, ElementType.FLOAT64, 1, memory, memory + 8, 1, memory + 40);
      long recording = gpu.endRecording(recorded);
      gpu.download(stream, pinned, memory, 48, 48, 1);
      gpu.synchronize(stream);
      assertEquals(0, pinned.getDouble(40));
      gpu.replay(stream, recording);
      gpu.replay(stream, recording);
      gpu.download(stream, pinned, memory, 48, 48, 1);
      gpu.synchronize(stream);
      assertEquals(4, pinned.getDouble(40));
      gpu.forget(recording);
      gpu.unpin(pinned);
      gpu.free(memory);
      gpu.unload(module);
      gpu.destroyStream(recorded);
      gpu.destroyStream(stream);
    }

    static void multiply(
        Gpu gpu, long stream, ElementType type, double alpha, long a, long b, double beta, long c) {
      Transpose no = Transpose.NO;
      gpu.multiply(
          stream, alpha, new MatrixProduct(type, type, 1, 1, 1, a, no, 1, b, no, 1, c, 1), beta);
    }

    /** All ways to transpose, with leading dimensions greater than what they have to be. */
    private static void products(Gpu gpu) {
      int rows = 2;
      int columns = 3;
      int inner = 4;
      Random random = new Random(1);
      long stream = gpu.createStream();
      for (ElementType factors : ElementType.values()) {
        ElementType type = factors.computedIn();
        for (Transpose transposeA : Transpose.values()) {
          for (Transpose transposeB : Transpose.values()) {
            int lda = (transposeA == Transpose.NO ? inner : rows) + 1;
            int ldb = (transposeB == Transpose.NO ? columns : inner) + 2;
            int ldc = columns + 3;
            double[] a = numbers(random, 4 * lda);
            double[] b = numbers(random, 4 * ldb);
            double[] c = numbers(random, rows * ldc);
            long deviceA = upload(gpu, stream, factors, a);
            long deviceB = upload(gpu, stream, factors, b);
            long deviceC = upload(gpu, stream, type, c);
            MatrixProduct product =
                new MatrixProduct(
                    factors,
                    type,
                    rows,
                    columns,
                    inner,
                    deviceA,
                    transposeA,
                    lda,
                    deviceB,
                    transposeB,
                    ldb,
                    deviceC,
                    ldc);
            gpu.multiply(stream, 2, product, 0.5);
            long scalars = upload(gpu, stream, type, new double[] {2, 0.5});
            gpu.multiplyByDeviceScalars(stream, scalars, product, scalars + type.bytes());
            gpu.synchronize(stream);
            gpu.free(scalars);
            for (int i = 0; i < rows; i++) {
              for (int j = 0; j < columns; j++) {
                double sum = 0;
                for (int k = 0; k < inner; k++) {
                  double x = transposeA == Transpose.NO ? a[i * lda + k] : a[k * lda + i];
                  double y = transposeB == Transpose.NO ? b[k * ldb + j] : b[j * ldb + k];
                  sum += x * y;
                }
                c[i * ldc + j] = 2 * sum + 0.5 * (2 * sum + 0.5 * c[i * ldc + j]);
              }
            }
            // Small whole numbers: exact in all types.
            assertArrayEquals(c, download(gpu, stream, type, deviceC, c.length));
            gpu.free(deviceA);
            gpu.free(deviceB);
            gpu.free(deviceC);
          }
        }
      }
      gpu.destroyStream(stream);
    }

    private static void errors(Gpu gpu) {
      DriverException thrown =
          assertThrows(DriverException.class, () -> gpu.load(ModuleImage.ofPtx("nonsense")));
      assertEquals(218, thrown.code());
      assertEquals(
          "cuModuleLoadDataEx failed with CUDA_ERROR_INVALID_PTX (218): stub: no .version in line"
              + " 1",
          thrown.getMessage());
      assertThrows(
          IllegalArgumentException.class, () -> gpu.load(ByteBuffer.wrap(new byte[] {'a', 0})));
      DriverException other =
          assertThrows(DriverException.class, () -> gpu.load(binaryOfAnotherDevice()));
      assertEquals(209, other.code());
      long module = gpu.load(ModuleImage.ofPtx(MODULE));
      assertEquals(
          500, assertThrows(DriverException.class, () -> gpu.kernel(module, "nothing")).code());
      long kernel = gpu.kernel(module, "probe");
      gpu.unload(module);
      long stream = gpu.createStream();
      assertThrows(
          IllegalArgumentException.class,
          () -> gpu.launch(stream, kernel, LaunchSize.of(1, 1), values(0, 0, 0, 0), OFFSETS));
      assertThrows(DriverException.class, () -> gpu.free(12345));
      assertThrows(DriverException.class, () -> gpu.clear(stream, 12345, 1));
      assertThrows(
          IllegalArgumentException.class, () -> gpu.awaitCopies(ByteBuffer.allocateDirect(1)));
      // Left open, and the stream with it: closing the device gives them back.
      gpu.load(ModuleImage.ofPtx(MODULE));
      gpu.beginRecording(stream);
      gpu.endRecording(stream);
    }
  }

  /** The beginning of one, for compute capability 7.5. */
  private static ByteBuffer binaryOfAnotherDevice() {
    int version = 7;
    int flags = 48;
    ByteBuffer header = ByteBuffer.allocateDirect(64).order(ByteOrder.nativeOrder());
    header.put(0, new byte[] {0x7F, 'E', 'L', 'F'}).put(8, (byte) version).putInt(flags, 75);
    return header;
  }

  /** Threads that take turns with streams, while others make and destroy theirs. */
  static final class Threads {
    private static final int THREADS = 6;
    private static final int ROUNDS = 200;

    private Threads() {}

    public static void main(String[] arguments) throws InterruptedException, ExecutionException {
      Driver driver = DriverLoader.driver();
      driver.initialize();
      ExecutorService threads = Executors.newFixedThreadPool(THREADS);
      try (Gpu gpu = driver.open(0, false)) {
        List<Future<?>> running = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
          int seed = i;
          running.add(threads.submit(() -> rounds(gpu, seed)));
        }
        for (Future<?> each : running) {
          each.get();
        }
      } finally {
        threads.shutdown();
      }
      System.out.println("done");
    }

    private static void rounds(Gpu gpu, int seed) {
      Random random = new Random(seed);
      for (int i = 0; i < ROUNDS; i++) {
        long stream = gpu.createStream();
        double[] numbers = numbers(random, 1 + random.nextInt(50));
        long memory = upload(gpu, stream, ElementType.FLOAT64, numbers);
        assertArrayEquals(
            numbers, download(gpu, stream, ElementType.FLOAT64, memory, numbers.length));
        gpu.free(memory);
        gpu.destroyStream(stream);
      }
    }
  }

  static double[] numbers(Random random, int count) {
    return random.doubles(count).map(each -> Math.floor(each * 9) - 4).toArray();
  }

  static long upload(Gpu gpu, long stream, ElementType type, double[] numbers) {
    int bytes = numbers.length * type.bytes();
    ByteBuffer pinned = gpu.pin(bytes);
    for (int i = 0; i < numbers.length; i++) {
      switch (type) {
        case FLOAT32 -> pinned.putFloat(4 * i, (float) numbers[i]);
        case FLOAT64 -> pinned.putDouble(8 * i, numbers[i]);
        case BFLOAT16, FLOAT16 -> pinned.putShort(2 * i, type.bits(numbers[i]));
      }
    }
    long memory = gpu.allocate(bytes);
    gpu.upload(stream, memory, bytes, pinned, bytes, 1);
    gpu.synchronize(stream);
    gpu.unpin(pinned);
    return memory;
  }

  static double[] download(Gpu gpu, long stream, ElementType type, long memory, int count) {
    int bytes = count * type.bytes();
    ByteBuffer pinned = gpu.pin(bytes);
    gpu.download(stream, pinned, memory, bytes, bytes, 1);
    gpu.synchronize(stream);
    double[] numbers = new double[count];
    for (int i = 0; i < count; i++) {
      numbers[i] = type == ElementType.FLOAT32 ? pinned.getFloat(4 * i) : pinned.getDouble(8 * i);
    }
    gpu.unpin(pinned);
    return numbers;
  }
}
