package io.rowwise.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.jna.Function;
import com.sun.jna.Pointer;
import io.rowwise.backend.Backend;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import java.util.Arrays;
import org.bytedeco.javacpp.Loader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.ndarray.INDArray;

final class Nd4jArraysTest {
  @ParameterizedTest
  @EnumSource
  void nd4jReadsAndWritesTheMatrixItself(ElementType type) {
    try (Backend backend = new CpuBackend(1);
        Matrix matrix = backend.matrix(type, 2, 3, new double[] {1, 2, 3, 4, 5, 6})) {
      INDArray array = CpuStorage.of(matrix).array();
      assertArrayEquals(new long[] {1, 6}, array.shape());
      assertEquals(21, array.sumNumber().doubleValue());
      array.addi(0.5);
      assertArrayEquals(new double[] {1.5, 2.5, 3.5, 4.5, 5.5, 6.5}, matrix.toDoubles());
      matrix.write(new double[] {0, 0, 0, 0, 0, -1});
      assertEquals(-1, array.getDouble(5));
      assertSame(array, CpuStorage.of(matrix).array());
    }
  }

  @Test
  void anArrayEndsWithItsMatrixAndNotTheOtherWayRound() {
    try (Backend backend = new CpuBackend(1)) {
      Matrix matrix = backend.matrix(ElementType.FLOAT32, 1, 2, new double[] {1, 2});
      INDArray array = CpuStorage.of(matrix).array();
      matrix.close();
      assertTrue(array.wasClosed());

      try (Matrix another = backend.matrix(ElementType.FLOAT32, 1, 2, new double[] {1, 2})) {
        CpuStorage.of(another).array().close();
        assertArrayEquals(new double[] {1, 2}, another.toDoubles());
      }
    }
  }

  /** The C library ends a process that frees memory twice. */
  @Test
  void memoryIsFreedOnce() throws InterruptedException {
    double[] ones = new double[1000];
    Arrays.fill(ones, 1);
    try (Backend backend = new CpuBackend(1);
        Matrix kept = backend.matrix(ElementType.FLOAT64, 1, 1000, ones)) {
      for (int round = 0; round < 20; round++) {
        for (int i = 0; i < 50; i++) {
          try (Matrix matrix = backend.matrix(ElementType.FLOAT64, 1, 1000)) {
            CpuStorage.of(matrix).array().addi(kept.rows() + i);
          }
        }
        // ND4J's own threads free what belongs to arrays that are collected.
        System.gc();
        Thread.sleep(5);
        assertArrayEquals(ones, kept.toDoubles());
      }
    }
  }

  @Test
  void startingNd4jLeavesOpenBlasItsOneThread() {
    try (Backend backend = new CpuBackend(1);
        Matrix matrix = backend.matrix(ElementType.FLOAT32, 1, 1)) {
      CpuStorage.of(matrix).array();
      Pointer function = new Pointer(Loader.addressof("openblas_get_num_threads").address());
      assertEquals(1, Function.getFunction(function).invokeInt(new Object[0]));
    }
  }
}
