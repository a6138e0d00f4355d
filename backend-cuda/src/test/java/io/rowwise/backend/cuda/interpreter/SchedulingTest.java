package io.rowwise.backend.cuda.interpreter;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** How threads, warps and blocks take turns and meet. */
class SchedulingTest {
  private final KernelRunner runner = new KernelRunner();

  private static PtxModule module(String body) {
    return PtxModule.parse(
        KernelRunner.kernel(
            ".param .u64 out",
            """
            .reg .pred %p<5>; .reg .b32 %tid, %r<9>; .reg .b64 %out, %mine, %rd<9>;
            ld.param.u64 %out, [out];
            mov.u32 %tid, %tid.x;
            mad.lo.u32 %r8, %ctaid.x, %ntid.x, %tid;
            mul.wide.u32 %mine, %r8, 4;
            add.u64 %mine, %out, %mine;
            """
                + body
                + "\nret;"));
  }

  private int[] run(String body, int blocks, int threads, int results) {
    long out = runner.ints(new int[results]);
    runner.launch(module(body), "k", blocks, threads, 0, out);
    return runner.readInts(out, results);
  }

  @Test
  void lanesThatLoopDifferentlyOftenMeetBehindTheLoop() {
    int[] result =
        run(
            """
            mov.u32 %r1, 0; mov.u32 %r2, 0;
            again: add.u32 %r2, %r2, %r1; add.u32 %r1, %r1, 1;
            setp.le.u32 %p1, %r1, %tid;
            @%p1 bra again;
            shfl.sync.idx.b32 %r3, %r2, 31, 31, -1;
            add.u32 %r2, %r2, %r3;
            st.global.u32 [%mine], %r2;
            """,
            1, 32, 32);
    assertArrayEquals(
        IntStream.range(0, 32).map(i -> i * (i + 1) / 2 + 31 * 32 / 2).toArray(), result);
  }

  @Test
  void shufflesReadTheLanesThatTheIsaSays() {
    int[] result =
        run(
            """
            shfl.sync.up.b32 %r1|%p1, %tid, 3, 0, -1;
            shfl.sync.down.b32 %r2|%p2, %tid, 3, 0x181f, -1;
            shfl.sync.bfly.b32 %r3, %tid, 5, 31, -1;
            shfl.sync.idx.b32 %r4, %tid, 9, 0x181f, -1;
            selp.u32 %r5, 256, 0, %p1;
            selp.u32 %r6, 512, 0, %p2;
            mad.lo.u32 %r1, %r2, 32, %r1;
            mad.lo.u32 %r1, %r3, 1024, %r1;
            mad.lo.u32 %r1, %r4, 32768, %r1;
            shl.b32 %r1, %r1, 1;
            @%p1 add.u32 %r1, %r1, 1;
            shl.b32 %r1, %r1, 1;
            @%p2 add.u32 %r1, %r1, 1;
            st.global.u32 [%mine], %r1;
            """,
            1, 32, 32);
    int[] expected =
        IntStream.range(0, 32)
            .map(
                lane -> {
                  boolean upInRange = lane >= 3;
                  int up = upInRange ? lane - 3 : lane;
                  // Segments of 8 lanes.
                  boolean downInRange = lane % 8 + 3 < 8;
                  int down = downInRange ? lane + 3 : lane;
                  int index = lane / 8 * 8 + 9 % 8;
                  int packed = up + 32 * down + 1024 * (lane ^ 5) + 32768 * index;
                  return (packed * 2 + (upInRange ? 1 : 0)) * 2 + (downInRange ? 1 : 0);
                })
            .toArray();
    assertArrayEquals(expected, result);
  }

  @Test
  void barriersReduceOverTheBlock() {
    int[] result =
        run(
            """
            setp.lt.u32 %p1, %tid, 40;
            bar.red.popc.u32 %r1, 0, %p1;
            bar.red.and.pred %p2, 0, %p1;
            bar.red.or.pred %p3, 0, !%p1;
            selp.u32 %r2, 1000, 0, %p2;
            selp.u32 %r3, 2000, 0, %p3;
            add.u32 %r1, %r1, %r2; add.u32 %r1, %r1, %r3;
            st.global.u32 [%mine], %r1;
            """,
            1, 64, 64);
    assertArrayEquals(IntStream.range(0, 64).map(i -> 2040).toArray(), result);
  }

