package io.rowwise.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BlockLayoutTest {
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
  void eachRowIsInOneBlockOfOnePartition(int seed) {
    Random random = new Random(seed);
    long[] starts = new long[1 + random.nextInt(9) + 1];
    for (int p = 1; p < starts.length; p++) {
      starts[p] = starts[p - 1] + (random.nextInt(3) == 0 ? 0 : random.nextInt(40));
    }
    starts[starts.length - 1]++;
    BlockLayout layout = new BlockLayout(starts, 1 + random.nextInt(20));
    long rows = 0;
    for (int block = 0; block < layout.blocks(); block++) {
      int owner = layout.owner(block);
      long first = (long) block * layout.blockRows();
      assertTrue(
          starts[owner] <= first && first < starts[owner + 1], "the owner has the first row");
      assertEquals(first, rows);
      rows += layout.rows(block);
    }
    assertEquals(layout.rows(), rows);
    long own = 0;
    for (int p = 0; p < layout.partitions(); p++) {
      int head = layout.head(p);
      assertTrue(head < layout.blockRows() && head <= layout.count(p));
      if (head < layout.count(p)) {
        assertEquals(0, (layout.start(p) + head) % layout.blockRows());
      }
      if (head > 0) {
        assertTrue(layout.owner(layout.firstBlock(p)) < p, "a head belongs to one before");
      }
      own += layout.count(p);
    }
    assertEquals(layout.rows(), own);
  }

  @Test
  void blocksAreOfAModerateSize() {
    assertEquals(64, BlockLayout.blockRows(150, 4));
    assertEquals(668, BlockLayout.blockRows(60_000, 784));
    assertEquals(8192, BlockLayout.blockRows(2_000_000, 50));
    assertEquals(1, BlockLayout.blockRows(1_000_000, 1 << 20));
    long[] many = {0, Long.MAX_VALUE / 2};
    assertThrows(IllegalArgumentException.class, () -> new BlockLayout(many, 1));
  }
}
