package io.rowwise.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.rowwise.backend.Backend;
import io.rowwise.backend.Backends;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.kernel.CrossEntropyGradient;
import io.rowwise.kernel.LogSoftmax;
import io.rowwise.kernel.Softmax;
import io.rowwise.kernel.Targets;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** In a JVM whose arrays begin elsewhere, the same loops compute the same bits. */
final class CompactHeadersTest {
  /** Prints which loops there are, and the bits of what they compute. */
  static final class Results {
    private static final int[][] SHAPES = {{7, 3}, {33, 10}, {5, 100}, {3, 1000}, {2, 5000}};

    private Results() {}

    private static void print(String what, Matrix matrix) {
      System.out.println(what + " " + Arrays.hashCode(matrix.toDoubles()));
    }

    public static void main(String[] arguments) {
      try (Backend backend = Backends.choose("cpu", false).backend()) {
        System.out.println("loops " + backend.device().details().get("loops"));
        for (ElementType type : ElementType.arithmetic()) {
          for (int[] shape : SHAPES) {
            print(backend, type, shape[0], shape[1]);
          }
        }
      }
    }

    private static void print(Backend backend, ElementType type, int rows, int columns) {
      double[] values = new Random(42).doubles((long) rows * columns, -20, 20).toArray();
      double[] oneHot = new double[rows * columns];
      for (int row = 0; row < rows; row++) {
        oneHot[row * columns + row % columns] = 1;
      }
      try (Matrix x = backend.matrix(type, rows, columns, values);
          Matrix y = backend.matrix(type, rows, columns, oneHot);
          Matrix out = backend.matrix(type, rows, columns);
          Matrix column = backend.matrix(type, rows, 1);
          Matrix row = backend.matrix(type, 1, columns);
          Softmax softmax = backend.kernel(Softmax.TYPE);
          LogSoftmax logSoftmax = backend.kernel(LogSoftmax.TYPE);
          CrossEntropyGradient gradient = backend.kernel(CrossEntropyGradient.TYPE)) {
        String of = " of " + type + " " + rows + " x " + columns;
        softmax.apply(x, out);
        print("softmax" + of, out);
        backend.log(out, out);
        print("log" + of, out);
        logSoftmax.apply(x, out);
        print("log-softmax" + of, out);
        gradient.apply(x, Targets.ofProbabilities(y), out);
        print("gradient" + of, out);
        backend.exp(x, out);
        print("exp" + of, out);
        backend.divide(x, out, out);
        print("quotient" + of, out);
        backend.add(x, out, out);
        print("sum" + of, out);
        backend.equal(x, 1, out);
        print("equal" + of, out);
        backend.rowMax(x, column);
        print("largest" + of, column);
        backend.rowSum(x, column);
        print("row sums" + of, column);
        backend.rowArgMax(x, column);
        print("places" + of, column);
        backend.columnSum(x, row);
        print("column sums" + of, row);
      }
    }
  }

  @Test
  void theSameLoopsComputeTheSameBits() throws IOException, InterruptedException {
    Optional<Path> jdk = ChildJvm.jdk(25);
    assumeTrue(jdk.isPresent(), "skipped: no JDK 25 or later is installed here");
    String[] quiet = {
      "--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=deny", "-Xbatch"
    };
    String usual = new ChildJvm().of(jdk.get()).with(quiet).run(Results.class);
    String compact =
        new ChildJvm()
            .of(jdk.get())
            .with(quiet)
            .with("-XX:+UseCompactObjectHeaders")
            .run(Results.class);
    assertTrue(usual.contains("loops by memory segments"), usual);
    assertEquals(usual, compact);
  }
}
