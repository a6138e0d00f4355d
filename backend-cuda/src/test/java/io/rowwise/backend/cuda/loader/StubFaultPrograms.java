package io.rowwise.backend.cuda.loader;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.rowwise.backend.Backend;
import io.rowwise.backend.Backends;
import io.rowwise.backend.DeviceLostException;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.backend.OutOfDeviceMemoryException;
import io.rowwise.backend.cuda.driver.Driver;
import io.rowwise.backend.cuda.driver.DriverException;
import io.rowwise.backend.cuda.driver.Gpu;
import io.rowwise.backend.cuda.driver.GuardedGpu;
import io.rowwise.backend.cuda.driver.LaunchSize;
import io.rowwise.backend.cuda.driver.ModuleImage;
import io.rowwise.kernel.Targets;
import io.rowwise.kernel.TrainingEpoch;
import java.io.IOException;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;

/** What {@link StubDriverTest} runs to see what threads do to each other, and what fails late. */
final class StubFaultPrograms {
  private static final int[] OFFSETS = StubDriverPrograms.EveryMethod.OFFSETS;

  private StubFaultPrograms() {}

  private static Gpu open() {
    Driver driver = DriverLoader.driver();
    driver.initialize();
    return driver.open(0, false);
  }

  private static ByteBuffer noArguments() {
    return StubDriverPrograms.EveryMethod.values(0, 0, 0, 0);
  }

  private static void product(Gpu gpu, long stream, long memory) {
    StubDriverPrograms.EveryMethod.multiply(
        gpu, stream, ElementType.FLOAT64, 1, memory, memory + 8, 0, memory + 16);
  }

  /** A thread records while another one does all that it may. */
  static final class Recording {
    private Recording() {}

    public static void main(String[] arguments) throws InterruptedException, ExecutionException {
      try (Gpu gpu = open();
          Gpu other = open()) {
        long module = gpu.load(ModuleImage.ofPtx(StubDriverPrograms.MODULE));
        long kernel = gpu.kernel(module, "probe");
        long stream = gpu.createStream();
        long numbers = StubDriverPrograms.upload(gpu, stream, ElementType.FLOAT64, new double[3]);
        long ended = gpu.createStream();
        product(gpu, ended, numbers);
        long replayed = gpu.createStream();

        gpu.beginRecording(stream);
        gpu.launch(stream, kernel, LaunchSize.of(1, 1), noArguments(), OFFSETS);
        CountDownLatch through = new CountDownLatch(1);
        FutureTask<Void> work =
            new FutureTask<>(
                () -> {
                  // These go on meanwhile; cuBLAS does not start or end, and nobody else records.
                  gpu.unload(gpu.load(ModuleImage.ofPtx(StubDriverPrograms.MODULE)));
                  long own = other.createStream();
                  double[] given = {1, 2, 0};
                  long memory = StubDriverPrograms.upload(other, own, ElementType.FLOAT64, given);
                  through.countDown();
                  product(other, own, memory);
                  gpu.destroyStream(ended);
                  other.beginRecording(own);
                  product(other, own, memory);
                  other.forget(other.endRecording(own));
                  assertEquals(
                      2,
                      StubDriverPrograms.download(other, own, ElementType.FLOAT64, memory, 3)[2]);
                  other.free(memory);
                  other.destroyStream(own);
                  return null;
                });
        Thread thread = new Thread(work);
        thread.start();
        through.await();
        while (thread.getState() == Thread.State.RUNNABLE) {
          Thread.onSpinWait();
        }
        product(gpu, stream, numbers);
        long recording = gpu.endRecording(stream);
        work.get();
        gpu.replay(replayed, recording);
        gpu.synchronize(replayed);
        gpu.forget(recording);

        // One that failed leaves the way free for the next.
        gpu.beginRecording(stream);
        assertEquals(
            900, assertThrows(DriverException.class, () -> gpu.synchronize(stream)).code());
        assertEquals(
            901, assertThrows(DriverException.class, () -> gpu.endRecording(stream)).code());
        gpu.beginRecording(stream);
        assertEquals(900, assertThrows(DriverException.class, () -> gpu.allocate(8)).code());
        assertThrows(DriverException.class, () -> gpu.endRecording(stream));
        // Only who began a recording ends it.
        gpu.beginRecording(stream);
        FutureTask<DriverException> end =
            new FutureTask<>(
                () -> assertThrows(DriverException.class, () -> gpu.endRecording(stream)));
        new Thread(end).start();
        assertEquals(908, end.get().code());
        gpu.forget(gpu.endRecording(stream));
        gpu.free(numbers);
      }
      System.out.println("done");
    }
  }