  @Test
  void blocksThatWaitForAllOthersAreGivenTheirTurns() {
    // A barrier of the grid: thread 0 of each block counts and waits until all have.
    int[] result =
        run(
            """
            setp.ne.u32 %p1, %tid, 0;
            st.global.u32 [%mine], %r8;
            bar.sync 0;
            @%p1 bra counted;
            membar.gl;
            red.global.add.u32 [%out+1024], 1;
            wait: ld.volatile.global.u32 %r1, [%out+1024];
            setp.lt.u32 %p2, %r1, 4;
            @%p2 bra wait;
            membar.gl;
            counted: bar.sync 0;
            xor.b32 %r2, %r8, 255;
            mul.wide.u32 %rd1, %r2, 4;
            add.u64 %rd1, %out, %rd1;
            ld.global.u32 %r3, [%rd1];
            add.u64 %mine, %mine, 2048;
            st.global.u32 [%mine], %r3;
            """,
            4, 64, 1024);
    for (int i = 0; i < 256; i++) {
      assertEquals(255 - i, result[512 + i]);
    }
  }

  @Test
  void aReleaseAndAnAcquireOrderWhatLiesAroundThem() {
    int[] result =
        run(
            """
            setp.ne.u32 %p1, %tid, 0;
            @%p1 ret;
            setp.eq.u32 %p2, %r8, 32;
            @%p2 bra reader;
            st.global.u32 [%out+8], 7;
            st.release.gpu.global.u32 [%out+16], 1;
            ret;
            reader:
            ld.acquire.gpu.global.u32 %r1, [%out+16];
            setp.eq.u32 %p3, %r1, 0;
            @%p3 bra reader;
            ld.global.u32 %r2, [%out+8];
            st.global.u32 [%mine], %r2;
            """,
            2, 32, 64);
    assertEquals(7, result[32]);
  }

  @Test
  void localMemoryIsOfEachThreadAndGenericAddressesReachEverySpace() {
    int[] result =
        run(
            """
            .local .align 8 .b8 depot[16];
            .shared .align 4 .b8 tile[128];
            mov.u64 %rd1, depot;
            cvta.local.u64 %rd2, %rd1;
            st.u32 [%rd2+4], %tid;
            mov.u64 %rd3, tile;
            cvta.shared.u64 %rd4, %rd3;
            mul.wide.u32 %rd5, %tid, 4;
            add.u64 %rd6, %rd4, %rd5;
            st.u32 [%rd6], 100;
            ld.local.u32 %r1, [depot+4];
            cvta.to.shared.u64 %rd7, %rd6;
            ld.shared.u32 %r2, [%rd7];
            add.u32 %r1, %r1, %r2;
            st.u32 [%mine], %r1;
            """,
            1, 32, 32);
    assertArrayEquals(IntStream.range(0, 32).map(i -> i + 100).toArray(), result);
  }

  @Test
  void gridsAndBlocksHaveThreeDimensions() {
    long out = runner.ints(new int[24]);
    PtxModule module =
        PtxModule.parse(
            KernelRunner.kernel(
                ".param .u64 out",
                """
                .reg .b32 %r<9>; .reg .b64 %rd<3>;
                ld.param.u64 %rd1, [out];
                mad.lo.u32 %r1, %ctaid.y, %nctaid.x, %ctaid.x;
                mad.lo.u32 %r2, %tid.y, %ntid.x, %tid.x;
                mul.lo.u32 %r3, %ntid.x, %ntid.y;
                mad.lo.u32 %r4, %r1, %r3, %r2;
                mul.wide.u32 %rd2, %r4, 4;
                add.u64 %rd2, %rd1, %rd2;
                st.global.u32 [%rd2], %r4;
                ret;
                """));
    runner.interpreter.launch(
        module, "k", new LaunchShape(2, 2, 1, 3, 2, 1, 0), KernelRunner.packed(out));
    assertArrayEquals(IntStream.range(0, 24).toArray(), runner.readInts(out, 24));
  }

  @Test
  void onlyThreadsWhoseGuardHoldsCount() {
    long out = runner.ints(new int[32]);
    PtxModule module =
        PtxModule.parse(
            KernelRunner.kernel(
                ".param .u64 out",
                """
                .reg .pred %p; .reg .b32 %r;
                setp.lt.u32 %p, %tid.x, 5;
                @%p mov.u32 %r, 1;
                ret;
                """));
    assertEquals(32 + 5 + 32, runner.launch(module, "k", 1, 32, 0, out).instructions());
  }

  /** Each block waits for all; those that wait longest sleep. */
  @Test
  void blocksThatWaitForOneAnotherTakeTurns() {
    int[] result =
        run(
            """
            atom.global.add.u32 %r1, [%out], 1;
            waits: ld.volatile.global.u32 %r2, [%out];
            setp.ge.u32 %p1, %r2, 5;
            @%p1 bra met;
            nanosleep.u32 20;
            bra waits;
            met: membar.gl;
            """,
            5, 1, 5);
    assertEquals(5, result[0]);
  }
}
