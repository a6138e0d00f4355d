package io.rowwise.backend.cuda.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The binaries that ship, against the PTX that they were made from. Needs no CUDA. */
class CubinTest {
  private static Stream<Arguments> modulesAndBinaries() {
    return PtxFile.modules().stream()
        .flatMap(
            module ->
                PtxFile.of(module).binaries().stream()
                    .map(binaries -> Arguments.of(module, binaries)));
  }

  @ParameterizedTest
  @MethodSource("modulesAndBinaries")
  void itIsForTheDevicesAndDriversThatGetIt(String module, Binaries binaries) {
    CubinFile cubin = CubinFile.of(module, binaries);

    assertEquals("sm_" + cubin.architecture(), binaries.target());
    assertEquals(binaries.oldestDriver() < 13_000 ? 7 : 8, cubin.abi());
  }

  @ParameterizedTest
  @MethodSource("modulesAndBinaries")
  void itHasTheKernelsOfThePtxWithTheirParameters(String module, Binaries binaries) {
    Map<String, List<Integer>> expected = new TreeMap<>();
    PtxFile.of(module)
        .parametersOfKernel()
        .forEach(
            (kernel, types) ->
                expected.put(
                    kernel, types.stream().map(type -> type.endsWith("64") ? 8 : 4).toList()));

    assertEquals(expected, CubinFile.of(module, binaries).parametersOfKernel());
  }

  /** A value that does not fit into the registers would be kept in slow local memory. */
  @ParameterizedTest
  @MethodSource("modulesAndBinaries")
  void allValuesAreInRegisters(String module, Binaries binaries) {
    CubinFile cubin = CubinFile.of(module, binaries);

    assertTrue(cubin.frameOfFunction().keySet().containsAll(cubin.parametersOfKernel().keySet()));
    cubin
        .frameOfFunction()
        .forEach((function, bytes) -> assertEquals(0, bytes, () -> function + "'s frame"));
    assertEquals(cubin.parametersOfKernel().keySet(), cubin.registersOfKernel().keySet());
    cubin
        .registersOfKernel()
        .forEach((kernel, count) -> assertTrue(count <= 128, () -> kernel + " has " + count));
  }
}