  /** Threads train with recorded epochs, while others make and close what theirs use. */
  static final class Fits {
    private static final int THREADS = 3;
    private static final int ROUNDS = 4;
    private static final int TOO_MANY_CLASSES_FOR_ONE_LAUNCH = 33;

    private Fits() {}

    public static void main(String[] arguments) throws InterruptedException, ExecutionException {
      try (Backend backend = Backends.choose("cuda", false).backend()) {
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        List<Future<?>> running = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
          running.add(threads.submit(() -> rounds(backend)));
        }
        for (Future<?> each : running) {
          each.get();
        }
        threads.shutdown();
        threads.awaitTermination(1, TimeUnit.MINUTES);
      }
      System.out.println("done");
    }

    private static void rounds(Backend backend) {
      int classes = TOO_MANY_CLASSES_FOR_ONE_LAUNCH;
      for (int round = 0; round < ROUNDS; round++) {
        try (Matrix x = backend.matrix(4, 2, new double[8]);
            Matrix y = backend.matrix(4, classes, new double[4 * classes]);
            Matrix weights = backend.matrix(2, classes, new double[2 * classes]);
            Matrix bias = backend.matrix(1, classes, new double[classes]);
            Matrix loss = backend.matrix(1, 1, new double[1]);
            TrainingEpoch epoch = backend.kernel(TrainingEpoch.TYPE)) {
          for (int i = 0; i < 4; i++) {
            epoch.apply(x, Targets.ofProbabilities(y), 2, 0.1 * i, weights, bias, loss);
          }
          loss.toDoubles();
        }
      }
    }
  }

  /** Other threads have memory from Java and from the device while a module is loaded. */
  static final class Loading {
    /** Several times the heap. */
    private static final int GARBAGE_BYTES = 512 << 20;

    private static final int PIECE_BYTES = 1 << 16;

    private Loading() {}

    public static void main(String[] arguments)
        throws IOException, InterruptedException, ExecutionException {
      Path loading = Path.of(System.getProperty("loading"));
      try (Gpu gpu = open()) {
        FutureTask<Long> load =
            new FutureTask<>(() -> gpu.load(ModuleImage.ofPtx(StubDriverPrograms.MODULE)));
        new Thread(load).start();
        while (!Files.exists(loading)) {
          Thread.sleep(1);
        }
        long before = collections();
        int kept = 0;
        for (int i = 0; i < GARBAGE_BYTES / PIECE_BYTES; i++) {
          kept += new byte[PIECE_BYTES].length;
        }
        assertEquals(GARBAGE_BYTES, kept);
        assertTrue(collections() > before);
        long stream = gpu.createStream();
        gpu.free(StubDriverPrograms.upload(gpu, stream, ElementType.FLOAT32, new double[3]));
        assertFalse(load.isDone(), "it waited for the load, which gave up");
        Files.delete(loading);
        gpu.unload(load.get());
      }
      System.out.println("done");
    }

    private static long collections() {
      return ManagementFactory.getGarbageCollectorMXBeans().stream()
          .mapToLong(GarbageCollectorMXBean::getCollectionCount)
          .sum();
    }
  }

  /** What a launch costs: bounds that hold on any machine, and however busy it is. */
  static final class Launches {
    private static final int ROUNDS = 30;
    private static final int LAUNCHES = 1000;
    private static final long MOST_BYTES = 200;

    /** With what the stub driver does itself. */
    private static final long MOST_NANOSECONDS = 50_000;

    private Launches() {}

    public static void main(String[] arguments) {
      ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
      long thread = Thread.currentThread().getId();
      try (Gpu gpu = open()) {
        long stream = gpu.createStream();
        long kernel = gpu.kernel(gpu.load(ModuleImage.ofPtx(StubDriverPrograms.MODULE)), "probe");
        LaunchSize size = LaunchSize.of(1, 32);
        ByteBuffer values = noArguments();
        long bytes = Long.MAX_VALUE;
        long nanoseconds = Long.MAX_VALUE;
        for (int round = 0; round < ROUNDS; round++) {
          long bytesBefore = threads.getThreadAllocatedBytes(thread);
          long timeBefore = threads.getCurrentThreadCpuTime();
          for (int i = 0; i < LAUNCHES; i++) {
            gpu.launch(stream, kernel, size, values, OFFSETS);
          }
          long time = threads.getCurrentThreadCpuTime() - timeBefore;
          nanoseconds = Math.min(nanoseconds, time / LAUNCHES);
          bytes =
              Math.min(bytes, (threads.getThreadAllocatedBytes(thread) - bytesBefore) / LAUNCHES);
          gpu.synchronize(stream);
        }
        assertTrue(bytes <= MOST_BYTES, bytes + " bytes of objects a launch");
        assertTrue(nanoseconds <= MOST_NANOSECONDS, nanoseconds + " ns a launch");
      }
      System.out.println("done");
    }
  }

  /** Errors of cuBLAS are what they are, and those of work are told late, by any call. */
  static final class Lost {
    private Lost() {}

    public static void main(String[] arguments) throws IOException {
      Path fail = Path.of(System.getProperty("fail"));
      try (Gpu raw = open()) {
        Gpu gpu = new GuardedGpu("cuda:0", raw);
        long stream = gpu.createStream();
        long memory = StubDriverPrograms.upload(gpu, stream, ElementType.FLOAT64, new double[3]);
        long kernel = gpu.kernel(gpu.load(ModuleImage.ofPtx(StubDriverPrograms.MODULE)), "probe");

        Files.writeString(fail, "cublasCreate_v2:3");
        OutOfDeviceMemoryException full =
            assertThrows(OutOfDeviceMemoryException.class, () -> product(gpu, stream, memory));
        assertTrue(full.getMessage().contains("CUBLAS_STATUS_ALLOC_FAILED (3)"), full::getMessage);
        Files.writeString(fail, "cublasDgemm_v2:13");
        DriverException failed =
            assertThrows(DriverException.class, () -> product(gpu, stream, memory));
        assertSame(DriverException.Library.CUBLAS, failed.library());
        assertEquals(13, failed.code());
        Files.writeString(fail, "cuStreamSynchronize:721");
        assertEquals(
            "cuStreamSynchronize failed with CUDA_ERROR_TENSOR_MEMORY_LEAK (721)",
            assertThrows(DriverException.class, () -> raw.synchronize(stream)).getMessage());

        Files.writeString(fail, "probe:719");
        gpu.launch(stream, kernel, LaunchSize.of(1, 1), noArguments(), OFFSETS);
        product(gpu, stream, memory);
        assertEquals(
            719, assertThrows(DriverException.class, () -> raw.synchronize(stream)).code());
        Files.delete(fail);
        assertEquals(719, assertThrows(DriverException.class, () -> raw.allocate(8)).code());
        DeviceLostException lost =
            assertThrows(DeviceLostException.class, () -> product(gpu, stream, memory));
        assertTrue(lost.getMessage().contains("CUDA_ERROR_LAUNCH_FAILED"), lost::getMessage);
        DriverException suppressed = (DriverException) lost.getCause().getSuppressed()[0];
        assertEquals(
            "cublasDgemm failed with CUBLAS_STATUS_EXECUTION_FAILED (13)", suppressed.getMessage());
      }
      System.out.println("done");
    }
  }
}
