package io.rowwise.backend.cuda.interpreter;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class DeviceMemoryTest {
  private final DeviceMemory memory = new DeviceMemory(1000);

  private byte[] read(long address, int count) {
    ByteBuffer target = ByteBuffer.allocate(count);
    memory.read(address, target);
    return target.array();
  }

  @Test
  void givesBackWhatWasWritten() {
    long address = memory.allocate(10);
    assertEquals(0, address % 256);
    memory.write(address + 2, ByteBuffer.wrap(new byte[] {1, 2, 3}));
    assertArrayEquals(new byte[] {0, 0, 1, 2, 3, 0, 0, 0, 0, 0}, read(address, 10));
    assertTrue(memory.isWritten(address + 2, 3));
    assertFalse(memory.isWritten(address + 2, 4));
    memory.fill(address, (byte) 7, 2);
    assertArrayEquals(new byte[] {7, 7, 1}, read(address, 3));
  }

  @Test
  void aCopyTakesAlongWhatNobodyWrote() {
    long from = memory.allocate(8);
    long to = memory.allocate(8);
    memory.fill(to, (byte) 1, 8);
    memory.fill(from, (byte) 2, 4);
    memory.copy(to, from, 8);
    assertArrayEquals(new byte[] {2, 2, 2, 2, 0, 0, 0, 0}, read(to, 8));
    assertTrue(memory.isWritten(to, 4));
    assertFalse(memory.isWritten(to + 4, 1));
  }

  @Test
  void theHostToMustStayWithinAnAllocation() {
    long address = memory.allocate(8);
    memory.allocate(8);
    assertThrows(IllegalArgumentException.class, () -> read(address, 9));
    assertThrows(IllegalArgumentException.class, () -> read(address + 8, 1));
    assertThrows(IllegalArgumentException.class, () -> read(address - 1, 1));
    assertThrows(IllegalArgumentException.class, () -> memory.fill(address + 4, (byte) 0, 5));
  }

  @Test
  void freedMemoryIsNotUsedAgain() {
    long address = memory.allocate(800);
    assertThrows(OutOfMemoryError.class, () -> memory.allocate(300));
    memory.free(address);
    assertEquals(0, memory.allocatedBytes());
    assertThrows(IllegalArgumentException.class, () -> memory.free(address));
    assertThrows(IllegalArgumentException.class, () -> read(address, 1));
    assertNotEquals(address, memory.allocate(800));
    assertEquals(800, memory.allocatedBytes());
    assertThrows(IllegalArgumentException.class, () -> memory.free(address + 8));
    assertThrows(IllegalArgumentException.class, () -> memory.allocate(0));
  }
}
