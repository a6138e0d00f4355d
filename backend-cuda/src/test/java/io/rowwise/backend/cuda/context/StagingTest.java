package io.rowwise.backend.cuda.context;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rowwise.backend.ElementType;
import io.rowwise.backend.cuda.driver.UnusedGpu;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class StagingTest {
  private static final int PIECE_ELEMENTS = (2 << 20) / Float.BYTES;

  private final SeenGpu gpu = new SeenGpu();

  /** Keeps what it is asked for, and does a piece's copy only when that piece is waited for. */
  private static final class SeenGpu extends UnusedGpu {
    private final float[] memory = new float[8 * PIECE_ELEMENTS];
    private final List<String> calls = new ArrayList<>();
    private final Map<Integer, Runnable> pending = new HashMap<>();
    private final IdentityHashMap<ByteBuffer, Integer> pinned = new IdentityHashMap<>();

    @Override
    public ByteBuffer pin(int bytes) {
      ByteBuffer piece = ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
      pinned.put(piece, pinned.size());
      return piece;
    }

    @Override
    public void unpin(ByteBuffer buffer) {
      assertNotNull(pinned.remove(buffer));
    }

    private void copy(String call, ByteBuffer buffer, Runnable copy) {
      int number = pinned.get(buffer);
      calls.add(call + " " + number);
      assertTrue(pending.put(number, copy) == null, "a piece is used before it was waited for");
    }

    @Override
    public void upload(long stream, long to, long pitch, ByteBuffer from, long rowBytes, int rows) {
      copy("up", from, () -> move(to, pitch, from, rowBytes, rows, true));
    }

    @Override
    public void download(
        long stream, ByteBuffer to, long from, long pitch, long rowBytes, int rows) {
      copy("down", to, () -> move(from, pitch, to, rowBytes, rows, false));
    }

    private void move(
        long address, long pitch, ByteBuffer buffer, long rowBytes, int rows, boolean up) {
      int columns = (int) (rowBytes / Float.BYTES);
      for (int i = 0; i < rows * columns; i++) {
        int element = (int) ((address + i / columns * pitch) / Float.BYTES) + i % columns;
        if (up) {
          memory[element] = buffer.getFloat(i * Float.BYTES);
        } else {
          buffer.putFloat(i * Float.BYTES, memory[element]);
        }
      }
    }

    @Override
    public void awaitCopies(ByteBuffer buffer) {
      int number = pinned.get(buffer);
      calls.add("await " + number);
      pending.remove(number).run();
    }

    void finish() {
      pending.values().forEach(Runnable::run);
      pending.clear();
    }
  }

  @Test
  void aWriteFillsOnePieceWhileTheOtherIsCopied() {
    Staging staging = new Staging(gpu, 1);
    float[] array = new float[5 * PIECE_ELEMENTS];
    staging.write(ElementType.FLOAT32, 0, 5, PIECE_ELEMENTS, PIECE_ELEMENTS, array);
    assertEquals(
        List.of("up 0", "up 1", "await 0", "up 0", "await 1", "up 1", "await 0", "up 0"),
        gpu.calls);
    gpu.calls.clear();
    staging.write(ElementType.FLOAT32, 0, 1, 1, 1, new float[1]);
    assertEquals(List.of("await 1", "up 1"), gpu.calls, "and nobody waits for the last copy");
  }

  @Test
  void aReadEmptiesOnePieceWhileTheOtherIsCopied() {
    Staging staging = new Staging(gpu, 1);
    float[] array = new float[3 * PIECE_ELEMENTS];
    staging.read(ElementType.FLOAT32, 0, 3, PIECE_ELEMENTS, PIECE_ELEMENTS, array);
    assertEquals(List.of("down 0", "down 1", "await 0", "down 0", "await 1", "await 0"), gpu.calls);
  }

  @ParameterizedTest
  @CsvSource({"1, 1, 1", "3, 5, 7", "1, 1200000, 1200000", "7, 300000, 300001", "600000, 2, 3"})
  void whatIsWrittenIsRead(int rows, int columns, int leadingDimension) {
    Staging staging = new Staging(gpu, 1);
    SplittableRandom random = new SplittableRandom(rows);
    float[] array = new float[rows * columns];
    for (int i = 0; i < array.length; i++) {
      array[i] = (float) random.nextDouble();
    }
    staging.write(ElementType.FLOAT32, 8, rows, columns, leadingDimension, array);
    gpu.finish();
    float[] back = new float[array.length];
    staging.close();
    Staging other = new Staging(gpu, 1);
    other.read(ElementType.FLOAT32, 8, rows, columns, leadingDimension, back);
    assertArrayEquals(array, back);
    other.close();
    assertTrue(gpu.pinned.isEmpty());
  }
}
