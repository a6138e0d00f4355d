package io.rowwise.backend.cuda.interpreter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rowwise.backend.cuda.interpreter.KernelFault.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Kernels that are wrong are caught: those of nvcc, broken on purpose, and small ones by hand. */
class KernelFaultTest {
  private static final String SOFTMAX = KernelRunner.resource("sample_softmax.ptx");
  private static final String ELEMENTWISE = KernelRunner.resource("sample_elementwise.ptx");

  private final KernelRunner runner = new KernelRunner(50_000_000);

  // ----------------------------------------------------------------- nvcc's kernels, broken

  /** The text of one kernel of a file, from its name to its closing brace. */
  private static String kernelOf(String file, String kernel) {
    int start = file.indexOf(".visible .entry " + kernel + "(");
    int end = file.indexOf("\n}", start) + 2;
    return file.substring(start, end);
  }

  private static PtxModule edited(String file, String kernel, String original, String replacement) {
    String body = kernelOf(file, kernel);
    assertTrue(body.contains(original), "there is nothing to edit");
    return PtxModule.parse(file.replace(body, body.replace(original, replacement)));
  }

  /** The file with the n-th barrier of the kernel removed. */
  private static PtxModule withoutBarrier(String kernel, int n) {
    String body = kernelOf(SOFTMAX, kernel);
    int at = -1;
    for (int i = 0; i <= n; i++) {
      at = body.indexOf("bar.sync \t0;", at + 1);
    }
    String broken = body.substring(0, at) + body.substring(at).replaceFirst("bar.sync \t0;", "");
    return PtxModule.parse(SOFTMAX.replace(body, broken));
  }

  private void softmax(PtxModule module, String kernel, int rows, int columns, int threads) {
    long from = runner.doubles(IntStream.range(0, rows * columns).asDoubleStream().toArray());
    long to = runner.memory.allocate((long) rows * columns * Double.BYTES);
    // One block has several rows, so that the last barrier of a row matters too.
    runner.launch(module, kernel, 1, threads, threads * 8, from, to, rows, columns);
  }

  static List<Integer> barriersOfTheBlockSoftmax() {
    List<Integer> numbers = new ArrayList<>();
    int count = kernelOf(SOFTMAX, "block_softmax_f64").split("bar.sync \t0;", -1).length - 1;
    for (int i = 0; i < count; i++) {
      numbers.add(i);
    }
    return numbers;
  }

  @ParameterizedTest
  @MethodSource("barriersOfTheBlockSoftmax")
  void eachRemovedBarrierIsARace(int barrier) {
    softmax(PtxModule.parse(SOFTMAX), "block_softmax_f64", 3, 100, 96);
    PtxModule broken = withoutBarrier("block_softmax_f64", barrier);
    KernelFault fault =
        assertThrows(KernelFault.class, () -> softmax(broken, "block_softmax_f64", 3, 100, 96));
    // Reading what another warp has not written yet comes before writing what it will read.
    assertTrue(
        fault.kind() == Kind.SHARED_RACE || fault.kind() == Kind.UNINITIALISED_MEMORY,
        fault.getMessage());
    assertEquals("block_softmax_f64", fault.kernel());
  }

  @Test
  void aRemovedBarrierInATreeIsARace() {
    PtxModule broken = withoutBarrier("tree_row_sum_f64", 1);
    long from = runner.doubles(new double[128]);
    long to = runner.memory.allocate(8);
    KernelFault fault =
        assertThrows(
            KernelFault.class,
            () -> runner.launch(broken, "tree_row_sum_f64", 1, 128, 1024, from, to, 128));
    assertEquals(Kind.SHARED_RACE, fault.kind());
    assertTrue(fault.getMessage().contains("nothing orders the two"), fault.getMessage());
  }

