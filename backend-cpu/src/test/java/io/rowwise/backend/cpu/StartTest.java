package io.rowwise.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.rowwise.backend.Backend;
import io.rowwise.backend.Backends;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** What a fresh JVM does until its first prediction, and what it needs for it. */
final class StartTest {
  /** What takes longer to start than all the rest. */
  @Test
  @EnabledOnOs(OS.LINUX)
  void neitherNd4jNorJavaCppNorManagementIsStarted() throws IOException, InterruptedException {
    // The device's description, which comes after a prediction, asks for the machine's memory.
    String output = new ChildJvm().with("-Xlog:class+load").run(FirstPrediction.class);
    String before = output.substring(0, output.indexOf("probability 1.0"));
    assertTrue(before.contains(CpuBackend.class.getName()), before);
    assertFalse(before.contains("org.nd4j"), before);
    assertFalse(before.contains("bytedeco/javacpp/1"), before);
    assertFalse(before.contains("java.lang.management"), before);
  }

  private static boolean isSlim(String entry) {
    boolean isNative = entry.matches(".*/openblas-[^/]*-linux-[^/]*");
    // Core is a folder of classes or a jar, as far as the build has come.
    boolean isOurs = entry.endsWith("classes") || entry.matches(".*/rowwise-core-[^/]*");
    return isOurs || entry.contains("slf4j") || isNative;
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void openBlasAloneIsEnough() throws IOException, InterruptedException {
    String output = new ChildJvm().seeing(StartTest::isSlim).run(FirstPrediction.class);
    assertTrue(output.contains("probability 1.0"), output);
    assertTrue(output.contains("ND4J not found"), output);
  }

  /** Asks for what ND4J is needed for. */
  static final class Arrays {
    private Arrays() {}

    public static void main(String[] arguments) {
      try (Backend backend = Backends.choose("cpu", false).backend();
          Matrix x = backend.matrix(ElementType.FLOAT32, 1, 5)) {
        for (int i = 0; i < 2; i++) {
          try {
            Nd4jArrays.of(x);
          } catch (NoClassDefFoundError e) {
            System.out.println(e.getMessage());
          }
        }
      }
    }
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void withoutNd4jItsArraysSaySo() throws IOException, InterruptedException {
    String output = new ChildJvm().seeing(StartTest::isSlim).run(Arrays.class);
    // Each time.
    String[] lines = output.split("add org.nd4j:nd4j-native and its classifier", -1);
    assertTrue(lines.length == 3 && lines[0].contains("not on the class path"), output);
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void withoutNativeLibrariesTheReasonIsTold() throws IOException, InterruptedException {
    String output =
        new ChildJvm()
            .seeing(entry -> !entry.matches(".*/openblas-[^/]*"))
            .run(FirstPrediction.class);
    assertTrue(output.contains("unavailable: "), output);
    assertTrue(output.contains("are not on the class path; add org.bytedeco:openblas"), output);
  }

  @Test
  void aValueThatIsNoneIsRefused() {
    for (String property :
        new String[] {"rowwise.cpu.avx512", "rowwise.cpu.openblas", "rowwise.cpu.threads"}) {
      AssertionError e =
          assertThrows(
              AssertionError.class,
              () -> new ChildJvm().with("-D" + property + "=banana").run(FirstPrediction.class));
      assertTrue(e.getMessage().contains("-D" + property + "=banana: "), e.getMessage());
    }
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void nativeAccessThatIsDeniedIsTold() throws IOException, InterruptedException {
    Optional<Path> jdk = ChildJvm.jdk(24);
    assumeTrue(jdk.isPresent(), "skipped: no JDK 24 or later is installed here");
    String output =
        new ChildJvm()
            .of(jdk.get())
            .with("--illegal-native-access=deny")
            .run(FirstPrediction.class);
    assertTrue(
        output.contains("denies native access; start it with --enable-native-access=ALL-UNNAMED"),
        output);
  }

  /** Fills the memory that JavaCPP would count, then predicts. */
  static final class Crowded {
    private static final int BYTES = 300 << 20;

    private Crowded() {}

    public static void main(String[] arguments) {
      ByteBuffer others = ByteBuffer.allocateDirect(BYTES);
      for (int i = 0; i < BYTES; i += 4096) {
        others.put(i, (byte) 1);
      }
      FirstPrediction.main(arguments);
      System.out.println(others.get(0));
    }
  }

  /** JavaCPP allows a process four times the heap, whoever has it, and not a byte more. */
  @Test
  @EnabledOnOs(OS.LINUX)
  void otherPeoplesMemoryDoesNotCount() throws IOException, InterruptedException {
    // Little more than that is left for direct buffers, either.
    String output =
        new ChildJvm().with("-Xmx64m", "-XX:MaxDirectMemorySize=301m").run(Crowded.class);
    assertTrue(output.contains("probability 1.0"), output);
  }
}
