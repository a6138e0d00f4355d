package io.rowwise.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rowwise.backend.Backend;
import io.rowwise.backend.Backends;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.backend.OutOfDeviceMemoryException;
import io.rowwise.backend.cpu.memory.CpuMemory;
import io.rowwise.backend.cpu.memory.ScratchPool;
import io.rowwise.backend.cpu.parallel.Workers;
import io.rowwise.kernel.LinearSoftmax;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class CpuMemoryTest {
  private static final long MEBI = 1 << 20;

  @AfterEach
  void clear() {
    System.clearProperty(CpuMemory.PROPERTY);
    System.clearProperty("rowwise.cpu.threads");
    System.clearProperty("rowwise.leaks");
  }

  @ParameterizedTest
  @CsvSource({
    // The heap and a sixteenth are the JVM's,
    "16384, 4096, 11264",
    // at least 64 MiB,
    "512, 128, 320",
    // and matrices have a quarter in any case.
    "16384, 15000, 4096",
    "16384, 9999999, 4096",
    "128, 64, 32"
  })
  void isWhatTheJvmDoesNotNeed(long whole, long heap, long matrices) {
    CpuMemory memory = new CpuMemory(OptionalLong.empty(), () -> whole * MEBI, heap * MEBI);
    assertEquals(matrices * MEBI, memory.limit());
  }

  @Test
  void orWhatIsAllowedButNotMoreThanThereIs() {
    assertEquals(
        900 * MEBI,
        new CpuMemory(OptionalLong.of(900 * MEBI), () -> 1000 * MEBI, 800 * MEBI).limit());
    assertEquals(
        1000 * MEBI,
        new CpuMemory(OptionalLong.of(Long.MAX_VALUE), () -> 1000 * MEBI, 800 * MEBI).limit());
  }

  @Test
  void theMachineIsAskedOnceAndNotForALittle() {
    AtomicInteger asked = new AtomicInteger();
    CpuMemory memory =
        new CpuMemory(
            OptionalLong.empty(),
            () -> {
              asked.incrementAndGet();
              return 1000 * MEBI;
            },
            100 * MEBI);
    try (Backend backend = new CpuBackend(1, memory);
        Matrix little = backend.matrix(ElementType.FLOAT32, 1024, 1024)) {
      assertEquals(0, asked.get());
      assertThrows(
          OutOfDeviceMemoryException.class,
          () -> backend.matrix(ElementType.FLOAT32, 1 << 20, 1024));
      assertEquals(little.elements() * 4, backend.openBytes());
      assertEquals(1000 * MEBI - 100 * MEBI - 64 * MEBI, backend.device().memoryBytes());
      assertEquals(1, asked.get());
    }
  }

  @Test
  void allMatricesOfABackendCount() {
    System.setProperty(CpuMemory.PROPERTY, "8m");
    try (Backend backend = Backends.choose("cpu", false).backend()) {
      List<Matrix> open = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        open.add(backend.matrix(ElementType.FLOAT32, 1024, 256));
      }
      OutOfDeviceMemoryException e =
          assertThrows(
              OutOfDeviceMemoryException.class, () -> backend.matrix(ElementType.FLOAT64, 1, 1));
      assertEquals(
          "cpu: a matrix of 8 bytes was asked for, this backend's matrices take 8388608 of the"
              + " 8388608 bytes that they may; close matrices that are not needed, use smaller"
              + " ones, or allow more (-Drowwise.cpu.memory)",
          e.getMessage());
      open.forEach(Matrix::close);
      backend.matrix(ElementType.FLOAT32, 1024, 2048).close();
    }
  }

  @Test
  void forgottenMatricesAreFreedBeforeItIsReached() {
    CpuMemory memory = new CpuMemory(OptionalLong.of(256 * MEBI), () -> 4096 * MEBI, MEBI);
    try (Backend backend = new CpuBackend(1, memory)) {
      long most = 0;
      for (int i = 0; i < 100; i++) {
        backend.matrix(ElementType.FLOAT32, 1024, 4096);
        most = Math.max(most, backend.openBytes());
      }
      assertTrue(most <= 64 * MEBI, "of 1600 MiB " + most);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "2147483647, 2147483647, FLOAT64, 9223372036854775807",
    "2147483647, 2147483647, FLOAT32, 9223372036854775807",
    "2147483647, 1073741824, FLOAT32, 9223372032559808512",
    "2147483647, 536870912, FLOAT64, 9223372032559808512",
    "2147483647, 65536, FLOAT64, 1125899906318336"
  })
  void noSizeIsTooLargeForATypedError(int rows, int columns, ElementType type, long bytes) {
    try (Backend backend = new CpuBackend(1)) {
      OutOfDeviceMemoryException e =
          assertThrows(OutOfDeviceMemoryException.class, () -> backend.matrix(type, rows, columns));
      assertEquals(bytes, e.requestedBytes());
      assertTrue(e.getMessage().contains("a matrix of " + bytes + " bytes"), e.getMessage());
      assertEquals(0, backend.openBytes());
      assertEquals(0, backend.openMatrices());
    }
  }

  @Test
  void norIsThatOfAKernelsOwnMemory() {
    int classes = 200_000;
    CpuMemory memory = new CpuMemory(OptionalLong.of(100 * MEBI), () -> 4096 * MEBI, MEBI);
    // The kernel wants some rows of logits for each of these, 3,200,000,000 elements in all.
    Workers workers = new Workers(1000, Double.MAX_VALUE, Double.MAX_VALUE);
    try (Backend backend = new CpuBackend(workers, new ScratchPool(1), memory);
        Matrix x = backend.matrix(ElementType.FLOAT32, 16, 1);
        Matrix weights = backend.matrix(ElementType.FLOAT32, 1, classes);
        Matrix bias = backend.matrix(ElementType.FLOAT32, 1, classes);
        Matrix probabilities = backend.matrix(ElementType.FLOAT32, 16, classes);
        LinearSoftmax softmax = backend.kernel(LinearSoftmax.TYPE)) {
      OutOfDeviceMemoryException e =
          assertThrows(
              OutOfDeviceMemoryException.class,
              () -> softmax.apply(x, weights, bias, probabilities));
      assertTrue(e.requestedBytes() > 4L * Integer.MAX_VALUE, e.getMessage());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"lots", "0", "-1", "4gb", ""})
  void anUnknownSizeIsAnErrorAndNotAReason(String value) {
    System.setProperty(CpuMemory.PROPERTY, value);
    for (String requested : List.of("cpu", "auto", "cuda")) {
      IllegalArgumentException e =
          assertThrows(
              IllegalArgumentException.class, () -> Backends.choose(requested, true).backend());
      assertTrue(
          e.getMessage().startsWith("-Drowwise.cpu.memory=" + value + ": wanted a number of bytes"),
          e.getMessage());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "rowwise.cpu.threads, many, wanted a whole number from 1 to 1024",
    "rowwise.cpu.threads, 0, wanted a whole number from 1 to 1024",
    "rowwise.leaks, yes, choose report or trace"
  })
  void soIsAnyOtherUnknownValue(String property, String value, String wanted) {
    System.setProperty(property, value);
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> Backends.choose("cpu", true).backend());
    assertEquals("-D" + property + "=" + value + ": " + wanted, e.getMessage());
    assertTrue(Backends.describe().contains("cpu is not usable: " + e.getMessage()));
  }
}
