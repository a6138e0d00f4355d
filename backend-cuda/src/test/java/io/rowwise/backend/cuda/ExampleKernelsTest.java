package io.rowwise.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.example.kernels.ExampleKernels;
import com.example.kernels.Margin;
import io.rowwise.backend.Backend;
import io.rowwise.backend.Device;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.backend.contract.ReferenceBackend;
import io.rowwise.backend.cuda.driver.Compilation;
import io.rowwise.backend.cuda.driver.Compiler;
import io.rowwise.backend.cuda.driver.InterpretedGpu;
import io.rowwise.backend.cuda.library.LibraryMissingException;
import io.rowwise.kernel.Softmax;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The kernels of {@link com.example.kernels} in {@code src/examples}, found as a service that only
 * these tests see, take the place that their provider asks for and compute the right numbers.
 */
final class ExampleKernelsTest {
  private static final Device DEVICE = new Device("cuda:0", "interpreter", 1L << 30, Map.of());

  private final InterpretedGpu gpu = new InterpretedGpu();
  private ClassLoader before;
  private URLClassLoader withTheirService;

  @BeforeEach
  void addTheirService() {
    before = Thread.currentThread().getContextClassLoader();
    URL services = ExampleKernels.class.getResource("services/");
    withTheirService = new URLClassLoader(new URL[] {services}, before);
    Thread.currentThread().setContextClassLoader(withTheirService);
  }

  @AfterEach
  void removeTheirService() throws IOException {
    Thread.currentThread().setContextClassLoader(before);
    withTheirService.close();
  }

  /** What NVRTC would say of a source whose PTX lies beside it. */
  private static final Compiler PRECOMPILED =
      new Compiler() {
        @Override
        public String version() {
          return "precompiled";
        }

        @Override
        public List<Integer> computeCapabilities() {
          return List.of(75);
        }

        @Override
        public Compilation compile(String name, String source, List<String> options) {
          assertEquals(theirs(name), source);
          assertEquals(List.of("--gpu-architecture=compute_75"), options);
          return Compilation.to(theirs(name.replace(".cu", ".ptx")));
        }
      };

