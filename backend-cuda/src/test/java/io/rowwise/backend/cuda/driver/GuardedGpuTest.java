package io.rowwise.backend.cuda.driver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rowwise.backend.DeviceLostException;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.OutOfDeviceMemoryException;
import io.rowwise.backend.Transpose;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class GuardedGpuTest {
  /** Fails its only call with an error, and counts. */
  private static final class FailingGpu extends UnusedGpu {
    private final DriverException error;
    private int calls;
    private boolean closed;

    FailingGpu(int code) {
      this(new DriverException("cuStreamSynchronize", code, "AN_ERROR"));
    }

    FailingGpu(DriverException error) {
      this.error = error;
    }

    @Override
    public void synchronize(long stream) {
      calls++;
      throw error;
    }

    @Override
    public void close() {
      closed = true;
    }
  }

  private static final MatrixProduct PRODUCT =
      new MatrixProduct(
          ElementType.FLOAT32,
          ElementType.FLOAT32,
          1,
          1,
          1,
          1,
          Transpose.NO,
          1,
          1,
          Transpose.NO,
          1,
          1,
          1);

  private static final List<Consumer<Gpu>> EVERY_CALL =
      List.of(
          Gpu::multiprocessors,
          Gpu::computeCapability,
          Gpu::sharedBytesPerBlock,
          Gpu::cublasVersion,
          Gpu::freeMemory,
          gpu -> gpu.allocate(1),
          gpu -> gpu.free(1),
          gpu -> gpu.pin(1),
          gpu -> gpu.unpin(ByteBuffer.allocate(1)),
          Gpu::createStream,
          gpu -> gpu.destroyStream(1),
          gpu -> gpu.waitFor(1, 2),
          gpu -> gpu.synchronize(1),
          gpu -> gpu.awaitCopies(ByteBuffer.allocate(1)),
          gpu -> gpu.clear(1, 1, 1),
          gpu -> gpu.upload(1, 1, 1, ByteBuffer.allocate(1), 1, 1),
          gpu -> gpu.download(1, ByteBuffer.allocate(1), 1, 1, 1, 1),
          gpu -> gpu.load(ByteBuffer.allocate(1)),
          gpu -> gpu.unload(1),
          gpu -> gpu.kernel(1, "name"),
          gpu -> gpu.launch(1, 1, LaunchSize.of(1, 1), ByteBuffer.allocate(1), new int[0]),
          gpu -> gpu.multiply(1, 1, PRODUCT, 1),
          gpu -> gpu.multiplyByDeviceScalars(1, 1, PRODUCT, 1),
          gpu -> gpu.beginRecording(1),
          gpu -> gpu.endRecording(1),
          gpu -> gpu.replay(1, 1),
          gpu -> gpu.forget(1));

  @ParameterizedTest
  @ValueSource(
      ints = {
        4, 214, 220, 226, 700, 702, 709, 710, 714, 715, 716, 717, 718, 719, 721, 810, 911, 999
      })
  void afterAFatalErrorTheDeviceIsNotCalledAgain(int code) {
    FailingGpu failing = new FailingGpu(code);
    GuardedGpu gpu = new GuardedGpu("cuda:0", failing);
    DeviceLostException e = assertThrows(DeviceLostException.class, () -> gpu.synchronize(1));
    assertTrue(
        e.getMessage()
            .startsWith("cuda:0 is lost: cuStreamSynchronize failed with AN_ERROR (" + code + ");"),
        e.getMessage());
    assertFalse(gpu.works());
    for (Consumer<Gpu> call : EVERY_CALL) {
      // The device below would throw UnsupportedOperationException.
      assertThrows(DeviceLostException.class, () -> call.accept(gpu));
    }
    assertEquals(1, failing.calls);
    gpu.close();
    assertTrue(failing.closed);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 201, 209, 300, 400, 701, 712, 720, 801, 802, 803, 805, 808, 900, 901})
  void otherErrorsLeaveTheDeviceUsable(int code) {
    FailingGpu failing = new FailingGpu(code);
    GuardedGpu gpu = new GuardedGpu("cuda:0", failing);
    assertEquals(code, assertThrows(DriverException.class, () -> gpu.synchronize(1)).code());
    assertThrows(DriverException.class, () -> gpu.synchronize(1));
    assertTrue(gpu.works());
    assertEquals(2, failing.calls);
  }

  @Test
  void memoryThatRanOutIsSaidAsSuch() {
    FailingGpu failing = new FailingGpu(2);
    GuardedGpu gpu = new GuardedGpu("cuda:0", failing);
    OutOfDeviceMemoryException e =
        assertThrows(OutOfDeviceMemoryException.class, () -> gpu.synchronize(1));
    assertEquals(
        "cuda:0 has no memory left for its driver: cuStreamSynchronize failed with AN_ERROR (2);"
            + " close matrices that are not needed, or use smaller ones",
        e.getMessage());
    assertThrows(OutOfDeviceMemoryException.class, () -> gpu.synchronize(1));
    assertTrue(gpu.works());
  }

  private static DriverException ofCublas(int code) {
    return new DriverException(DriverException.Library.CUBLAS, "cublasSgemm", code, "AN_ERROR", "");
  }

  @Test
  void cublasHasItsOwnNumberForMemoryThatRanOut() {
    GuardedGpu gpu = new GuardedGpu("cuda:0", new FailingGpu(ofCublas(3)));
    OutOfDeviceMemoryException e =
        assertThrows(OutOfDeviceMemoryException.class, () -> gpu.synchronize(1));
    assertTrue(e.getMessage().contains("cublasSgemm failed with AN_ERROR (3)"), e.getMessage());
    assertTrue(gpu.works());
  }

  /** Those of the driver's memory and lost devices among them. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4, 7, 11, 13, 14, 700})
  void otherNumbersOfCublasAreNotTakenForTheDrivers(int code) {
    DriverException error = ofCublas(code);
    GuardedGpu gpu = new GuardedGpu("cuda:0", new FailingGpu(error));
    assertSame(error, assertThrows(DriverException.class, () -> gpu.synchronize(1)));
    assertTrue(gpu.works());
  }

  @Test
  void everyCallReachesTheDevice() {
    GuardedGpu gpu = new GuardedGpu("cuda:0", new UnusedGpu());
    for (Consumer<Gpu> call : EVERY_CALL) {
      assertThrows(UnsupportedOperationException.class, () -> call.accept(gpu));
    }
  }
}