  @Test
  void aDroppedBoundsCheckIsOutOfBounds() {
    PtxModule broken = edited(ELEMENTWISE, "exp_f64", "@%p1 bra \t$L__BB1_5;", "");
    long from = runner.doubles(new double[40]);
    long to = runner.memory.allocate(40 * 8);
    KernelFault fault =
        assertThrows(
            KernelFault.class, () -> runner.launch(broken, "exp_f64", 2, 32, 0, from, to, 40));
    assertEquals(Kind.OUT_OF_BOUNDS, fault.kind());
    assertEquals("exp_f64", fault.kernel());
    assertEquals(1, fault.block());
    assertEquals(8, fault.thread());
    String line = ELEMENTWISE.lines().toList().get(fault.line() - 1);
    assertTrue(line.contains("ld.global.f64"), line);
  }

  @Test
  void oneElementTooManyIsOutOfBounds() {
    PtxModule module = PtxModule.parse(ELEMENTWISE);
    long from = runner.doubles(new double[40]);
    long to = runner.memory.allocate(40 * 8 - 8);
    KernelFault fault =
        assertThrows(
            KernelFault.class, () -> runner.launch(module, "exp_f64", 2, 32, 0, from, to, 40));
    assertEquals(Kind.OUT_OF_BOUNDS, fault.kind());
    assertEquals(7, fault.thread());
    assertTrue(fault.getMessage().contains("312"), fault.getMessage());
  }

  @Test
  void aPartlyFilledWarpThatShufflesWithAllLanesIsCaught() {
    PtxModule module = PtxModule.parse(SOFTMAX);
    KernelFault fault =
        assertThrows(KernelFault.class, () -> softmax(module, "warp_softmax_f64", 1, 40, 24));
    assertEquals(Kind.WARP_DIVERGENCE, fault.kind());
    assertTrue(fault.getMessage().contains("names lane 24"), fault.getMessage());
  }

  @Test
  void aLaneThatLeftBeforeAShuffleIsCaught() {
    PtxModule module =
        PtxModule.parse(
            snippetText(
                """
                setp.lt.u32 %p1, %tid, 20;
                @%p1 ret;
                shfl.sync.bfly.b32 %r1, %tid, 1, 31, -1;
                """));
    assertFault(Kind.WARP_DIVERGENCE, module, 1, 32, "lane 0, which has exited");
  }

  @Test
  void misalignedVectorsAreCaught() {
    PtxModule module = PtxModule.parse(ELEMENTWISE);
    long x = runner.doubles(new double[9]);
    long y = runner.memory.allocate(72);
    KernelFault fault =
        assertThrows(
            KernelFault.class,
            () -> runner.launch(module, "scale_double2", 1, 32, 0, x + 8, y, 2.0, 4));
    assertEquals(Kind.MISALIGNED, fault.kind());
    assertEquals(0, fault.thread());
  }

  @Test
  void readingWhatNobodyWroteIsCaught() {
    PtxModule module = PtxModule.parse(ELEMENTWISE);
    long from = runner.memory.allocate(32 * 8);
    long to = runner.memory.allocate(32 * 8);
    runner.memory.fill(from, (byte) 0, 31 * 8);
    KernelFault fault =
        assertThrows(
            KernelFault.class, () -> runner.launch(module, "exp_f64", 1, 32, 0, from, to, 32));
    assertEquals(Kind.UNINITIALISED_MEMORY, fault.kind());
    assertEquals(31, fault.thread());
  }

  @Test
  void readingWhatWasFreedIsCaught() {
    PtxModule module = PtxModule.parse(ELEMENTWISE);
    long from = runner.doubles(new double[32]);
    long to = runner.memory.allocate(32 * 8);
    runner.memory.free(from);
    KernelFault fault =
        assertThrows(
            KernelFault.class, () -> runner.launch(module, "exp_f64", 1, 32, 0, from, to, 32));
    assertEquals(Kind.USE_AFTER_FREE, fault.kind());
  }

