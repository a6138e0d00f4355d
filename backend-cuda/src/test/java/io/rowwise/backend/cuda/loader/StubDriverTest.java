package io.rowwise.backend.cuda.loader;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.rowwise.backend.cuda.driver.Gpu;
import io.rowwise.backend.library.CompiledLibrary;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The real way to a device - JCuda, JCublas, the relinking, {@link Gpu}'s implementation - down to
 * the driver's functions, which a C compiler makes here out of {@code stub}. It shows that each
 * call arrives with the right arguments and that all is given back; not what a GPU does with it.
 */
class StubDriverTest {
  private static final List<String> SOURCES =
      List.of(
          "stub.h", "cuda.c", "stream.c", "module.c", "cublas.c", "cublas-12.map", "cublas-13.map");

  private static final String NOTHING_LEFT =
      "left: memory 0, pinned 0, streams 0, events 0, modules 0, recordings 0, contexts 0, pushed"
          + " 0";

  @TempDir static Path stub;
  @TempDir Path outputs;

  @BeforeAll
  static void compile() throws IOException, InterruptedException {
    assumeTrue(
        DriverLoader.platform(System.getProperty("os.name"), System.getProperty("os.arch"))
            .equals("linux-x86_64"));
    CompiledLibrary.assumeCompiler();
    for (String file : SOURCES) {
      try (InputStream source = StubDriverTest.class.getResourceAsStream("stub/" + file)) {
        Files.copy(source, stub.resolve(file));
      }
    }
    CompiledLibrary.compile(
        stub,
        "libcuda.so.1",
        "-D_GNU_SOURCE",
        "-Wl,-soname,libcuda.so.1",
        "cuda.c",
        "stream.c",
        "module.c",
        "-lm");
    for (int cuda : new int[] {12, 13}) {
      Path folder = Files.createDirectory(stub.resolve("cuda-" + cuda));
      String file = "libcublas.so." + cuda;
      CompiledLibrary.compile(
          stub,
          folder.resolve(file).toString(),
          "-D_GNU_SOURCE",
          "-DVERSION=" + (cuda * 10_000 + 102),
          "-Wl,-soname," + file,
          "-Wl,--version-script=cublas-" + cuda + ".map",
          "cublas.c",
          "-L.",
          "-l:libcuda.so.1");
    }
  }

  private List<String> run(Class<?> program, int cuda) throws IOException, InterruptedException {
    Map<String, String> environment =
        Map.of(
            "LD_LIBRARY_PATH", stub.toString(),
            "STUB_LOG", log().toString(),
            "STUB_FAIL", outputs.resolve("fail").toString());
    return run(program, cuda, environment);
  }

  private List<String> run(Class<?> program, int cuda, Map<String, String> environment)
      throws IOException, InterruptedException {
    return run(program, cuda, environment, "");
  }

  private List<String> run(
      Class<?> program, int cuda, Map<String, String> environment, String names)
      throws IOException, InterruptedException {
    return FreshJvm.start(
            outputs,
            program,
            FreshJvm.CLASS_PATH,
            environment,
            "-Dnames=" + names,
            "-Dorg.slf4j.simpleLogger.logFile=System.out",
            "-Drowwise.cuda.libraries=" + stub.resolve("cuda-" + cuda),
            "-Dfail=" + outputs.resolve("fail"),
            "-Dloading=" + outputs.resolve("loading"))
        .lines();
  }

  private Path log() {
    return outputs.resolve("log");
  }

  @Test
  void opensWithTheCublasThatIsThere() throws IOException, InterruptedException {
    for (int cuda : new int[] {12, 13}) {
      List<String> printed = run(StubDriverPrograms.Open.class, cuda);

      assertTrue(
          printed.contains(
              String.format(
                  Locale.ROOT,
                  "{compute capability=9.0, driver for CUDA=13.0,"
                      + " UUID=GPU-5dd3fd0d-7a1c-4b21-9e6f-0c1d2e3ff0a0, PCI=0000:3b:00.0,"
                      + " cuBLAS=%d.1.2, kernels=sm_90 binaries}",
                  cuda)),
          printed::toString);
      assertTrue(printed.contains("NVIDIA driver for CUDA 13.0"), printed::toString);
      String cublas = "cuBLAS: " + stub.resolve("cuda-" + cuda).resolve("libcublas.so." + cuda);
      String relinked =
          cuda == 13 ? cublas + ", JCublas2 relinked to it from libcublas.so.12" : cublas;
      assertTrue(printed.contains(relinked), printed::toString);
      assertEquals(List.of(NOTHING_LEFT), Files.readAllLines(log()));
      Files.delete(log());
    }
  }

