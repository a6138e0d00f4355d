package io.rowwise.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import io.rowwise.backend.cpu.memory.NativeMemoryTest;
import io.rowwise.backend.cpu.rows.RowsTest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;

/** On JDK 25 everything is as before, with {@code sun.misc.Unsafe} neither needed nor loaded. */
final class NewestJdkTest {
  private static final String[] QUIET = {
    "--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=deny"
  };

  private static Path jdk() throws IOException {
    Optional<Path> jdk = ChildJvm.jdk(25);
    assumeTrue(jdk.isPresent(), "skipped: no JDK 25 or later is installed here");
    return jdk.get();
  }

  /** Runs test classes that are named, and prints how many passed and failed. */
  static final class Tests {
    private Tests() {}

    public static void main(String[] classes) {
      LauncherDiscoveryRequest request =
          LauncherDiscoveryRequestBuilder.request()
              .selectors(Stream.of(classes).map(name -> selectClass(name)).toList())
              .build();
      SummaryGeneratingListener listener = new SummaryGeneratingListener();
      LauncherFactory.create().execute(request, listener);
      listener
          .getSummary()
          .getFailures()
          .forEach(
              each ->
                  System.out.println(
                      each.getTestIdentifier().getDisplayName() + ": " + each.getException()));
      System.out.println("passed " + listener.getSummary().getTestsSucceededCount());
      System.out.println("failed " + listener.getSummary().getTestsFailedCount());
    }
  }

  @Test
  void theContractHoldsWhereUnsafeIsDenied() throws IOException, InterruptedException {
    String output =
        new ChildJvm()
            .of(jdk())
            .with(QUIET)
            .run(
                Tests.class,
                CpuBackendTest.class.getName(),
                RowsTest.class.getName(),
                NativeMemoryTest.class.getName());
    assertTrue(output.endsWith("failed 0" + System.lineSeparator()), output);
    assertTrue(output.contains("passed 2"), output);
  }

  @Test
  void nothingWarnsOnceNativeAccessIsAllowed() throws IOException, InterruptedException {
    String output =
        new ChildJvm()
            .of(jdk())
            .with("--enable-native-access=ALL-UNNAMED")
            .run(FirstPrediction.class);
    assertEquals(2, output.lines().count(), output);
    assertTrue(output.startsWith("probability 1.0"), output);
    assertTrue(output.contains("loops by memory segments"), output);
  }

  @Test
  void unsafeIsNotLoaded() throws IOException, InterruptedException {
    String output =
        new ChildJvm()
            .of(jdk())
            .with("--enable-native-access=ALL-UNNAMED", "-Xlog:class+load:stdout")
            .run(FirstPrediction.class);
    assertTrue(output.contains("io.rowwise.backend.cpu.memory.SegmentMemory"), output);
    assertFalse(output.contains(" sun.misc.Unsafe "), "sun.misc.Unsafe is loaded");
  }
}