  @Test
  void theLastBlockWithoutItsFencesRaces() {
    PtxModule broken = edited(ELEMENTWISE, "last_block_sum", "membar.gl;", "");
    long x = runner.doubles(new double[500]);
    long partial = runner.memory.allocate(64);
    long to = runner.memory.allocate(8);
    long ticket = runner.ints(0);
    KernelFault fault =
        assertThrows(
            KernelFault.class,
            () -> runner.launch(broken, "last_block_sum", 8, 64, 0, x, partial, to, ticket, 500));
    assertEquals(Kind.GLOBAL_RACE, fault.kind());
    assertEquals(7, fault.block());
  }

  @Test
  void countingWithoutAtomicOperationsRaces() {
    PtxModule broken =
        edited(
            ELEMENTWISE,
            "histogram",
            "atom.global.add.u32 \t%r7, [%rd8], 1;",
            "ld.global.u32 %r7, [%rd8]; add.u32 %r7, %r7, 1; st.global.u32 [%rd8], %r7;");
    long labels = runner.ints(3, 3);
    long counts = runner.ints(new int[4]);
    KernelFault fault =
        assertThrows(
            KernelFault.class,
            () -> runner.launch(broken, "histogram", 1, 32, 0, labels, counts, 2));
    assertEquals(Kind.GLOBAL_RACE, fault.kind());
  }

  // --------------------------------------------------------------------- kernels by hand

  /**
   * A kernel with registers declared, {@code %tid} the thread's and {@code %cta} the block's
   * number, {@code %out} the address of memory, {@code %rd1} that of the thread's word there, and
   * {@code tile} of shared memory.
   */
  private static String snippetText(String body) {
    return KernelRunner.kernel(
        ".param .u64 out",
        """
        .shared .align 16 .b8 tile[256];
        .reg .pred %p<5>; .reg .b32 %tid, %cta, %r<9>, %at; .reg .b64 %out, %rd<9>; .reg .f64 %fd<9>;
        ld.param.u64 %out, [out];
        mov.u32 %tid, %tid.x;
        mov.u32 %cta, %ctaid.x;
        shl.b32 %at, %tid, 2;
        cvt.u64.u32 %rd1, %at;
        add.u64 %rd1, %out, %rd1;
        """
            + body
            + "\nret;");
  }

  private LaunchReport launch(PtxModule module, int blocks, int threads) {
    return runner.launch(module, "k", blocks, threads, 0, runner.ints(new int[64]));
  }

