package io.rowwise.backend.cuda;

import static io.rowwise.backend.cuda.OtherStream.elsewhere;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rowwise.backend.Backend;
import io.rowwise.backend.Device;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.backend.contract.ReferenceBackend;
import io.rowwise.backend.cuda.driver.InterpretedGpu;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Another library is this test, which asks the device for memory and for work by itself. */
final class CudaSharingTest {
  private static final ElementType FLOAT64 = ElementType.FLOAT64;

  private final InterpretedGpu gpu = new InterpretedGpu();
  private final Backend cuda =
      new CudaBackend(new Device("cuda:0", "interpreter", 1L << 30, Map.of()), gpu);

  @AfterEach
  void nothingIsLeft() {
    cuda.close();
    assertTrue(gpu.holdsNothing());
  }

  @Test
  void memoryOfOthersIsAMatrixAndStaysTheirs() {
    long memory = gpu.allocate(10 * Double.BYTES);
    // From the third number on, rows of 2 of 3.
    Matrix wide = CudaSharing.view(cuda, FLOAT64, 2, 3, memory + 2 * Double.BYTES);
    Matrix view = wide.columns(0, 2);
    cuda.fill(7, wide);
    cuda.fill(1, view);
    cuda.add(view, view, view);
    assertArrayEquals(new double[] {2, 2, 7, 2, 2, 7}, wide.toDoubles());
    assertEquals(0, cuda.openBytes());
    try (Matrix own = cuda.matrix(2, 2, new double[] {1, 2, 3, 4});
        Matrix product = cuda.matrix(FLOAT64, 2, 2)) {
      cuda.matmul(own, view, product);
      assertArrayEquals(new double[] {6, 6, 14, 14}, product.toDoubles());
    }
    wide.close();
    assertThrows(IllegalStateException.class, wide::toDoubles);

    try (Matrix again = CudaSharing.view(cuda, FLOAT64, 1, 2, memory + 2 * Double.BYTES)) {
      assertArrayEquals(new double[] {2, 2}, again.toDoubles());
    }
    gpu.free(memory);
  }

  @Test
  void aClosedViewHasNoWorkLeft() throws InterruptedException, ExecutionException {
    long memory = gpu.allocate(3 * Double.BYTES);
    try (Matrix out = cuda.matrix(1, 3, new double[3])) {
      Matrix view = CudaSharing.view(cuda, FLOAT64, 1, 3, memory);
      cuda.fill(5, view);
      elsewhere(() -> cuda.multiply(view, 2, out));
      view.close();
      // The device refuses this while there is work.
      gpu.free(memory);
      assertArrayEquals(new double[] {10, 10, 10}, out.toDoubles());
    }
  }

  @Test
  void whatIsNoMemoryOfTheDeviceIsRefused() {
    long memory = gpu.allocate(3 * Double.BYTES);
    for (long pointer : new long[] {0, 4096, memory + 8}) {
      String message =
          assertThrows(
                  IllegalArgumentException.class,
                  () -> CudaSharing.view(cuda, FLOAT64, 1, 3, pointer))
              .getMessage();
      assertTrue(message.contains("a matrix 1x3 of float64 wants 24"), message);
      assertTrue(message.startsWith("view: cuda:0 has " + (pointer > 4096 ? 16 : 0)), message);
    }
    assertRefused("is no multiple of 8", () -> CudaSharing.view(cuda, FLOAT64, 1, 1, memory + 4));
    assertRefused("-1x3 is not a shape", () -> CudaSharing.view(cuda, FLOAT64, -1, 3, memory));
    try (Backend other = new ReferenceBackend()) {
      assertRefused("wanted a CUDA backend", () -> CudaSharing.view(other, FLOAT64, 1, 1, memory));
      assertRefused("wanted a CUDA backend", () -> CudaSharing.onStream(other, access -> {}));
    }
    gpu.free(memory);
    try (Matrix none = CudaSharing.view(cuda, FLOAT64, 0, 3, 0)) {
      assertEquals(0, none.rows());
    }
  }

  private static void assertRefused(String wanted, Runnable call) {
    String message = assertThrows(IllegalArgumentException.class, call::run).getMessage();
    assertTrue(message.contains(wanted), message);
  }

  @Test
  void othersWorkIsOrderedWithThatOfAllThreads() throws InterruptedException, ExecutionException {
    try (Matrix a = cuda.matrix(1, 3, new double[] {1, 2, 3});
        Matrix b = cuda.matrix(1, 3, new double[3])) {
      elsewhere(() -> cuda.multiply(a, 2, a));
      cuda.copy(a, b);
      CudaSharing.onStream(
          cuda, access -> gpu.clear(access.stream(), access.writing(a), Double.BYTES));
      elsewhere(() -> cuda.add(a, 1, a));
      assertArrayEquals(new double[] {1, 5, 7}, a.toDoubles());
      assertArrayEquals(new double[] {2, 4, 6}, b.toDoubles());
    }
  }

  @Test
  void whatOthersReadIsNotOverwrittenBefore() throws InterruptedException, ExecutionException {
    try (Matrix a = cuda.matrix(1, 2, new double[] {1, 2});
        Matrix b = cuda.matrix(1, 2, new double[2])) {
      long[] streams = new long[2];
      CudaSharing.onStream(
          cuda,
          access -> {
            streams[0] = access.stream();
            assertEquals(access.reading(a) + Double.BYTES, access.reading(a.columns(1, 2)));
          });
      cuda.copy(a, b);
      elsewhere(
          () -> {
            CudaSharing.onStream(cuda, access -> streams[1] = access.stream());
            cuda.fill(9, a);
          });
      assertNotEquals(streams[0], streams[1]);
      assertArrayEquals(new double[] {9, 9}, a.toDoubles());
      assertArrayEquals(new double[] {1, 2}, b.toDoubles());
    }
  }

  @Test
  void accessEndsWithTheCall() {
    CudaSharing.Access[] kept = new CudaSharing.Access[1];
    CudaSharing.onStream(cuda, access -> kept[0] = access);
    String message = assertThrows(IllegalStateException.class, kept[0]::stream).getMessage();
    assertTrue(message.contains("the call is over"), message);
    assertThrows(
        ArithmeticException.class,
        () ->
            CudaSharing.onStream(
                cuda,
                access -> {
                  kept[0] = access;
                  throw new ArithmeticException("theirs");
                }));
    try (Matrix a = cuda.matrix(1, 1, new double[1])) {
      assertThrows(IllegalStateException.class, () -> kept[0].reading(a));
      CudaSharing.onStream(
          cuda,
          access -> {
            Matrix closed = cuda.matrix(1, 1, new double[1]);
            closed.close();
            assertThrows(IllegalStateException.class, () -> access.writing(closed));
          });
    }
    cuda.close();
    assertThrows(IllegalStateException.class, () -> CudaSharing.onStream(cuda, access -> {}));
    assertThrows(IllegalStateException.class, () -> CudaSharing.view(cuda, FLOAT64, 1, 1, 8));
  }
}