  @Test
  void whereBinariesLoadNothingIsCompiled() throws IOException, InterruptedException {
    Files.writeString(outputs.resolve("fail"), "ptx:221");

    String printed = String.join("\n", run(StubDriverPrograms.Open.class, 12));

    assertTrue(printed.contains("kernels=sm_90 binaries}"), printed);
    assertFalse(printed.contains("compiles their PTX"), printed);
    assertEquals(List.of(NOTHING_LEFT), Files.readAllLines(log()));
  }

  @ParameterizedTest
  @CsvSource({
    "200, CUDA_ERROR_INVALID_IMAGE",
    "209, CUDA_ERROR_NO_BINARY_FOR_GPU",
    "222, CUDA_ERROR_UNSUPPORTED_PTX_VERSION",
  })
  void whereBinariesAreRefusedPtxIsCompiled(int code, String name)
      throws IOException, InterruptedException {
    Files.writeString(outputs.resolve("fail"), "binary:" + code);

    String printed = String.join("\n", run(StubDriverPrograms.Open.class, 12));

    String refused =
        String.format(Locale.ROOT, "cuModuleLoadDataEx failed with %s (%d)", name, code);
    assertTrue(
        printed.contains(
            "kernels=PTX, compiled by the driver (sm_90 binaries refused: " + refused + ")}"),
        printed);
    assertTrue(printed.contains("makes the first use of each slower: " + refused), printed);
    assertEquals(List.of(NOTHING_LEFT), Files.readAllLines(log()));
  }

  @Test
  void everyMethodCallsTheDriverAsItShould() throws IOException, InterruptedException {
    assertEquals(List.of("done"), run(StubDriverPrograms.EveryMethod.class, 13));

    List<String> expected = new ArrayList<>();
    String launch = "probe grid 70000,3,2 block 8,4,2 shared 512: ";
    expected.add(launch + "fffffffe 123456789abcdef 3fc00000 3ff8000000000000");
    expected.add("probe grid 1,1,1 block 32,1,1 shared 0: 1 2 3f800000 4000000000000000");
    expected.add("probe grid 4,1,1 block 32,1,1 shared 0: 5 6 3f800000 4000000000000000");
    expected.add("probe grid 1,1,1 block 32,1,1 shared 0: 7 0 0 0");
    expected.add("probe grid 1,1,1 block 32,1,1 shared 0: 7 0 0 0");
    expected.add(NOTHING_LEFT);
    assertEquals(expected, Files.readAllLines(log()));
  }

  @Test
  void everyFailureOnTheWayIsSaidAndLeavesNothing() throws IOException, InterruptedException {
    List<String> printed = run(StubDriverPrograms.Failures.class, 13);

    assertEquals("done", printed.get(printed.size() - 1));
    List<String> left = Files.readAllLines(log());
    assertEquals(NOTHING_LEFT, left.get(left.size() - 1));
    // A lost device is not called again, and three of the failures are that.
    assertEquals(4, left.size(), left::toString);
    assertTrue(left.subList(0, 3).stream().allMatch(each -> each.startsWith("gone with the")));
  }

  @Test
  void manyThreadsShareTheDevice() throws IOException, InterruptedException {
    assertEquals(List.of("done"), run(StubDriverPrograms.Threads.class, 13));

    assertEquals(List.of(NOTHING_LEFT), Files.readAllLines(log()));
  }

  @Test
  void aPredictorIsOnSeveralDevices() throws IOException, InterruptedException {
    Map<String, String> environment =
        Map.of(
            "LD_LIBRARY_PATH", stub.toString(),
            "STUB_LOG", log().toString(),
            "STUB_FAIL", outputs.resolve("fail").toString(),
            "STUB_DEVICES", "2");
    List<String> printed = run(SeveralDevicesProgram.class, 13, environment);

    // For each device that it was not run on a GPU, and that one is lost.
    assertEquals(4, printed.size(), printed::toString);
    assertTrue(printed.get(2).contains("cuda:0 is lost: cuLaunchKernel failed"), printed::toString);
    assertTrue(printed.get(2).contains("without it, on cuda:1 from now on"), printed::toString);
    assertEquals("done", printed.get(3));
    List<String> left = Files.readAllLines(log());
    assertEquals(NOTHING_LEFT, left.get(left.size() - 1));
  }