  private void assertFault(Kind kind, PtxModule module, int blocks, int threads, String problem) {
    KernelFault fault = assertThrows(KernelFault.class, () -> launch(module, blocks, threads));
    assertEquals(kind, fault.kind(), fault.getMessage());
    assertTrue(fault.getMessage().contains(problem), fault.getMessage());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        // Registers
        "UNASSIGNED_REGISTER | st.global.u32 [%out], %r1; | st.global.u32",
        "UNASSIGNED_REGISTER | ld.global.u32 %r1, [%rd2]; | ld.global.u32",
        "UNASSIGNED_REGISTER | @%p1 st.global.u32 [%out], 1; | st.global.u32",
        "UNASSIGNED_REGISTER | @%p1 bra there; there: | bra",
        "UNASSIGNED_REGISTER | add.u32 %r2, %r1, 1; mov.u32 %r3, %r2; st.global.u32 [%out], %r3; |"
            + " when add.u32 read it",
        "UNASSIGNED_REGISTER | setp.eq.u32 %p1, %tid, 3; @%p1 mov.u32 %r1, 1; @!%p1 bra e; e:"
            + " st.shared.u32 [%at], %r1; | thread 0",
        "UNASSIGNED_REGISTER | shfl.sync.bfly.b32 %r2, %r1, 1, 31, -1; st.global.u32 [%out], %r2; |"
            + " st.global",
        // Global memory
        "OUT_OF_BOUNDS | st.global.u32 [%out+256], 1; | allocation",
        "OUT_OF_BOUNDS | st.global.u32 [%out+-4], 1; | allocation",
        "OUT_OF_BOUNDS | st.u32 [8], 1; | allocation",
        "MISALIGNED | ld.global.u32 %r1, [%out+2]; | multiple of 4",
        "MISALIGNED | ld.global.v2.u32 {%r1, %r2}, [%out+4]; | multiple of 8",
        "GLOBAL_RACE | st.global.u32 [%out], 1; | which thread 0 accessed",
        "GLOBAL_RACE | st.global.u8 [%out+1], 1; | which thread 0",
        // Shared memory
        "OUT_OF_BOUNDS | st.shared.u32 [%at+256], 1; | offset 256 of shared memory, which has 256",
        "OUT_OF_BOUNDS | ld.shared.u32 %r1, [%at+-4]; | shared memory",
        "MISALIGNED | st.shared.f64 [%at], 0d0000000000000000; | multiple of 8",
        "UNINITIALISED_MEMORY | ld.shared.u32 %r1, [%at]; | nobody wrote",
        "UNINITIALISED_MEMORY | st.shared.u16 [%at], 1; ld.shared.u32 %r1, [%at]; | nobody wrote",
        "SHARED_RACE | st.shared.u32 [tile], %tid; | thread 0",
        "SHARED_RACE | st.shared.u32 [%at], 1; xor.b32 %r1, %at, 4; ld.shared.u32 %r1, [%r1]; |"
            + " wrote",
        "SHARED_RACE | st.shared.u32 [%at], 1; xor.b32 %r1, %at, 4; shfl.sync.bfly.b32 %r2, %tid,"
            + " 1, 31, -1; ld.shared.u32 %r1, [%r1]; | wrote",
        "SHARED_RACE | st.shared.u32 [%at], 1; bar.sync 0; ld.shared.u32 %r1, [tile]; st.shared.u32"
            + " [%at], 2; | accessed",
        "SHARED_RACE | st.shared.u32 [%at], 1; atom.shared.add.u32 %r1, [tile], 1; | thread 0",
        // Copies that nobody has waited for: %rd1 is the thread's own word of global memory
        "UNINITIALISED_MEMORY | cp.async.ca.shared.global [%at], [%rd1], 4; ld.shared.u32 %r1,"
            + " [%at]; | nobody wrote",
        "UNINITIALISED_MEMORY | cp.async.ca.shared.global [%at], [%rd1], 4; cp.async.commit_group;"
            + " cp.async.ca.shared.global [%at+128], [%rd1], 4; cp.async.commit_group;"
            + " cp.async.wait_group 1; ld.shared.u32 %r1, [%at+128]; | nobody wrote",
        "UNINITIALISED_MEMORY | cp.async.ca.shared.global [%at], [%rd1], 4; cp.async.wait_group 0;"
            + " ld.shared.u32 %r1, [%at]; | nobody wrote",
        "SHARED_RACE | cp.async.ca.shared.global [%at], [%rd1], 4; st.shared.u32 [%at], 1;"
            + " cp.async.wait_all; | before the copy was waited for",
        "SHARED_RACE | cp.async.ca.shared.global [%at], [%rd1], 4; cp.async.wait_all; xor.b32 %r1,"
            + " %at, 4; ld.shared.u32 %r1, [%r1]; | wrote",
        "SHARED_RACE | st.shared.u32 [%at], 1; bar.sync 0; xor.b32 %r1, %at, 4; ld.shared.u32 %r2,"
            + " [%r1]; cp.async.ca.shared.global [%at], [%rd1], 4; | accessed",
        "GLOBAL_RACE | cp.async.ca.shared.global [%at], [%rd1], 4; st.global.u32 [%out], 1;"
            + " cp.async.wait_all; | which thread",
        "MISALIGNED | cp.async.ca.shared.global [%at], [%rd1], 8; | multiple of 8",
        "OUT_OF_BOUNDS | cp.async.ca.shared.global [%at+256], [%rd1], 4; | shared memory",
        "OUT_OF_BOUNDS | cp.async.ca.shared.global [%at], [%rd1+256], 4; | allocation",
        // Barriers
        "BARRIER_DIVERGENCE | setp.eq.u32 %p1, %tid, 3; @%p1 bra e; bar.sync 0; e: | thread 3",
        "BARRIER_DIVERGENCE | setp.lt.u32 %p1, %tid, 3; @%p1 bra e; bar.sync 0; ret; e: bar.sync 0;"
            + " | others wait",
        // Warps
        "WARP_DIVERGENCE | setp.eq.u32 %p1, %tid, 3; @%p1 bra e; shfl.sync.bfly.b32 %r2, %tid, 1,"
            + " 31, -1; e: | lane 3",
        "WARP_DIVERGENCE | setp.eq.u32 %p1, %tid, 3; @%p1 bra e; shfl.sync.bfly.b32 %r2, %tid, 1,"
            + " 31, -1; e: bar.sync 0; | lane 3, which its mask 0xffffffff names",
        "WARP_DIVERGENCE | shfl.sync.bfly.b32 %r2, %tid, 1, 31, 14; | does not name the lane"
            + " itself",
        "WARP_DIVERGENCE | shfl.sync.bfly.b32 %r2, %tid, 1, 31, 0x7fffffff; | thread 31",
        "WARP_DIVERGENCE | setp.gt.u32 %p1, %tid, 1; @%p1 bra e; shfl.sync.down.b32 %r2, %tid, 2,"
            + " 31, 3; e: | reads lane 2",
        "WARP_DIVERGENCE | setp.lt.u32 %p1, %tid, 8; @%p1 bra e; bar.warp.sync -1; ret; e:"
            + " bar.warp.sync -1; | bar.warp.sync",
        "ENDLESS | again: bra again; | not done",
      })
  void isCaught(Kind kind, String body, String problem) {
    assertFault(kind, PtxModule.parse(snippetText(body)), 1, 32, problem);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        // A chosen value counts, the other may be anything.
        "setp.eq.u32 %p1, 1, 1; selp.u32 %r2, 1, %r1, %p1; st.shared.u32 [%at], %r2;",
        "setp.ne.u32 %p1, 1, 1; and.pred %p3, %p1, %p2; @%p3 bra e; e:",
        "add.u32 %r2, %r1, 1; mov.u32 %r2, 1; st.shared.u32 [%at], %r2;",
        // Different bytes of a word, and reads among themselves, are no race.
        "cvt.u64.u32 %rd1, %tid; add.u64 %rd1, %out, %rd1; st.global.u8 [%rd1], 1;",
        "st.shared.u32 [%at], 1; bar.sync 0; ld.shared.u32 %r1, [tile]; bar.sync 0; st.shared.u32"
            + " [%at], 2;",
        "st.shared.u32 [%at], 1; xor.b32 %r1, %at, 4; bar.warp.sync -1; ld.shared.u32 %r1, [%r1];",
        "st.shared.u32 [%at], 1; xor.b32 %r1, %at, 4; and.b32 %r2, %tid, 30; shl.b32 %r2, 3, %r2;"
            + " bar.warp.sync %r2; ld.shared.u32 %r1, [%r1];",
        "ld.global.u32 %r1, [%out]; atom.global.add.u32 %r1, [%out+4], 1; atom.global.add.u32 %r1,"
            + " [%out+4], 1;",
        // Lanes that came on different ways wait for each other.
        "mov.u32 %r2, 5; setp.eq.u32 %p1, %tid, 3; @%p1 bra e; mov.u32 %r2, 6; e:"
            + " shfl.sync.bfly.b32 %r1, %r2, 1, 31, -1; st.shared.u32 [%at], %r1;",
        "setp.gt.u32 %p1, %tid, 1; @%p1 bra e; shfl.sync.down.b32 %r2, %tid, 1, 1, 3; e:",
        "bar.sync 0; bar.sync 1; barrier.sync 0;",
        // Copies that are waited for, and barriers behind that.
        "cp.async.ca.shared.global [%at], [%rd1], 4; cp.async.wait_all; ld.shared.u32 %r1, [%at];",
        "cp.async.ca.shared.global [%at], [%rd1], 4; cp.async.commit_group;"
            + " cp.async.ca.shared.global [%at+128], [%rd1], 4; cp.async.commit_group;"
            + " cp.async.wait_group 1; ld.shared.u32 %r1, [%at];",
        "cp.async.ca.shared.global [%at], [%rd1], 4; cp.async.wait_all; bar.sync 0; xor.b32 %r1,"
            + " %at, 4; ld.shared.u32 %r1, [%r1];",
        "st.shared.u32 [%at], 1; ld.shared.u32 %r1, [%at]; cp.async.ca.shared.global [%at], [%rd1],"
            + " 4; cp.async.wait_all; st.shared.u32 [%at], 2;",
      })
  void isNotCaught(String body) {
    launch(PtxModule.parse(snippetText(body)), 1, 32);
  }

  @Test
  void twoBlocksThatWriteOneCellRace() {
    PtxModule module =
        PtxModule.parse(snippetText("setp.eq.u32 %p1, %tid, 0; @%p1 st.global.u32 [%out], %cta;"));
    launch(module, 1, 32);
    assertFault(Kind.GLOBAL_RACE, module, 2, 32, "thread 0 of block 0 accessed");
  }

  @Test
  void aBlockThatReadsWhatAnotherWroteRaces() {
    PtxModule module =
        PtxModule.parse(
            snippetText(
                """
                setp.eq.u32 %p1, %cta, 0;
                @%p1 bra write;
                ld.global.u32 %r1, [%out];
                ret;
                write: setp.eq.u32 %p1, %tid, 5;
                @%p1 st.global.u32 [%out], 1;
                """));
    assertFault(Kind.GLOBAL_RACE, module, 3, 32, "thread 5 of block 0 wrote");
  }

  @Test
  void aBlockThatWritesWhatAllReadRaces() {
    PtxModule module =
        PtxModule.parse(
            snippetText(
                """
                ld.global.u32 %r1, [%out];
                setp.ne.u32 %p1, %cta, 3;
                @%p1 ret;
                bar.sync 0;
                setp.eq.u32 %p1, %tid, 0;
                @%p1 st.global.u32 [%out], 1;
                """));
    assertFault(Kind.GLOBAL_RACE, module, 4, 64, "accessed");
  }

  @Test
  void theBarrierOfABlockOrdersItsGlobalMemory() {
    String body =
        """
        mul.wide.u32 %%rd1, %%tid, 4;
        add.u64 %%rd1, %%out, %%rd1;
        st.global.u32 [%%rd1], %%tid;
        %s
        xor.b32 %%r1, %%tid, 33;
        mul.wide.u32 %%rd1, %%r1, 4;
        add.u64 %%rd1, %%out, %%rd1;
        ld.global.u32 %%r1, [%%rd1];
        """;
    launch(PtxModule.parse(snippetText(body.formatted("bar.sync 0;"))), 1, 64);
    PtxModule broken = PtxModule.parse(snippetText(body.formatted("bar.warp.sync -1;")));
    assertFault(Kind.GLOBAL_RACE, broken, 1, 64, "accessed");
  }

  @Test
  void aMessageNamesKernelLineBlockAndThread() {
    String text = snippetText("setp.eq.u32 %p1, %tid, 9;\n@%p1 st.shared.u32 [300], 1;");
    KernelFault fault = assertThrows(KernelFault.class, () -> launch(PtxModule.parse(text), 2, 32));
    int line = text.lines().toList().indexOf("@%p1 st.shared.u32 [300], 1;") + 1;
    assertEquals(line, fault.line());
    assertEquals(
        "k, PTX line "
            + line
            + ", block 0, thread 9: st.shared.u32 accesses 4 bytes at offset 300"
            + " of shared memory, which has 256",
        fault.getMessage());
  }
}
