package io.rowwise.backend.cuda.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The PTX that ships, against its sources and against what launches it. Needs no CUDA. */
class PtxTest {
  private static List<String> modules() {
    return PtxFile.modules();
  }

  @ParameterizedTest
  @MethodSource("modules")
  void aModuleHasTheKernelsThatAreListedAndNoOthers(String module) {
    Set<String> listed =
        CudaKernel.all().stream()
            .filter(kernel -> kernel.module().equals(module))
            .map(CudaKernel::name)
            .collect(Collectors.toCollection(TreeSet::new));

    assertEquals(listed, PtxFile.of(module).parametersOfKernel().keySet());
  }

  @ParameterizedTest
  @MethodSource("modules")
  void oldDriversReadIt(String module) {
    PtxFile ptx = PtxFile.of(module);

    assertTrue(ptx.text().contains("\n.version 7.0\n"), module);
    assertEquals(module.endsWith("_ampere") ? CudaKernel.AMPERE : 75, ptx.target(), module);
  }

  /** What it would say depends on the machine that compiled it. */
  @ParameterizedTest
  @MethodSource("modules")
  void nothingInItNamesAFile(String module) {
    String text = PtxFile.of(module).text();

    assertFalse(text.contains("//"), module);
    assertFalse(text.contains(".file"), module);
    assertFalse(text.contains(".loc"), module);
  }

  @Test
  void everyKernelIsLaunchedByAPlan() {
    Set<String> launched = new TreeSet<>();
    Launches.all().forEach(launch -> launched.add(launch.kernel()));
    Set<String> listed = new TreeSet<>();
    CudaKernel.all().forEach(kernel -> listed.add(kernel.name()));

    assertEquals(listed, launched);
  }

  @Test
  void everyLaunchHasTheArgumentsThatItsKernelTakes() {
    for (Launch launch : Launches.all()) {
      List<String> types = PtxFile.of(launch.module()).parametersOfKernel().get(launch.kernel());
      List<Integer> expected = new ArrayList<>();
      int end = 0;
      for (String type : types) {
        int size = type.endsWith("64") ? 8 : 4;
        int offset = (end + size - 1) / size * size;
        expected.add(offset);
        end = offset + size;
      }
      KernelArguments arguments = launch.arguments();
      assertEquals(
          expected,
          Arrays.stream(arguments.offsets()).boxed().toList(),
          launch.kernel() + " takes " + types);
      assertEquals(end, arguments.bytes().remaining(), launch.kernel());
    }
  }
}
