package io.rowwise.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rowwise.backend.Backend;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.backend.contract.ReferenceBackend;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.ndarray.INDArray;

final class Nd4jArraysTest {
  private static final double[] ONE_TO_SIX = {1, 2, 3, 4, 5, 6};

  @ParameterizedTest
  @EnumSource(names = {"FLOAT32", "FLOAT64"})
  void nd4jReadsAndWritesTheMatrixItself(ElementType type) {
    try (Backend backend = new CpuBackend(1);
        Matrix matrix = backend.matrix(type, 2, 3, ONE_TO_SIX)) {
      INDArray array = Nd4jArrays.of(matrix);
      assertArrayEquals(new long[] {2, 3}, array.shape());
      assertEquals(21, array.sumNumber().doubleValue());
      assertEquals(6, array.getDouble(1, 2));
      array.addi(0.5);
      assertArrayEquals(new double[] {1.5, 2.5, 3.5, 4.5, 5.5, 6.5}, matrix.toDoubles());
      matrix.write(new double[] {0, 0, 0, 0, 0, -1});
      assertEquals(-1, array.getDouble(1, 2));
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOAT32", "FLOAT64"})
  void aViewIsAnArrayOfItsElementsAlone(ElementType type) {
    try (Backend backend = new CpuBackend(1);
        Matrix matrix = backend.matrix(type, 3, 2, ONE_TO_SIX)) {
      INDArray rows = Nd4jArrays.of(matrix.rows(1, 3));
      assertEquals(18, rows.sumNumber().doubleValue());
      INDArray column = Nd4jArrays.of(matrix.columns(1, 2));
      assertArrayEquals(new long[] {3, 1}, column.shape());
      column.muli(10);
      assertArrayEquals(new double[] {1, 20, 3, 40, 5, 60}, matrix.toDoubles());
    }
  }

  @Test
  void anArrayEndsWithItsMatrixAndNotTheOtherWayRound() {
    try (Backend backend = new CpuBackend(1)) {
      Matrix matrix = backend.matrix(ElementType.FLOAT32, 3, 2, ONE_TO_SIX);
      INDArray array = Nd4jArrays.of(matrix);
      INDArray view = Nd4jArrays.of(matrix.rows(1, 2));
      matrix.close();
      assertTrue(array.wasClosed());
      assertTrue(view.wasClosed());

      try (Matrix another = backend.matrix(ElementType.FLOAT32, 3, 2, ONE_TO_SIX)) {
        Nd4jArrays.of(another).close();
        assertArrayEquals(ONE_TO_SIX, another.toDoubles());
        Nd4jArrays.of(another).addi(1);
        assertArrayEquals(new double[] {2, 3, 4, 5, 6, 7}, another.toDoubles());
      }
    }
  }

  /** The C library ends a process that frees memory twice. */
  @Test
  void memoryIsFreedOnce() {
    double[] ones = new double[1000];
    Arrays.fill(ones, 1);
    try (Backend backend = new CpuBackend(1);
        Matrix kept = backend.matrix(ElementType.FLOAT64, 1, 1000, ones)) {
      for (int round = 0; round < 20; round++) {
        for (int i = 0; i < 50; i++) {
          try (Matrix matrix = backend.matrix(ElementType.FLOAT64, 1, 1000)) {
            Nd4jArrays.of(matrix).addi(kept.rows() + i);
          }
        }
        // ND4J's own threads free what belongs to arrays that are collected.
        System.gc();
        assertArrayEquals(ones, kept.toDoubles());
      }
    }
  }

  @Test
  void whatIsNoArrayIsRefused() {
    try (Backend backend = new CpuBackend(1);
        Backend other = new ReferenceBackend();
        Matrix elsewhere = other.matrix(ElementType.FLOAT32, 1, 2);
        Matrix empty = backend.matrix(ElementType.FLOAT32, 0, 2)) {
      String message =
          assertThrows(IllegalArgumentException.class, () -> Nd4jArrays.of(elsewhere)).getMessage();
      assertTrue(message.contains("float32 1x2") && message.contains("CPU backend"), message);
      message =
          assertThrows(IllegalArgumentException.class, () -> Nd4jArrays.of(empty)).getMessage();
      assertTrue(message.contains("float32 0x2 has no elements"), message);
      try (Matrix half = backend.matrix(ElementType.BFLOAT16, 1, 2)) {
        message =
            assertThrows(IllegalArgumentException.class, () -> Nd4jArrays.of(half)).getMessage();
        assertTrue(message.contains("bfloat16 1x2, wanted float32 or float64"), message);
      }
      Matrix closed = backend.matrix(ElementType.FLOAT32, 1, 2);
      closed.close();
      assertThrows(IllegalStateException.class, () -> Nd4jArrays.of(closed));
    }
  }
}
