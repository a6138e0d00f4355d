package io.rowwise.backend.cuda.interpreter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rowwise.backend.cuda.ptx.PtxException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PtxParserTest {
  @Test
  void findsTheKernelsOfAFile() {
    PtxModule module = PtxModule.parse(KernelRunner.resource("sample_softmax.ptx"));
    assertEquals(
        Set.of(
            "block_softmax_f32",
            "block_softmax_f64",
            "warp_softmax_f32",
            "warp_softmax_f64",
            "quarter_softmax_f64",
            "tree_row_sum_f32",
            "tree_row_sum_f64"),
        module.kernels());
    assertEquals(256, module.staticSharedBytes("block_softmax_f64"));
    assertEquals(0, module.staticSharedBytes("tree_row_sum_f64"));
  }

  @Test
  void placesParametersAtMultiplesOfTheirAlignment() {
    PtxModule module = PtxModule.parse(KernelRunner.resource("sample_elementwise.ptx"));
    List<PtxModule.Parameter> parameters = module.parameters("struct_argument");
    assertEquals(List.of(0, 8, 24), parameters.stream().map(p -> p.offset()).toList());
    assertEquals(List.of(8, 16, 4), parameters.stream().map(p -> p.bytes()).toList());

    PtxModule mixed =
        PtxModule.parse(
            KernelRunner.kernel(
                ".param .u8 a, .param .u32 b, .param .u8 c, .param .f64 d", "ret;"));
    assertEquals(
        List.of(0, 4, 8, 16), mixed.parameters("k").stream().map(p -> p.offset()).toList());
  }

  @Test
  void aRegisterOfAnInnerScopeHidesTheOuterOneAndIsAnother() {
    KernelRunner runner = new KernelRunner();
    long to = runner.ints(0, 0);
    PtxModule module =
        PtxModule.parse(
            KernelRunner.kernel(
                ".param .u64 to",
                """
                .reg .b64 %rd; .reg .b32 %r;
                ld.param.u64 %rd, [to];
                mov.u32 %r, 1;
                { .reg .b32 %r; mov.u32 %r, 2; st.global.u32 [%rd+4], %r; }
                st.global.u32 [%rd], %r;
                ret;
                """));
    runner.launch(module, "k", 1, 1, 0, to);
    assertEquals(List.of(1, 2), Arrays.stream(runner.readInts(to, 2)).boxed().toList());
  }

  @Test
  void readsCommentsAndNumbersOfAllForms() {
    KernelRunner runner = new KernelRunner();
    long to = runner.ints(new int[6]);
    PtxModule module =
        PtxModule.parse(
            KernelRunner.kernel(
                ".param .u64 to",
                """
                .reg .b64 %rd; // a comment
                /* another one
                   of two lines */
                ld.param.u64 %rd, [to];
                st.global.u32 [%rd], 0x1F;
                st.global.u32 [%rd+4], -17;
                st.global.u32 [%rd+8], 4294967295U;
                st.global.f32 [%rd+12], 0f3FC00000;
                st.global.u32 [%rd + 16], 017;
                st.global.f32 [%rd+20], 1.5;
                ret;
                """));
    runner.launch(module, "k", 1, 1, 0, to);
    int one = Float.floatToIntBits(1.5f);
    assertEquals(
        List.of(31, -17, -1, one, 15, one), Arrays.stream(runner.readInts(to, 6)).boxed().toList());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "mov.u32 %r9, 1; | 7 | %r9 is not declared",
        "mov.u32 %r1, 1 | 8 | wanted `;`",
        "mov.u32 %r1, 0fABC; | 7 | digits",
        "mov.u32 %r1, 12q; | 7 | is not a number",
        "mov.u32 %r1, 99999999999999999999999; | 7 | 64 bits",
        "@%r1 mov.u32 %r1, 1; | 7 | no predicate",
        "ld.global.u32 %r1, [%r1; | 7 | wanted `]`",
        "ld.shared.f128 %r1, [%r1]; | 7 | not implemented",
        ".reg .f16 %h; | 7 | not a type",
        ".frob 3; | 7 | not implemented",
        "x: y: x: | 7 | twice",
      })
  void anErrorNamesTheLine(String statement, int line, String problem) {
    String text = KernelRunner.kernel("", ".reg .b32 %r1;\n" + statement + "\nret;");
    PtxException error = assertThrows(PtxException.class, () -> PtxModule.parse(text));
    assertTrue(error.getMessage().contains(problem), error.getMessage());
    assertEquals(line, error.line(), error.getMessage());
  }

  @Test
  void aTextThatEndsTooEarlyIsAnError() {
    String text = KernelRunner.kernel("", "ret;").replace("}", "");
    assertThrows(PtxException.class, () -> PtxModule.parse(text));
  }

  @Test
  void functionsAndOtherAddressSizesAreNotImplemented() {
    assertThrows(PtxException.class, () -> PtxModule.parse(".func f() { ret; }"));
    assertThrows(PtxException.class, () -> PtxModule.parse(".version 7.0 .address_size 32"));
  }

  @Test
  void aLaunchMustFitTheKernel() {
    KernelRunner runner = new KernelRunner();
    PtxModule module =
        PtxModule.parse(
            KernelRunner.kernel(".param .u32 n", "ret;").replace("n)", "n) .maxntid 64, 1, 1"));
    assertThrows(IllegalArgumentException.class, () -> runner.launch(module, "other", 1, 32, 0, 1));
    assertThrows(IllegalArgumentException.class, () -> runner.launch(module, "k", 1, 65, 0, 1));
    assertThrows(IllegalArgumentException.class, () -> runner.launch(module, "k", 0, 32, 0, 1));
    assertThrows(IllegalArgumentException.class, () -> runner.launch(module, "k", 1, 32, 0, 1, 2));
    assertThrows(
        IllegalArgumentException.class,
        () -> runner.interpreter.launch(module, "k", 1, 32, 0, ByteBuffer.allocate(0)));
    assertEquals(64, runner.launch(module, "k", 1, 64, 0, 1).instructions());
  }
}
