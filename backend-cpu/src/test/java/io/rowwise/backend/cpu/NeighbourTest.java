package io.rowwise.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.jna.Function;
import io.rowwise.backend.Backend;
import io.rowwise.backend.Backends;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.bytedeco.openblas.global.openblas_nolapack;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.nd4j.linalg.factory.Nd4j;

/** What others in the process notice of a backend, and it of them. */
@EnabledOnOs(OS.LINUX)
final class NeighbourTest {
  private static final String THREADS_OF_OTHERS = "3";

  /** The bits of a product that OpenBLAS would share among threads, if it had more than one. */
  private static int bits(Backend backend) {
    int n = 300;
    double[] values = new Random(42).doubles((long) n * n).toArray();
    try (Matrix a = backend.matrix(ElementType.FLOAT64, n, n, values);
        Matrix product = backend.matrix(ElementType.FLOAT64, n, n)) {
      backend.matmul(a, a, product);
      return Arrays.hashCode(product.toDoubles());
    }
  }

  private static int threadsOfOthers() {
    return openblas_nolapack.blas_get_num_threads();
  }

  /** Opens a backend beside ND4J, first or second, and prints what each has before and after. */
  static final class BesideNd4j {
    private BesideNd4j() {}

    public static void main(String[] arguments) throws IOException {
      if (arguments[0].equals("second")) {
        Nd4j.create(1).close();
        System.out.println("before " + threadsOfOthers());
      }
      try (Backend backend = Backends.choose("cpu", false).backend()) {
        int alone = bits(backend);
        Nd4j.rand(50, 50).mmul(Nd4j.rand(50, 50)).close();
        System.out.println("beside " + threadsOfOthers());
        System.out.println("same bits " + (alone == bits(backend)));
        try (Matrix matrix = backend.matrix(ElementType.FLOAT32, 1, 1)) {
          Nd4jArrays.of(matrix).addi(1);
        }
        System.out.println("with arrays " + threadsOfOthers());
        System.out.println(backend.device());
      }
      System.out.println("after " + threadsOfOthers());
      Object[] name = {"OPENBLAS_CORETYPE"};
      System.out.println("native " + Function.getFunction("c", "getenv").invokeString(name, false));
      Process child = new ProcessBuilder("env").start();
      String environment =
          new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      System.out.println("child sees OpenBLAS " + environment.contains("OPENBLAS_CORE"));
    }
  }

  private static ChildJvm withThreads() {
    // ND4J gives OpenBLAS as many as this says, which need not be as many as there are processors.
    return new ChildJvm().where("OMP_NUM_THREADS", THREADS_OF_OTHERS);
  }

  @Test
  void nd4jAndTheEnvironmentStayAsTheyAre() throws IOException, InterruptedException {
    for (String order : new String[] {"first", "second"}) {
      String output = withThreads().run(BesideNd4j.class, order);
      String threads = output.lines().filter(line -> line.startsWith("beside ")).findFirst().get();
      String number = threads.substring("beside ".length());
      // ND4J's own doing, the same without a backend.
      String own = withThreads().run(Nd4jAlone.class).strip();
      assertEquals(own, number, output);
      assertTrue(order.equals("first") || output.contains("before " + own), output);
      assertTrue(output.contains("with arrays " + own), output);
      assertTrue(output.contains("after " + own), output);
      assertTrue(output.contains("same bits true"), output);
      assertTrue(output.contains("native null"), output);
      assertTrue(output.contains("child sees OpenBLAS false"), output);
      assertTrue(output.contains("a copy of Rowwise's own with one thread"), output);
    }
  }

  /** Prints how many threads ND4J gives OpenBLAS. */
  static final class Nd4jAlone {
    private Nd4jAlone() {}

    public static void main(String[] arguments) {
      Nd4j.create(1).close();
      System.out.println(threadsOfOthers());
    }
  }

  /** Prints the threads of a shared OpenBLAS before, while and after backends are open. */
  static final class Shared {
    private Shared() {}

    public static void main(String[] arguments) {
      openblas_nolapack.blas_set_num_threads(Integer.parseInt(THREADS_OF_OTHERS));
      System.out.print(threadsOfOthers());
      try (Backend one = Backends.choose("cpu", false).backend()) {
        System.out.print(" " + threadsOfOthers());
        Backend other = Backends.choose("cpu", false).backend();
        System.out.print(" " + threadsOfOthers());
        other.close();
        System.out.print(" " + threadsOfOthers());
        System.out.print(" " + one.device().details().get("OpenBLAS"));
        bits(one);
      }
      System.out.println(" " + threadsOfOthers());
    }
  }

  @Test
  void aSharedOpenBlasGetsItsThreadsBack() throws IOException, InterruptedException {
    String output = new ChildJvm().with("-Drowwise.cpu.openblas=shared").run(Shared.class);
    assertTrue(output.contains("3 1 1 1 JavaCPP's, shared with the process"), output);
    assertTrue(output.endsWith(" 3\n"), output);
  }

  @Test
  void theUsersVariableComesBefore() throws IOException, InterruptedException {
    String output =
        new ChildJvm().where("OPENBLAS_CORETYPE", "Prescott").run(FirstPrediction.class);
    assertTrue(output.contains("with kernels for Prescott, a copy of Rowwise's own"), output);
    assertFalse(output.contains("unavailable"), output);
  }
}
