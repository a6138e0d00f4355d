package io.rowwise.backend.cuda.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.rowwise.backend.ElementType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.ReadOnlyBufferException;
import org.junit.jupiter.api.Test;

class KernelArgumentsTest {
  @Test
  void eachArgumentIsAlignedToItsOwnSize() {
    KernelArguments arguments =
        new KernelArguments().int32(1).int64(2).float32(3).int32(4).float64(5).int32(6).pointer(7);

    assertArrayEquals(new int[] {0, 8, 16, 20, 24, 32, 40}, arguments.offsets());
    ByteBuffer bytes = arguments.bytes();
    assertEquals(48, bytes.remaining());
    assertEquals(ByteOrder.nativeOrder(), bytes.order());
    assertEquals(1, bytes.getInt(0));
    assertEquals(2, bytes.getLong(8));
    assertEquals(3, bytes.getFloat(16));
    assertEquals(4, bytes.getInt(20));
    assertEquals(5, bytes.getDouble(24));
    assertEquals(6, bytes.getInt(32));
    assertEquals(7, bytes.getLong(40));
  }

  @Test
  void thereMayBeNone() {
    assertEquals(0, new KernelArguments().count());
    assertEquals(0, new KernelArguments().bytes().remaining());
    assertArrayEquals(new int[0], new KernelArguments().offsets());
  }

  @Test
  void aNumberHasTheSizeOfItsType() {
    KernelArguments arguments =
        new KernelArguments().number(ElementType.FLOAT32, 0.1).number(ElementType.FLOAT64, 0.1);

    assertArrayEquals(new int[] {0, 8}, arguments.offsets());
    assertEquals(0.1f, arguments.bytes().getFloat(0));
    assertEquals(0.1, arguments.bytes().getDouble(8));
  }

  @Test
  void aMatrixIsItsAddressAndItsLeadingDimension() {
    KernelArguments arguments =
        new KernelArguments().matrix(new DeviceMatrix(ElementType.FLOAT32, 1L << 40, 2, 3, 5));

    assertEquals(1L << 40, arguments.bytes().getLong(0));
    assertEquals(5, arguments.bytes().getLong(8));
  }

  @Test
  void moreArgumentsThanExpectedKeepTheirValues() {
    KernelArguments arguments = new KernelArguments();
    for (int i = 0; i < 512; i++) {
      arguments.int64(i);
    }

    assertEquals(512, arguments.count());
    assertEquals(4096, arguments.bytes().remaining());
    for (int i = 0; i < 512; i++) {
      assertEquals(i, arguments.bytes().getLong(arguments.offsets()[i]));
    }
  }

  @Test
  void moreThanAKernelTakesIsRefused() {
    KernelArguments arguments = new KernelArguments();
    for (int i = 0; i < 1023; i++) {
      arguments.int32(i);
    }

    IllegalArgumentException thrown =
        assertThrows(IllegalArgumentException.class, () -> arguments.int64(0));
    assertEquals(
        "kernel arguments: argument 1023 would end at byte 4104, a kernel takes 4096 bytes: pass a"
            + " pointer to the rest",
        thrown.getMessage());
    assertEquals(1023, arguments.count());
  }

  @Test
  void whoReadsTheBytesCannotChangeThem() {
    ByteBuffer bytes = new KernelArguments().int32(1).bytes();

    assertThrows(ReadOnlyBufferException.class, () -> bytes.putInt(0, 2));
  }
}
