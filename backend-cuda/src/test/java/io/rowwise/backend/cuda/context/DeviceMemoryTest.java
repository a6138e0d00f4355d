package io.rowwise.backend.cuda.context;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rowwise.backend.DeviceLostException;
import io.rowwise.backend.OutOfDeviceMemoryException;
import io.rowwise.backend.cuda.driver.DriverException;
import io.rowwise.backend.cuda.driver.GuardedGpu;
import io.rowwise.backend.cuda.driver.UnusedGpu;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class DeviceMemoryTest {
  private final SmallGpu gpu = new SmallGpu(1 << 20);
  private final DeviceMemory memory =
      new DeviceMemory("cuda:0", new GuardedGpu("cuda:0", gpu), 1 << 20);

  /** A device with a little memory, which sees what is done with it. */
  private static class SmallGpu extends UnusedGpu {
    private final Map<Long, Long> taken = new HashMap<>();
    private final long capacity;
    private long next = 256;
    private int allocations;
    private int failWith;
    private int synchronizations;

    SmallGpu(long capacity) {
      this.capacity = capacity;
    }

    private long used() {
      return taken.values().stream().mapToLong(Long::longValue).sum();
    }

    @Override
    public long freeMemory() {
      return capacity - used();
    }

    @Override
    public long allocate(long bytes) {
      allocations++;
      if (failWith != 0) {
        throw new DriverException("cuMemAlloc", failWith, "an error");
      }
      if (bytes > freeMemory()) {
        throw new DriverException("cuMemAlloc", DriverException.OUT_OF_MEMORY, "OUT_OF_MEMORY");
      }
      long address = next;
      next += bytes + 256;
      taken.put(address, bytes);
      return address;
    }

    @Override
    public long createStream() {
      return 1;
    }

    @Override
    public void synchronize(long stream) {
      synchronizations++;
    }

    @Override
    public void free(long address) {
      assertTrue(taken.remove(address) != null, "freed what was not taken");
    }
  }

  @Test
  void whatIsFreedIsGivenToTheNextWhoWantsAsMuch() {
    DevicePiece first = memory.allocate(1000);
    memory.free(first);
    assertEquals(1024, memory.cached());
    assertSame(first, memory.allocate(1010));
    assertEquals(0, memory.cached());
    assertEquals(1024, memory.used());
    assertEquals(1, gpu.allocations);
    assertNotSame(first, memory.allocate(1000));
  }

  @Test
  void theCacheIsEmptiedBeforeMemoryRunsOut() {
    GuardedGpu guarded = new GuardedGpu("cuda:0", gpu);
    DevicePiece half = memory.allocate(1 << 19);
    half.writeOn(new CudaStream(guarded, new CudaModules(guarded), memory));
    memory.free(half);
    assertEquals(1 << 19, memory.cached());
    DevicePiece most = memory.allocate(3 << 18);
    assertEquals(0, memory.cached());
    assertEquals(3 << 18, gpu.used());
    assertEquals(1, gpu.synchronizations, "what is freed must not be in use");
    memory.free(most);
  }

  @Test
  void theCacheIsEmptiedWhenSomebodyElseHasTheRest() {
    DeviceMemory unlimited =
        new DeviceMemory("cuda:0", new GuardedGpu("cuda:0", gpu), Long.MAX_VALUE);
    unlimited.free(unlimited.allocate(1 << 19));
    unlimited.allocate(3 << 18);
    assertEquals(0, unlimited.cached());
  }

  @Test
  void memoryThatIsNotThereIsATypedError() {
    memory.allocate(1 << 19);
    memory.free(memory.allocate(1 << 10));
    OutOfDeviceMemoryException e =
        assertThrows(OutOfDeviceMemoryException.class, () -> memory.allocate((1 << 19) + 1));
    assertEquals((1 << 19) + 1, e.requestedBytes());
    assertEquals(1 << 19, e.availableBytes());
    assertEquals(
        "cuda:0: a matrix of 524289 bytes was asked for, 524288 bytes are available (1024 of them"
            + " were kept for reuse and have been given back), this backend's matrices take 524288;"
            + " close matrices that are not needed, or use smaller ones",
        e.getMessage());
    assertEquals(1 << 19, memory.used());
  }

  @Test
  void memoryThatSomebodyElseHasIsATypedErrorToo() {
    DeviceMemory unlimited =
        new DeviceMemory("cuda:0", new GuardedGpu("cuda:0", gpu), Long.MAX_VALUE);
    OutOfDeviceMemoryException e =
        assertThrows(OutOfDeviceMemoryException.class, () -> unlimited.allocate(2 << 20));
    assertEquals(1 << 20, e.availableBytes());
    assertEquals(0, unlimited.used());
  }

  @Test
  void otherErrorsAreWhatTheyAre() {
    gpu.failWith = 1;
    DriverException e = assertThrows(DriverException.class, () -> memory.allocate(1));
    assertEquals(1, e.code());
    assertEquals(0, memory.used());
  }

  @Test
  void whatHasBeenKeptLongestIsGivenBackWhenMuchMoreIsKeptThanUsed() {
    SmallGpu device = new SmallGpu(1L << 40);
    DeviceMemory large = new DeviceMemory("cuda:0", new GuardedGpu("cuda:0", device), 1L << 40);
    long mebibyte = 1 << 20;
    DevicePiece first = large.allocate(192 * mebibyte);
    DevicePiece second = large.allocate(96 * mebibyte);
    DevicePiece third = large.allocate(48 * mebibyte);
    large.free(first);
    large.free(third);
    assertEquals(240 * mebibyte, large.cached(), "less than is always kept");
    large.free(second);
    assertEquals(144 * mebibyte, large.cached(), "the first one went");
    assertSame(second, large.allocate(96 * mebibyte));
    assertSame(third, large.allocate(48 * mebibyte));
    DevicePiece used = large.allocate(1024 * mebibyte);
    DevicePiece other = large.allocate(512 * mebibyte);
    large.free(other);
    assertEquals(512 * mebibyte, large.cached(), "no more than is used");
    large.free(used);
    assertEquals(0, large.cached(), "more than is always kept");
    assertEquals(device.used(), large.used());
  }

  @Test
  void whoFreesIsNotToldThatTheDeviceTakesNothingBack() {
    SmallGpu device =
        new SmallGpu(1L << 40) {
          @Override
          public void free(long address) {
            throw new DriverException("cuMemFree", 700, "CUDA_ERROR_ILLEGAL_ADDRESS");
          }
        };
    GuardedGpu guarded = new GuardedGpu("cuda:0", device);
    DeviceMemory large = new DeviceMemory("cuda:0", guarded, 1L << 40);
    large.free(large.allocate(1 << 30));
    assertFalse(guarded.works());
    assertThrows(DeviceLostException.class, () -> large.allocate(1));
  }

  @Test
  void closingGivesTheCacheBack() {
    memory.free(memory.allocate(1));
    memory.free(memory.allocate(5000));
    memory.close();
    assertEquals(0, gpu.used());
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "1, 512",
    "512, 512",
    "513, 1024",
    "4096, 4096",
    "8191, 8192",
    "8193, 9216",
    "1000000, 1048576",
    "1100000, 1179648"
  })
  void sizesAreRoundedUpByLessThanAnEighthOrAStep(long bytes, long size) {
    assertEquals(size, DeviceMemory.rounded(bytes));
    assertTrue(size - bytes < Math.max(512, bytes / 4 + 1));
  }

  @Test
  void noTwoHaveTheSameMemory() {
    SplittableRandom random = new SplittableRandom(42);
    DeviceMemory large =
        new DeviceMemory("cuda:0", new GuardedGpu("cuda:0", new SmallGpu(1L << 40)), 1L << 40);
    Set<DevicePiece> held = new HashSet<>();
    for (int i = 0; i < 5_000; i++) {
      if (held.size() > 50 || (!held.isEmpty() && random.nextBoolean())) {
        DevicePiece piece = held.iterator().next();
        held.remove(piece);
        large.free(piece);
      } else {
        assertTrue(held.add(large.allocate(1 + random.nextInt(100_000))), "given twice");
      }
    }
  }
}
