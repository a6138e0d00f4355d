package io.rowwise.trainer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rowwise.kernel.SparseRows;
import io.rowwise.random.NumpyRandom;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SparseRowFileTest {
  private static final int ROWS = 200;
  private static final int FEATURES = 30;

  @TempDir Path folder;

  /** From none of the features to all of them. */
  private static SparseRows rows() {
    NumpyRandom random = new NumpyRandom(5);
    SparseRows.Builder rows = new SparseRows.Builder(ROWS, FEATURES);
    for (int row = 0; row < ROWS; row++) {
      int density = random.randint(4);
      for (int k = 0; k < FEATURES; k++) {
        if (random.randint(3) < density) {
          rows.add(row, k, random.standardNormal());
        }
      }
    }
    return rows.build();
  }

  private SparseRowFile written(SparseRows rows, int mostValues) throws IOException {
    SparseRowFile file = new SparseRowFile(folder, ROWS, FEATURES, rows.size(), mostValues);
    file.write(rows.rows(0, 70));
    file.write(rows.rows(70, 70));
    file.write(rows.rows(70, ROWS));
    return file;
  }

  private static void assertRows(SparseRows all, int[] order, SparseSource source, int mostValues) {
    assertEquals(order.length, source.count());
    for (int from = 0; from < order.length; ) {
      int to = source.end(from, order.length);
      SparseRows part = source.rows(from, to);
      assertEquals(to - from, part.rows());
      assertTrue(part.size() <= mostValues || to == from + 1, part::toString);
      double[] dense = part.dense();
      for (int i = from; i < to; i++) {
        assertArrayEquals(
            all.rows(order[i], order[i] + 1).dense(),
            Arrays.copyOfRange(dense, (i - from) * FEATURES, (i - from + 1) * FEATURES));
      }
      from = to;
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, FEATURES, 100, 1 << 20})
  void rowsAreReadAsTheyWereWritten(int mostValues) throws IOException {
    SparseRows rows = rows();
    int[] all = new int[ROWS];
    Arrays.setAll(all, row -> row);
    try (SparseRowFile file = written(rows, mostValues)) {
      assertRows(rows, all, file.source(), mostValues);
    }
  }

  /** Of some of them, with runs that are read at once, and read when the first file is closed. */
  @ParameterizedTest
  @ValueSource(ints = {1, FEATURES, 100, 1 << 20})
  void rowsAreCopiedInAnotherOrder(int mostValues) throws IOException {
    SparseRows rows = rows();
    int[] order = Arrays.copyOf(new NumpyRandom(6).permutation(ROWS), 150);
    Arrays.sort(order, 20, 60);
    List<Integer> told = new ArrayList<>();
    SparseRowFile copy;
    try (SparseRowFile file = written(rows, mostValues)) {
      copy = file.inOrder(folder, order, told::add);
    }
    assertEquals(150, told.get(told.size() - 1));
    assertEquals(told.stream().sorted().distinct().toList(), told);
    try (copy) {
      assertRows(rows, order, copy.source(), mostValues);
    }
  }

  @Test
  void aFolderThatIsGoneIsAnError() throws IOException {
    try (SparseRowFile file = written(rows(), 100)) {
      Path gone = folder.resolve("gone");
      assertThrows(IOException.class, () -> file.inOrder(gone, new int[] {3, 1}, done -> {}));
    }
  }
}