  @Test
  void devicesAreFoundByName() throws IOException, InterruptedException {
    Map<String, String> environment =
        Map.of(
            "LD_LIBRARY_PATH", stub.toString(),
            "STUB_LOG", log().toString(),
            "STUB_FAIL", outputs.resolve("fail").toString(),
            "STUB_DEVICES", "2",
            "CUDA_VISIBLE_DEVICES", "GPU-5dd3,MIG-3eb87630");
    String names =
        "GPU-5dd3fd0d-7a1c-4b21-9e6f-0c1d2e3ff0a1 00000000:3B:00.0 MIG-3eb87630 GPU-5dd3 MIG-77";
    List<String> printed =
        run(StubDriverPrograms.Names.class, 13, environment, names).stream()
            .filter(line -> !line.contains("has not been run on a GPU"))
            .toList();

    String first = "cuda:0 GPU-5dd3fd0d-7a1c-4b21-9e6f-0c1d2e3ff0a0 0000:3b:00.0";
    String second = "cuda:1 GPU-5dd3fd0d-7a1c-4b21-9e6f-0c1d2e3ff0a1 0000:3c:00.0";
    String described = "Stub GPU (compute capability 9.0, driver for CUDA 13.0, PCI 0000:";
    assertEquals(
        List.of(
            "GPU-5dd3fd0d-7a1c-4b21-9e6f-0c1d2e3ff0a1 is cuda:1",
            "00000000:3B:00.0 is cuda:0",
            "MIG-3eb87630 is cuda:1",
            "cuda:GPU-5dd3 is not usable: GPU-5dd3 is "
                + first
                + " as well as "
                + second
                + "; give its number, or more of its UUID",
            "cuda:MIG-77 is not usable: CUDA shows a MIG slice to a process alone whose"
                + " CUDA_VISIBLE_DEVICES is its name; it is GPU-5dd3,MIG-3eb87630: start this"
                + " process with CUDA_VISIBLE_DEVICES=MIG-77, and choose that or cuda",
            "[cuda:0 " + described + "3b:00.0), cuda:1 " + described + "3c:00.0)]"),
        printed);
    List<String> left = Files.readAllLines(log());
    assertEquals(NOTHING_LEFT, left.get(left.size() - 1));
  }

  @Test
  void othersDoNotEndARecording() throws IOException, InterruptedException {
    assertEquals(List.of("done"), run(StubFaultPrograms.Recording.class, 13));

    List<String> log = Files.readAllLines(log());
    assertEquals(List.of("probe grid 1,1,1 block 1,1,1 shared 0: 0 0 0 0", NOTHING_LEFT), log);
  }

  @Test
  void threadsTrainSideBySide() throws IOException, InterruptedException {
    List<String> printed = run(StubFaultPrograms.Fits.class, 13);

    // The one warning that a GPU gets; none that epochs are not recorded.
    assertEquals(2, printed.size(), printed::toString);
    assertEquals("done", printed.get(1));
    List<String> log = Files.readAllLines(log());
    assertEquals(NOTHING_LEFT, log.get(log.size() - 1));
    assertTrue(log.stream().noneMatch(line -> line.startsWith("gone")));
  }

  @Test
  void nobodyWaitsForALoad() throws IOException, InterruptedException {
    Map<String, String> environment =
        Map.of(
            "LD_LIBRARY_PATH", stub.toString(),
            "STUB_LOG", log().toString(),
            "STUB_LOADING", outputs.resolve("loading").toString());
    assertEquals(List.of("done"), run(StubFaultPrograms.Loading.class, 13, environment));

    assertEquals(List.of(NOTHING_LEFT), Files.readAllLines(log()));
  }

  @Test
  void aLaunchMakesFewObjects() throws IOException, InterruptedException {
    assertEquals(
        List.of("done"),
        run(StubFaultPrograms.Launches.class, 13, Map.of("LD_LIBRARY_PATH", stub.toString())));
  }

  @Test
  void errorsAreTyped() throws IOException, InterruptedException {
    assertEquals(List.of("done"), run(StubFaultPrograms.Lost.class, 13));

    List<String> left = Files.readAllLines(log());
    assertEquals(2, left.size(), left::toString);
    assertTrue(left.get(0).startsWith("gone with the context: "), left::toString);
    assertEquals(NOTHING_LEFT, left.get(1));
  }
}
