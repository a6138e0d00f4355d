package io.rowwise.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rowwise.backend.BackendUnavailableException;
import io.rowwise.backend.DeviceLostException;
import io.rowwise.backend.OutOfDeviceMemoryException;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Devices and tasks that fail, and fits that are ended: what comes of them, and what they leave.
 */
@ExtendWith(Local.class)
class FailureTest {
  private static final List<Row> ROWS = Local.rows(400, 5, 3);
  private static String expected;

  @BeforeAll
  static void fit() {
    RowwiseModel model = classifier("cpu").fit(frame());
    assertEquals(List.of("cpu"), model.summary().orElseThrow().devices());
    expected = ReproducibilityTest.digest(model.toSoftmaxModel());
  }

  @AfterEach
  void nothingIsLeft() throws InterruptedException {
    Local.awaitNothingOpen();
  }

  private static RowwiseClassifier classifier(String device) {
    return new RowwiseClassifier().setRegParam(1e-3).setDevice(device);
  }

  private static Dataset<Row> frame() {
    return Local.frame(ROWS, 3);
  }

  private static void assertExpected(RowwiseModel model) {
    assertEquals(expected, ReproducibilityTest.digest(model.toSoftmaxModel()));
  }

  @Test
  void withoutGpuAutoIsTheCpuAndSaysWhy() {
    RowwiseModel model = classifier("auto").fit(frame());
    assertExpected(model);
    assertEquals(
        List.of("cpu (Spark gave the task no GPU: spark.task.resource.gpu.amount)"),
        model.summary().orElseThrow().devices());
  }

  @Test
  void aTaskThatFailsOnceChangesNothing() {
    AtomicInteger failed = new AtomicInteger();
    try (FaultyDevice.Use use =
        FaultyDevice.beforeGradients(
            number -> {
              if (number == 23) {
                failed.incrementAndGet();
                throw new IllegalArgumentException("a task fails once");
              }
            })) {
      assertNotNull(use);
      RowwiseModel model = classifier("cuda").setFallback(false).fit(frame());
      assertEquals(1, failed.get());
      assertEquals(List.of("cuda:0"), model.summary().orElseThrow().devices());
      assertExpected(model);
    }
  }

  @Test
  void aTaskThatAlwaysFailsEndsTheFit() {
    try (FaultyDevice.Use use =
        FaultyDevice.beforeGradients(
            number -> {
              if (number >= 23) {
                throw new IllegalStateException("fit: it fails for ever");
              }
            })) {
      assertNotNull(use);
      IllegalStateException error =
          assertThrows(IllegalStateException.class, () -> classifier("cuda").fit(frame()));
      assertEquals("fit: it fails for ever", error.getMessage());
    }
  }

  @Test
  void aLostDeviceIsReplacedByTheCpu() {
    DeviceLostException lost = new DeviceLostException("cuda:0", new RuntimeException("a fault"));
    try (FaultyDevice.Use use =
        FaultyDevice.beforeGradients(
            number -> {
              if (number >= 30) {
                throw lost;
              }
            })) {
      assertNotNull(use);
      RowwiseModel model = classifier("cuda").fit(frame());
      assertExpected(model);
      assertEquals(
          List.of("cpu (another device has failed)", "cuda:0"),
          model.summary().orElseThrow().devices());
    }
  }

  @Test
  void aLostDeviceIsAnErrorWhereTheCpuMayNotReplaceIt() {
    DeviceLostException lost = new DeviceLostException("cuda:0", new RuntimeException("a fault"));
    try (FaultyDevice.Use use =
        FaultyDevice.beforeGradients(
            number -> {
              throw lost;
            })) {
      assertNotNull(use);
      Exception error =
          assertThrows(Exception.class, () -> classifier("cuda").setFallback(false).fit(frame()));
      assertTrue(error.toString().contains("cuda:0 is lost: a fault"), error::toString);
    }
  }

  @Test
  void aDeviceThatIsTooSmallForAllRowsGivesTheSame() {
    AtomicInteger refused = new AtomicInteger();
    try (FaultyDevice.Use use =
        FaultyDevice.beforeMatrices(
            rows -> {
              // No block and no parameters have so many, but the room for more blocks.
              if (rows > 1000) {
                refused.incrementAndGet();
                throw new OutOfDeviceMemoryException("cuda:0", 1000, 10);
              }
            })) {
      assertNotNull(use);
      RowwiseModel model = classifier("cuda").setFallback(false).fit(frame());
      assertExpected(model);
      assertEquals(List.of("cuda:0"), model.summary().orElseThrow().devices());
    }
    assertEquals(3, refused.get(), "each partition asks until it is told no");
  }

  @Test
  void withoutDriverCudaSaysWhatIsMissing() {
    BackendUnavailableException error =
        assertThrows(
            BackendUnavailableException.class,
            () -> classifier("cuda").setFallback(false).fit(frame()));
    assertTrue(error.getMessage().startsWith("fit: cuda is not usable: "), error::getMessage);
    RowwiseModel model = classifier("cuda").fit(frame());
    assertExpected(model);
    String device = model.summary().orElseThrow().devices().get(0);
    assertTrue(device.startsWith("cpu (cuda is not usable: "), device);
  }

  @Test
  void aCancelledFitLeavesNothing() throws InterruptedException {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch cancelled = new CountDownLatch(1);
    ExecutorService executor = Executors.newSingleThreadExecutor();
    JavaSparkContext context = new JavaSparkContext(Local.spark().sparkContext());
    try (FaultyDevice.Use use =
        FaultyDevice.beforeGradients(
            number -> {
              if (number > 20) {
                begun.countDown();
                await(cancelled);
              }
            })) {
      assertNotNull(use);
      Future<RowwiseModel> fit =
          executor.submit(
              () -> {
                context.setJobGroup("mine", "a fit that is cancelled");
                try {
                  return classifier("cuda").fit(frame());
                } finally {
                  assertEquals("mine", context.getLocalProperty("spark.jobGroup.id"));
                  context.clearJobGroup();
                }
              });
      begun.await();
      assertTrue(FitLease.openLeases() > 0);
      context.cancelJobGroup("mine");
      ExecutionException error =
          assertThrows(ExecutionException.class, () -> fit.get(1, TimeUnit.MINUTES));
      assertTrue(error.getCause().getMessage().contains("cancelled"), error::toString);
      cancelled.countDown();
      nothingIsLeft();
    } finally {
      cancelled.countDown();
      executor.shutdownNow();
    }
    assertExpected(classifier("cpu").fit(frame()));
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void afterTheSessionNoThreadIsLeft() throws InterruptedException {
    classifier("cpu").fit(frame());
    assertTrue(hasThread());
    Local.spark().stop();
    assertTrue(Local.soon(() -> !hasThread()), "a thread of Rowwise is left");
    Local.spark();
    assertFalse(hasThread());
  }

  private static boolean hasThread() {
    return Thread.getAllStackTraces().keySet().stream()
        .anyMatch(thread -> thread.getName().startsWith("rowwise"));
  }
}