  private static String theirs(String name) {
    try (InputStream file = ExampleKernels.class.getResourceAsStream(name)) {
      return new String(file.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private Backend cuda() {
    return new CudaBackend(DEVICE, gpu, () -> PRECOMPILED);
  }

  private Backend cudaWithoutCompiler() {
    return new CudaBackend(
        DEVICE,
        gpu,
        () -> {
          throw new LibraryMissingException("no NVRTC");
        });
  }

  @ParameterizedTest
  @ValueSource(strings = {"margin", "online_softmax"})
  void theirPtxWasMadeFromTheSourceAsItStands(String name) throws NoSuchAlgorithmException {
    byte[] source = theirs(name + ".cu").getBytes(StandardCharsets.UTF_8);
    String digest = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(source));

    assertTrue(
        theirs(name + ".ptx").startsWith("// " + name + ".cu " + digest + "\n"),
        name + ".cu was changed: run compile beside it");
  }

  @Test
  void theyAreChosenAndDescribed() {
    try (Backend backend = cuda()) {
      List<String> lines = backend.describe().lines().toList();

      assertTrue(
          lines.contains(
              "kernel softmax: online softmax, offered by com.example.kernels.ExampleKernels with"
                  + " priority 10"),
          backend.describe());
      assertTrue(
          lines.contains(
              "kernel margin: a thread a row, offered by com.example.kernels.ExampleKernels with"
                  + " priority 0"),
          backend.describe());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "FLOAT64, 1, 1", "FLOAT64, 5, 3", "FLOAT64, 3, 32", "FLOAT64, 4, 100", "FLOAT64, 2, 1025",
    "FLOAT32, 1, 1", "FLOAT32, 5, 3", "FLOAT32, 3, 32", "FLOAT32, 4, 100", "FLOAT32, 2, 1025"
  })
  void theirSoftmaxIsSoftmax(ElementType type, int rows, int columns) {
    double[] z = numbers(rows * columns, -8, 8);
    try (Backend cuda = cuda();
        Backend reference = new ReferenceBackend()) {
      // Rounded once at each of a lane's columns and of five merges.
      double ulp = type == ElementType.FLOAT64 ? 0x1p-52 : 0x1p-23;
      assertArrayEquals(
          softmax(reference, type, rows, columns, z),
          softmax(cuda, type, rows, columns, z),
          (columns / 32 + 16) * ulp);
    }
    assertTrue(gpu.launched().contains("online_softmax_" + type), gpu.launched().toString());
  }

  private static double[] numbers(int count, double from, double to) {
    return new SplittableRandom(42).doubles(count, from, to).map(x -> (float) x).toArray();
  }

  private static double[] softmax(
      Backend backend, ElementType type, int rows, int columns, double[] z) {
    try (Softmax softmax = backend.kernel(Softmax.TYPE);
        Matrix logits = backend.matrix(type, rows, columns, z)) {
      softmax.apply(logits, logits);
      return logits.toDoubles();
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOAT32", "FLOAT64"})
  void theirSoftmaxTreatsSpecialValuesAsOthersDo(ElementType type) {
    double inf = Double.POSITIVE_INFINITY;
    double nan = Double.NaN;
    double[] z = {
      0, -inf, 0, //
      -inf, -inf, -inf, //
      inf, 0, 0, //
      nan, 0, 0, //
      0, 0, nan, //
      500, -500, 500
    };
    try (Backend cuda = cuda()) {
      assertArrayEquals(
          new double[] {
            0.5, 0, 0.5, nan, nan, nan, nan, nan, nan, nan, nan, nan, nan, nan, nan, 0.5, 0, 0.5
          },
          softmax(cuda, type, 6, 3, z));
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOAT32", "FLOAT64"})
  void theirKernelsWorkOnViews(ElementType type) {
    try (Backend cuda = cuda();
        Matrix all = cuda.matrix(type, 3, 5);
        Softmax softmax = cuda.kernel(Softmax.TYPE);
        Margin margin = cuda.kernel(Margin.TYPE)) {
      cuda.fill(7, all);
      Matrix logits = all.rows(1, 3).columns(1, 3);
      logits.write(new double[] {0, 0, 0, -1000});

      softmax.apply(logits, logits);
      margin.apply(logits, all.rows(1, 3).columns(4, 5));

      assertArrayEquals(
          new double[] {7, 7, 7, 7, 7, 7, 0.5, 0.5, 7, 0, 7, 1, 0, 7, 1}, all.toDoubles());
    }
  }

  /** Their composition on plain Java, on CUDA where there is no compiler, and their kernel. */
  @ParameterizedTest
  @EnumSource(names = {"FLOAT32", "FLOAT64"})
  void theirNewOperationWorksEverywhereAndFasterOnCuda(ElementType type) {
    int rows = 300;
    double[] p = numbers(rows * 4, 0, 1);
    // The largest first, the largest last, and two that are equal.
    System.arraycopy(new double[] {1, 0.25, 0.5, 0, 0, 0.25, 0.5, 1, 0, 1, 1, 0}, 0, p, 0, 12);
    double[] expected = new double[rows];
    for (int row = 0; row < rows; row++) {
      double[] sorted = Arrays.copyOfRange(p, 4 * row, 4 * row + 4);
      Arrays.sort(sorted);
      expected[row] = sorted[3] - sorted[2];
    }
    assertArrayEquals(new double[] {0.5, 0.5, 0}, Arrays.copyOf(expected, 3));

    // Two roundings in the composition, of numbers up to 2.
    double tolerance = type == ElementType.FLOAT64 ? 0x1p-51 : 0x1p-22;
    try (Backend reference = new ReferenceBackend()) {
      assertArrayEquals(expected, margin(reference, type, p), tolerance);
    }
    try (Backend backend = cudaWithoutCompiler()) {
      assertArrayEquals(expected, margin(backend, type, p), tolerance);
    }
    assertTrue(gpu.launched().stream().noneMatch(name -> name.startsWith("margin")));
    try (Backend backend = cuda()) {
      assertArrayEquals(expected, margin(backend, type, p), tolerance);
    }
    assertTrue(gpu.launched().contains("margin_" + type));
  }

  private static double[] margin(Backend backend, ElementType type, double[] p) {
    try (Margin margin = backend.kernel(Margin.TYPE);
        Matrix probabilities = backend.matrix(type, p.length / 4, 4, p);
        Matrix out = backend.matrix(type, p.length / 4, 1)) {
      margin.apply(probabilities, out);
      return out.toDoubles();
    }
  }

  @Test
  void theirArgumentsAreCheckedBeforeTheirKernel() {
    try (Backend cuda = cuda();
        Margin margin = cuda.kernel(Margin.TYPE);
        Matrix one = cuda.matrix(ElementType.FLOAT32, 4, 1);
        Matrix out = cuda.matrix(ElementType.FLOAT32, 4, 1)) {
      assertEquals(
          "margin: probabilities has 1 columns, wanted at least 2",
          assertThrows(IllegalArgumentException.class, () -> margin.apply(one, out)).getMessage());
    }
    assertEquals(0, gpu.launches());
  }

  @Test
  void everythingIsGivenBack() {
    try (Backend cuda = cuda()) {
      softmax(cuda, ElementType.FLOAT32, 1, 2, new double[] {1, 2});
    }
    assertTrue(gpu.holdsNothing());
    assertTrue(gpu.isClosed());
  }
}
